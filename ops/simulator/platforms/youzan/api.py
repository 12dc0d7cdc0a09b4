"""Youzan's API: tokens for the shop, orders and refunds by update time; every answer is HTTP 200."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of
from ops.simulator.model import Claim, State, World, made_secret
from ops.simulator.platforms.youzan import wire

Json = dict[str, Any]
LIFE = timedelta(days=7)
SIZES = {"youzan.trades.sold.get": 100, "youzan.trade.refund.search": 50}
DEPTHS = {"youzan.trades.sold.get": 10_000, "youzan.trade.refund.search": 3_000}


class Refused(Exception):
    """A refusal: of the gateway with its `err_code`, or of the business with its code."""

    def __init__(self, code: int, *, gateway: bool = False) -> None:
        super().__init__(code)
        self.code, self.gateway = code, gateway


class YouzanApi(Base):
    """The API for one shop of an own application."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._issued: dict[str, datetime] = {}
        self._calls: dict[str, Callable[[Json], Json]] = {
            "youzan.trades.sold.get/4.0.4": self._orders_list,
            "youzan.trade.get/4.0.2": self._order,
            "youzan.trade.refund.search/3.0.1": self._refunds,
            "youzan.trade.refund.get/3.0.1": self._refund,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call."""
        path = path_of(request)
        try:
            given = json.loads(request.body or b"{}")
            if path == "/auth/token":
                return answer({"success": True, "code": 200, "data": self._token(given), "message": None})
            if self._issued.get(parameters(request).get("access_token", ""), self.clock.now()) <= self.clock.now():
                raise Refused(4203, gateway=True)
            call = self._calls.get(path.removeprefix("/api/"))
            if call is None:
                raise Refused(4005, gateway=True)
            return answer({"success": True, "code": 200, "data": call(given), "message": "successful", "requestId": None})
        except Refused as error:
            if error.gateway:
                return answer({"gw_err_resp": {"err_code": error.code, "err_msg": "refused", "trace_id": "sim"}})
            return answer({"success": False, "code": error.code, "message": "refused"})

    def expire(self) -> None:
        """Every token given out so far is refused from now on."""
        self._issued.clear()

    def _token(self, given: Json) -> Json:
        known = all(given.get(name) == self.secrets[name] for name in ("client_id", "client_secret"))
        if not known or given.get("authorize_type") != "silent" or given.get("grant_id") != self.world.shop(wire.KEY).account:
            raise Refused(10001)
        token = made_secret(self.world.seed, wire.KEY, "access", str(len(self._issued)), self.clock.now().isoformat())
        until = self.clock.now() + LIFE
        self._issued[token] = until
        return {
            "access_token": token,
            "expires": int(until.timestamp() * 1000),
            "scope": "trade",
            "authority_id": given["grant_id"],
        }

    def _order(self, given: Json) -> Json:
        state = self.state(str(given.get("tid")))
        if state is None:
            raise Refused(5000)
        return wire.trade(state)

    def _orders_list(self, given: Json) -> Json:
        low, high = given.get("start_update"), given.get("end_update")
        if not low or not high or len(low) != 19 or len(high) != 19:
            raise Refused(5001)
        found = [state for state in self.states() if low <= wire.local(state.updated_at) <= high]
        rows = self._paged("youzan.trades.sold.get", found[::-1], given)
        return {"total_results": len(found), "full_order_info_list": [wire.trade(state) for state in rows]}

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id), reverse=True)

    def _refunds(self, given: Json) -> Json:
        low, high = given.get("update_time_start", 0), given.get("update_time_end", 10**12)
        found = [pair for pair in self._claims() if low <= int(pair[1].at.timestamp()) <= high]
        rows = self._paged("youzan.trade.refund.search", found, given)
        return {"total": len(found), "refunds": [wire.refund(*pair) for pair in rows]}

    def _refund(self, given: Json) -> Json:
        for state, claim in self._claims():
            if claim.id == given.get("refund_id"):
                return wire.refund(state, claim)
        raise Refused(103011024)

    def _paged(self, name: str, found: list[Any], given: Json) -> list[Any]:
        page, size = given.get("page_no", 1), given.get("page_size", 20)
        if not 1 <= size <= SIZES[name] or not page >= 1 or page * size > DEPTHS[name]:
            raise Refused(53002)
        return found[(page - 1) * size : page * size]
