"""JOS: signed calls behind one address, lists of orders and of the two kinds of refunds, success told twice."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import answer, parameters, path_of
from ops.simulator.api.wrapped import Gateway, Refused, form, instant, page_of, signed
from ops.simulator.model import Claim, State
from ops.simulator.platforms.jd import wire

Json = dict[str, Any]


class JdApi(Gateway):
    """The API for one shop. There is no push of any kind."""

    platform = wire.KEY

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, a refusal too with HTTP 200."""
        if path_of(request) == "/oauth2/refresh_token":
            query = parameters(request)
            known = query.get("app_key") == self.secrets["app_key"] and query.get("app_secret") == self.secrets["app_secret"]
            granted = self.renewed(query.get("refresh_token", "")) if known else None
            return answer(granted or {"code": 201, "msg": "refresh_token is invalid"})
        given = form(request)
        method = given.get("method", "")
        try:
            self._check(given)
            told = self._methods()[method](json.loads(given["360buy_param_json"]))
        except Refused as error:
            return answer({"error_response": {"code": error.code, "zh_desc": "拒绝", "en_desc": "refused"}})
        return answer({f"{method.replace('.', '_')}_responce": {"code": "0", **told}})

    def _methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "jingdong.pop.order.enSearch": self._changed_orders,
            "jingdong.pop.afs.soa.refundapply.queryPageList": self._applications,
            "jingdong.asc.serviceAndRefund.view": self._services,
        }

    def _check(self, given: Json) -> None:
        if given.get("app_key") != self.secrets["app_key"]:
            raise Refused("28")
        if not hmac.compare_digest(signed(self.secrets["app_secret"], given), given.get("sign", "")):
            raise Refused("21")
        self.require_time(instant(given["timestamp"]))
        if given["method"] not in self._methods():
            raise Refused("11")
        if not self.tokens.alive(given.get("access_token", "")):
            raise Refused("19")

    def _changed_orders(self, given: Json) -> Json:
        """Only the fields that are asked for, by time of change; the total as text."""
        low, high = _window(given["start_date"], given["end_date"], 31)
        size = int(given["page_size"])
        if given["order_state"] != "ALL" or given["dateType"] != "0" or size > 100:
            return {"searchorderinfo_result": {"apiResult": {"success": False, "englishErrCode": "param error"}}}
        asked = given["optional_fields"].split(",")
        found = [state for state in self.states() if low <= state.updated_at <= high]
        rows = [{name: value for name, value in wire.order(state).items() if name in asked} for state in found]
        shown = page_of(rows, int(given["page"]), size)
        success = {"success": True, "englishErrCode": "Success", "numberCode": 0}
        return {"searchorderinfo_result": {"orderTotal": str(len(rows)), "orderInfoList": shown, "apiResult": success}}

    def _applications(self, given: Json) -> Json:
        applied = "applyTimeStart" in given
        name = "applyTime" if applied else "checkTime"
        low, high = _window(given[f"{name}Start"], given[f"{name}End"], 31)
        found = [
            wire.application(state, claim)
            for state, claim in self._claims(before_shipping=True)
            if (applied or claim.state != "open") and low <= (claim.opened_at if applied else claim.at) <= high
        ]
        shown = page_of(found, given["pageIndex"], min(given["pageSize"], 50))
        return {"queryResult": {"success": True, "totalCount": len(found), "result": shown}}

    def _services(self, given: Json) -> Json:
        applied = "applyTimeBegin" in given
        name = "applyTime" if applied else "approveTime"
        low, high = _window(given[f"{name}Begin"], given[f"{name}End"], 7 if applied else 10)
        found = [
            wire.service(state, claim)
            for state, claim in self._claims(before_shipping=False)
            if (applied or claim.state != "open") and low <= (claim.opened_at if applied else claim.at) <= high
        ]
        shown = page_of(found, given["pageNumber"], min(given["pageSize"], 50))
        return {"pageResult": {"success": True, "code": "00000", "totalCount": str(len(found)), "data": shown}}

    def _claims(self, *, before_shipping: bool) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return [each for each in found if wire.is_application(*each) == before_shipping]


def _window(start: str, end: str, days: int) -> tuple[datetime, datetime]:
    low, high = instant(start), instant(end)
    if high - low > timedelta(days=days):
        raise Refused("11")
    return low, high
