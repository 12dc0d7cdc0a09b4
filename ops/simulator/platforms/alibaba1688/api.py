"""1688's API: signed forms, tokens, orders from page 1, refunds from page 0, and a list of missed messages that is empty."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import Claim, State, World
from ops.simulator.platforms.alibaba1688 import wire

Json = dict[str, Any]
SIZE = 20
TRADE, OPEN = "com.alibaba.trade", "cn.alibaba.open"


class Refused(Exception):
    """A refusal with its `error_code`."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class Alibaba1688Api(Base):
    """The API for one seller."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        first = self.secrets.get("refresh_token", "")
        life = timedelta(hours=10)
        self.tokens = Tokens(world.seed, wire.KEY, clock, first, access=life, refresh=timedelta(days=180), once=False)
        self._calls: dict[str, Callable[[dict[str, str]], Json]] = {
            f"{TRADE}/alibaba.trade.get.sellerView": self._order,
            f"{TRADE}/alibaba.trade.getSellerOrderList": self._orders_list,
            f"{TRADE}/alibaba.trade.refund.queryOrderRefundList": self._refunds,
            f"{OPEN}/push.query.messageList": lambda _given: {"pushMessagePage": {"datas": [], "totalCount": 0}},
            f"{OPEN}/push.message.confirm": lambda _given: {"isSuccess": True},
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call."""
        given = dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))
        path = path_of(request)
        try:
            if path == f"/openapi/http/1/system.oauth2/getToken/{self.secrets['app_key']}":
                return answer(self._token(given))
            prefix, _, name = path.partition("/openapi/param2/1/")
            name, _, key = name.rpartition("/")
            if prefix or key != self.secrets["app_key"] or name not in self._calls:
                raise Refused("gw.APIUnsupported", 404)
            self._check(path.removeprefix("/openapi/"), given)
            if name.startswith(TRADE) and not self.tokens.alive(given.get("access_token", "")):
                raise Refused("401", 401)
            return answer(self._calls[name](given))
        except Refused as error:
            return answer({"error_code": error.code, "error_message": "refused"}, error.status)

    def _check(self, path: str, given: dict[str, str]) -> None:
        """The signature, reckoned here anew."""
        joined = "".join(sorted(name + value for name, value in given.items() if name != "_aop_signature"))
        mine = hmac.new(self.secrets["app_secret"].encode(), (path + joined).encode(), hashlib.sha1).hexdigest().upper()
        if not hmac.compare_digest(mine, given.get("_aop_signature", "")):
            raise Refused("gw.SignatureInvalid")

    def _token(self, given: dict[str, str]) -> Json:
        if given.get("client_secret") != self.secrets["app_secret"]:
            raise Refused("invalid_client")
        issued = self.tokens.renew(given.get("refresh_token", ""))
        if issued is None:
            raise Refused("invalid_grant")
        return {
            "access_token": issued.access,
            "refresh_token": issued.refresh,
            "expires_in": "36000",
            "memberId": given["client_id"],
        }

    def _order(self, given: dict[str, str]) -> Json:
        state = self.state(given.get("orderId", ""))
        if state is None:
            return {"success": "false", "errorCode": "ORDER_NOT_EXIST"}
        return {"success": "true", "result": wire.order(state)}

    def _orders_list(self, given: dict[str, str]) -> Json:
        page, size = whole(given.get("page"), 0), whole(given.get("pageSize"), SIZE)
        if page < 1 or not 1 <= size <= SIZE:
            raise Refused("400")
        found = [state for state in self.states() if _within(state.updated_at, given)]
        return {
            "success": True,
            "totalRecord": len(found),
            "result": [wire.order(s) for s in found[(page - 1) * size : page * size]],
        }

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id))

    def _refunds(self, given: dict[str, str]) -> Json:
        page, size, wanted = whole(given.get("currentPageNum"), 0), whole(given.get("pageSize"), SIZE), given.get("orderId")
        found = [pair for pair in self._claims() if wanted == pair[0].order.order_id or (not wanted and _within(pair[1].at, given))]
        rows = [wire.refund(*pair) for pair in found[page * size : (page + 1) * size]]
        return {"success": True, "result": {"opOrderRefundModels": rows, "totalCount": len(found), "currentPageNum": page}}


def _within(at: datetime, given: dict[str, str]) -> bool:
    """Whether a time lies in the window of a list; times of one offset compare as text."""
    low, high, own = given.get("modifyStartTime", ""), given.get("modifyEndTime", ""), wire.stamp(at) or ""
    return low <= own <= high
