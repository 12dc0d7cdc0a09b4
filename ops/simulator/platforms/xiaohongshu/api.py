"""Xiaohongshu's gateway: one address, four signed parameters, windows of half an hour, after-sales in two envelopes."""

from __future__ import annotations

import hashlib
import hmac
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import State, World
from ops.simulator.platforms.xiaohongshu import wire

Json = dict[str, Any]
WINDOW = 1800
MAX_SIZE, MAX_PAGES = 100, 100


class Refused(Exception):
    """The gateway's own refusal."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


class XiaohongshuApi(Base):
    """The gateway for one shop. Every call's signature and token is checked."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        first = self.secrets.get("refresh_token", "")
        # The merchant's first refresh token is from long ago, so it lives longer than the two weeks of the others.
        access, refresh = timedelta(days=7), timedelta(days=400)
        self.tokens = Tokens(world.seed, self.platform, clock, first, access=access, refresh=refresh, once=True)
        # A pull asks for thousands of windows: when each order changed is looked up, not lived through.
        self._changes = {order.order_id: [step.at for step in order.steps] for order in world.of(self.platform)}
        self._calls: dict[str, Callable[[Json], Json]] = {
            "order.getOrderDetail": self._detail,
            "order.getOrderList": self._orders_list,
            "afterSale.listAfterSaleInfos": self._aftersales,
            "afterSale.getAfterSaleInfo": self._aftersale,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, always with HTTP 200 and the gateway's envelope."""
        try:
            fields = json.loads(request.body or b"{}")
            method = self._checked(path_of(request), fields)
            data = self._renewed(fields) if method == "oauth.refreshToken" else self._called(method, fields)
        except Refused as error:
            return answer({"error_code": error.code, "success": False, "error_msg": error.words, "data": None})
        return answer({"error_code": 0, "success": True, "error_msg": "", "data": data})

    def _checked(self, path: str, fields: Json) -> str:
        method, stamp = str(fields.get("method", "")), str(fields.get("timestamp", ""))
        if path != "/ark/open_api/v3/common_controller":
            raise Refused(-1, "path not found")
        text = f"{method}?appId={fields.get('appId')}&timestamp={stamp}&version={fields.get('version')}"
        expected = hashlib.md5(f"{text}{self.secrets['app_secret']}".encode(), usedforsecurity=False).hexdigest()
        if fields.get("appId") != self.secrets["app_key"] or not hmac.compare_digest(expected, str(fields.get("sign", ""))):
            raise Refused(-2, "sign 校验失败")
        if abs(whole(stamp, 0) - self.clock.now().timestamp()) > self.skew_seconds:
            raise Refused(-2, "sign timestamp 过期")
        return method

    def _renewed(self, fields: Json) -> Json:
        issued = self.tokens.renew(str(fields.get("refreshToken", "")))
        if issued is None:
            raise Refused(-3, "refreshToken invalid")
        return {
            "accessToken": issued.access,
            "accessTokenExpiresAt": wire.millis(issued.access_until),
            "refreshToken": issued.refresh,
            "refreshTokenExpiresAt": wire.millis(issued.refresh_until),
            "sellerId": wire.SELLER,
        }

    def _called(self, method: str, fields: Json) -> Json:
        if not self.tokens.alive(str(fields.get("accessToken", ""))):
            raise Refused(401, "accessToken 过期")
        if method not in self._calls:
            raise Refused(-4, "method unknown")
        data = self._calls[method](fields)
        return {"code": 0, "msg": "", "success": True, "data": data} if method.startswith("afterSale.") else data

    def _detail(self, fields: Json) -> Json:
        state = self.state(str(fields.get("orderId", "")))
        if state is None:
            raise Refused(-5, "订单不存在")
        return wire.order_detail(state)

    def _window(self, fields: Json, unit: int) -> tuple[datetime, datetime]:
        start, end = int(fields.get("startTime", 0)) / unit, int(fields.get("endTime", 0)) / unit
        if not 0 < start < end or (fields.get("timeType") == 2 and end - start > WINDOW):
            raise Refused(-6, "时间范围超限")
        return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)

    def _changed(self, low: datetime, high: datetime) -> list[State]:
        """Orders whose last change as of now lies in the window."""
        now, found = self.shown_until(), []
        for order_id, times in self._changes.items():
            place = bisect_right(times, now)
            if place and low <= times[place - 1] <= high and (state := self.state(order_id)):
                found.append(state)
        return sorted(found, key=lambda state: (state.updated_at, state.order.order_id))

    def _touched(self, low: datetime, high: datetime) -> list[State]:
        """Orders to which anything happened in the window."""
        now = self.shown_until()
        ids = [name for name, times in self._changes.items() if bisect_right(times, min(high, now)) > bisect_left(times, low)]
        return [state for name in ids if (state := self.state(name))]

    def _orders_list(self, fields: Json) -> Json:
        found = self._changed(*self._window(fields, 1))
        rows = _page(found, fields)
        pages = -(-len(found) // int(fields["pageSize"]))
        listed = [wire.order_head(state) for state in rows]
        return {
            "total": len(found),
            "pageNo": fields["pageNo"],
            "pageSize": fields["pageSize"],
            "maxPageNo": pages,
            "orderList": listed,
        }

    def _aftersales(self, fields: Json) -> Json:
        if fields.get("orderId"):
            state = self.state(str(fields["orderId"]))
            found = [(state, claim) for claim in state.claims] if state else []
        else:
            low, high = self._window(fields, 1000)
            found = [(state, claim) for state in self._touched(low, high) for claim in state.claims if low <= claim.at <= high]
        found.sort(key=lambda pair: (pair[1].at, pair[1].id))
        listed = [wire.aftersale_head(*pair) for pair in _page(found, fields)]
        return {"totalCount": len(found), "pageNo": fields["pageNo"], "pageSize": fields["pageSize"], "afterSaleBasicInfos": listed}

    def _aftersale(self, fields: Json) -> Json:
        wanted = str(fields.get("returnsId", ""))
        pair = next(((state, claim) for state in self.states() for claim in state.claims if claim.id == wanted), None)
        if pair is None:
            raise Refused(-5, "售后单不存在")
        return {"afterSaleInfo": wire.aftersale(*pair), "logisticsInfo": None}


def _page(found: list[Any], fields: Json) -> list[Any]:
    number, size = int(fields.get("pageNo", 0)), int(fields.get("pageSize", 0))
    if not 1 <= number <= MAX_PAGES or not 1 <= size <= MAX_SIZE:
        raise Refused(-6, "分页参数超限")
    return found[(number - 1) * size : number * size]
