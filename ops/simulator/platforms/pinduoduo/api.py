"""Pinduoduo's gateway: signed calls behind one address, tokens, lists by half hours that end three minutes back, details."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import answer
from ops.simulator.api.wrapped import Gateway, Refused, form, page_of, signed
from ops.simulator.model import State
from ops.simulator.platforms.pinduoduo import wire

Json = dict[str, Any]
T = TypeVar("T")
LONGEST, BEHIND, MOST = 1_800, 180, 100  # seconds of a window, and how far back it ends; rows of a page
WRAPPERS = {
    "pdd.order.number.list.increment.get": "order_sn_increment_get_response",
    "pdd.refund.list.increment.get": "refund_increment_get_response",
    "pdd.order.information.get": "order_info_get_response",
    "pdd.pop.auth.token.refresh": "pop_auth_token_refresh_response",
}


class PinduoduoApi(Gateway):
    """The API for one shop. The socket's messages are played into the feed."""

    platform = wire.KEY

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, a refusal too with HTTP 200. The detail of a refund has no wrapper."""
        given = form(request)
        try:
            self._check(given)
            told = self._methods()[given["type"]](given)
        except Refused as error:
            return answer({"error_response": {"error_code": int(error.code), "error_msg": "refused", "request_id": "r"}})
        wrapper = WRAPPERS.get(given["type"])
        return answer({wrapper: told} if wrapper else told)

    def _methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "pdd.order.number.list.increment.get": self._changed_orders,
            "pdd.refund.list.increment.get": self._refunds,
            "pdd.order.information.get": self._order,
            "pdd.refund.information.get": self._refund,
            "pdd.pop.auth.token.refresh": self._renew,
        }

    def _check(self, given: Json) -> None:
        if given.get("client_id") != self.secrets["client_id"]:
            raise Refused("10016")
        if not hmac.compare_digest(signed(self.secrets["client_secret"], given), given.get("sign", "")):
            raise Refused("20004")
        self.require_time(datetime.fromtimestamp(int(given["timestamp"]), UTC))
        if given["type"] not in self._methods():
            raise Refused("10001")
        if given["type"] != "pdd.pop.auth.token.refresh" and not self.tokens.alive(given.get("access_token", "")):
            raise Refused("10019")

    def _renew(self, given: Json) -> Json:
        granted = self.renewed(given.get("refresh_token", ""))
        if granted is None:
            raise Refused("10035")
        return {**granted, "owner_id": wire.MALL, "owner_name": "example", "scope": []}

    def _shown(self) -> list[State]:
        return [state for state in self.states() if state.released]

    def _changed_orders(self, given: Json) -> Json:
        if (given["order_status"], given["refund_status"], given["is_lucky_flag"]) != ("5", "5", "0"):
            raise Refused("10000")
        rows = [(state.updated_at, state) for state in self._shown()]
        return self._page(given, rows, _changed, "order_sn_list")

    def _refunds(self, given: Json) -> Json:
        """One state at a time."""
        asked = int(given["after_sales_status"])
        rows = [
            (claim.at, (state, claim))
            for state in self._shown()
            for claim in state.claims
            if wire.AFTER_SALES[claim.state] == asked
        ]
        rows.sort(key=lambda row: row[0])
        return self._page(given, rows, lambda told: wire.listed_refund(*told), "refund_list")

    def _page(self, given: Json, rows: list[tuple[datetime, T]], spell: Callable[[T], Json], name: str) -> Json:
        low, high, size = int(given["start_updated_at"]), int(given["end_updated_at"]), int(given["page_size"])
        if high - low > LONGEST or size > MOST or high > self.clock.now().timestamp() - BEHIND:
            raise Refused("10000")
        found = [spell(row) for at, row in rows if low <= at.timestamp() <= high]
        total = {} if given.get("use_has_next") == "true" else {"total_count": len(found)}
        return {name: page_of(found, int(given["page"]), size), **total}

    def _order(self, given: Json) -> Json:
        state = self.state(given.get("order_sn", ""))
        if state is None or not state.released:
            raise Refused("50004")
        return {"order_info": wire.order(state)}

    def _refund(self, given: Json) -> Json:
        state = self.state(given.get("order_sn", ""))
        for claim in state.claims if state else ():
            if state and claim.id == given.get("after_sales_id"):
                return wire.refund_detail(state, claim)
        raise Refused("50004")


def _changed(state: State) -> Json:
    told = wire.order(state)
    return {name: told[name] for name in ("order_sn", "order_status", "refund_status", "updated_at")}
