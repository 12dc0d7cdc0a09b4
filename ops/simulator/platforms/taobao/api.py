"""TOP: signed calls behind one address, sessions, a trade, a refund, lists of what changed, and messages, of which none wait."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import answer, path_of
from ops.simulator.api.wrapped import Gateway, Refused, form, instant, page_of
from ops.simulator.platforms.taobao import wire

Json = dict[str, Any]
LONGEST, MOST = 86_400, 100  # seconds of a window, rows of a page


class TaobaoApi(Gateway):
    """The API for one shop. The messages are played into the feed, as if they had been fetched."""

    platform = wire.KEY

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, a refusal too with HTTP 200; a refused refresh with 400."""
        given = form(request)
        if path_of(request) == "/token":
            known = given.get("client_id") == self.secrets["app_key"] and given.get("client_secret") == self.secrets["app_secret"]
            granted = self.renewed(given.get("refresh_token", "")) if known else None
            return answer(granted) if granted else answer({"error": "invalid_grant"}, 400)
        method = given.get("method", "")
        try:
            self._check(given)
            told = self._methods()[method](given)
        except Refused as error:
            return answer({"error_response": {"code": int(error.code), "msg": "refused", "sub_code": error.sub, "request_id": "r"}})
        name = method.removeprefix("taobao.").replace(".", "_")
        return answer({f"{name}_response": {**told, "request_id": "r"}})

    def _methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "taobao.trade.fullinfo.get": self._trade,
            "taobao.refund.get": self._refund,
            "taobao.trades.sold.increment.get": self._trades,
            "taobao.refunds.receive.get": self._refunds,
            "taobao.tmc.messages.consume": lambda _given: {},
            "taobao.tmc.messages.confirm": lambda _given: {"is_success": True},
        }

    def _check(self, given: Json) -> None:
        if given.get("app_key") != self.secrets["app_key"] or given.get("v") != "2.0":
            raise Refused("29")
        text = "".join(name + given[name] for name in sorted(given) if name != "sign")
        made = hmac.new(self.secrets["app_secret"].encode(), text.encode(), hashlib.sha256).hexdigest().upper()
        if given.get("sign_method") != "hmac-sha256" or not hmac.compare_digest(made, given.get("sign", "")):
            raise Refused("25")
        self.require_time(instant(given["timestamp"]))
        if given["method"] not in self._methods():
            raise Refused("22")
        if ".tmc." not in given["method"] and not self.tokens.alive(given.get("session", "")):
            raise Refused("27", "invalid-sessionkey")

    def _trade(self, given: Json) -> Json:
        state = self.state(given.get("tid", ""))
        if state is None:
            raise Refused("15", "isv.trade-not-exist")
        asked = given["fields"].split(",")
        return {"trade": {name: value for name, value in wire.trade(state).items() if name in asked}}

    def _refund(self, given: Json) -> Json:
        for state in self.states():
            for claim in state.claims:
                if claim.id == given.get("refund_id"):
                    return {"refund": wire.refund(state, claim)}
        raise Refused("15", "isv.refund-not-exist")

    def _trades(self, given: Json) -> Json:
        low, high = instant(given["start_modified"]), instant(given["end_modified"])
        rows = [wire.trade(state) for state in self.states() if low <= state.updated_at <= high]
        return self._page(given, rows, "trade")

    def _refunds(self, given: Json) -> Json:
        rows = [wire.refund(state, claim) for state in self.states() for claim in state.claims]
        return self._page(given, sorted(rows, key=lambda row: str(row["modified"])), "refund")

    def _page(self, given: Json, rows: list[Json], name: str) -> Json:
        """A total only where it is asked for; fields that are asked for and no others; no list at all where it is empty."""
        low, high = given["start_modified"], given["end_modified"]
        size = int(given["page_size"])
        if (instant(high) - instant(low)).total_seconds() > LONGEST or size > MOST:
            raise Refused("41", "isv.invalid-parameter")
        asked = given["fields"].split(",")
        found = [{key: value for key, value in row.items() if key in asked} for row in rows if low <= row["modified"] <= high]
        shown = page_of(found, int(given["page_no"]), size)
        total = {} if given.get("use_has_next") == "true" else {"total_results": len(found)}
        return {**({f"{name}s": {name: shown}} if shown else {}), **total}
