"""Kuaishou's open platform: calls signed by a secret of their own, tokens of two days, lists by cursor in short windows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import Claim, State, World
from ops.simulator.platforms.kuaishou import wire

Json = dict[str, Any]
_DAY = 86_400_000
DENIED = 100200102


class Refused(Exception):
    """The platform's own refusal, by its result and words."""

    def __init__(self, result: int, words: str) -> None:
        super().__init__(words)
        self.result, self.words = result, words


class KuaishouApi(Base):
    """The open platform for one shop. Every call's signature and token is checked."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.tokens = Tokens(
            world.seed,
            self.platform,
            clock,
            self.secrets.get("refresh_token", ""),
            access=timedelta(hours=48),
            refresh=timedelta(days=180),
            once=True,
        )
        self._calls: dict[str, Callable[[Json], Json]] = {
            "open.order.detail": self._detail,
            "open.order.cursor.list": self._orders_list,
            "open.seller.order.fee.detail": self._fees,
            "open.seller.order.refund.pcursor.list": self._refunds,
            "open.comment.list.get": self._comments,
            "open.comment.add": self._comment,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, always with HTTP 200."""
        given = parameters(request) | dict(parse_qsl((request.body or b"").decode(), keep_blank_values=True))
        try:
            if path_of(request) == "/oauth2/refresh_token":
                return answer(self._renewed(given))
            method = self._checked(path_of(request), given)
            data = self._calls[method](json.loads(given.get("param") or "{}"))
        except Refused as error:
            return answer({"result": error.result, "error_msg": error.words})
        return answer({"result": 1, "msg": "success", "data": data})

    def _renewed(self, given: dict[str, str]) -> Json:
        if given.get("app_id") != self.secrets["app_key"] or given.get("app_secret") != self.secrets["app_secret"]:
            raise Refused(100200101, "unauthorized_client")
        issued = self.tokens.renew(given.get("refresh_token", ""))
        if issued is None:
            raise Refused(DENIED, "refreshToken.discarded")
        return {"result": 1, "access_token": issued.access, "expires_in": 172_800, "refresh_token": issued.refresh}

    def _checked(self, path: str, given: dict[str, str]) -> str:
        """The method, when address, signature, time and token are right."""
        method = given.get("method", "")
        if path.strip("/").replace("/", ".") != method or method not in self._calls:
            raise Refused(100200100, "method 不存在")
        text = "&".join(f"{name}={given[name]}" for name in sorted(given) if name != "sign")
        secret = self.secrets["sign_secret"]
        signed = hmac.new(secret.encode(), f"{text}&signSecret={secret}".encode(), hashlib.sha256).digest()
        if given.get("appkey") != self.secrets["app_key"] or not hmac.compare_digest(
            base64.b64encode(signed).decode(), given.get("sign", "")
        ):
            raise Refused(15, "签名校验失败")
        if abs(whole(given.get("timestamp"), 0) / 1000 - self.clock.now().timestamp()) > self.skew_seconds:
            raise Refused(15, "timestamp 过期")
        if not self.tokens.alive(given.get("access_token", "")):
            raise Refused(DENIED, "invalid access_token")
        return method

    def _known(self, param: Json) -> State:
        state = self.state(str(param.get("oid", "")))
        if state is None:
            raise Refused(300001, "订单不存在")
        return state

    def _detail(self, param: Json) -> Json:
        return wire.order_row(self._known(param), listed=False)

    def _fees(self, param: Json) -> Json:
        return wire.fees(self._known(param))

    def _window(self, param: Json, longest: int) -> tuple[int, int]:
        start, end = int(param.get("beginTime", 0)), int(param.get("endTime", 0))
        if end < start:
            raise Refused(300003, "ENDTIME MUST AFTER BEGINTIME")
        if end - start > longest:
            raise Refused(300004, "SEARCH TIME RANGE EXPAND LIMIT")
        if start < self.clock.now().timestamp() * 1000 - 90 * _DAY - self.skew_seconds * 1000:
            raise Refused(300005, "CAN NOT SEARCH BEFORE 90 DAYS")
        return start, end

    def _orders_list(self, param: Json) -> Json:
        start, end = self._window(param, 7 * _DAY)
        by_update = param.get("queryType") == 2
        found = [state for state in self.states() if start <= wire.millis(_clock(state, by_update)) <= end]
        found.sort(key=lambda state: (_clock(state, by_update), state.order.order_id), reverse=param.get("sort") == 2)
        rows, cursor = _cut(found, str(param.get("cursor", "")), int(param.get("pageSize", 10)), 50)
        return {"orderList": [wire.order_row(state, listed=True) for state in rows], "cursor": cursor}

    def _comments(self, param: Json) -> Json:
        """Reviews by when they were written, in seconds."""
        start, end, at = int(param["createTimeFrom"]), int(param["createTimeTo"]), int(param.get("offset", 0))
        found = [wire.comment(each) for each in self.reviews() if start <= each.at.timestamp() <= end]
        return {"rootComment": found[at : at + int(param.get("limit", 20))], "total": len(found)}

    def _comment(self, param: Json) -> Json:
        if not self.answered(str(param.get("replyToCommentId")), str(param.get("content", ""))):
            raise Refused(300006, "该评价不可回复")
        return {"commentId": int(param["replyToCommentId"]) + 1}

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id))

    def _refunds(self, param: Json) -> Json:
        if param.get("orderId"):
            found = [pair for pair in self._claims() if pair[0].order.order_id == str(param["orderId"])]
        else:
            start, end = self._window(param, _DAY)
            found = [pair for pair in self._claims() if start <= wire.millis(pair[1].at) <= end]
        if param.get("sort") != 2:
            found.reverse()
        rows, cursor = _cut(found, str(param.get("pcursor", "")), int(param.get("pageSize", 10)), 100)
        return {"refundOrderInfoList": [wire.refund(*pair) for pair in rows], "pcursor": cursor}


def _clock(state: State, by_update: bool) -> datetime:
    return state.updated_at if by_update else state.order.placed_at


def _cut(found: list[Any], cursor: str, size: int, most: int) -> tuple[list[Any], str]:
    """A page behind an opaque cursor, and the cursor of the next; `nomore` at the end."""
    if not 1 <= size <= most:
        raise Refused(100200100, "pageSize 超限")
    start = whole(cursor.removeprefix("c_"), 0)
    return found[start : start + size], f"c_{start + size}" if start + size < len(found) else "nomore"
