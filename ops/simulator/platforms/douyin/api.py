"""Douyin's open platform: signed calls, tokens that expire, orders and after-sales by page."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of, whole
from ops.simulator.model import Claim, State, World, made_secret
from ops.simulator.platforms.douyin import wire

Json = dict[str, Any]
_ACCESS_LIFE = timedelta(days=7)
_REFRESH_LIFE = timedelta(days=14)
MAX_SIZE = 100


class CallError(Exception):
    """The platform's own refusal: `code`, `sub_code`."""

    def __init__(self, code: int, sub_code: str, text: str) -> None:
        super().__init__(text)
        self.code, self.sub_code, self.text = code, sub_code, text


class DouyinApi(Base):
    """The open platform for one shop. Every call's signature and token is checked."""

    platform = "douyin"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._lock = threading.Lock()
        self._access: dict[str, datetime] = {}
        self._refresh: dict[str, datetime] = {}
        self._issued = 0
        self._calls: dict[str, Callable[[Json], Json]] = {
            "order.orderDetail": self._order_detail,
            "order.searchList": self._order_list,
            "afterSale.Detail": self._aftersale_detail,
            "afterSale.List": self._aftersale_list,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, always with HTTP 200 and the platform's envelope."""
        given = parameters(request)
        body = (request.body or b"").decode()
        try:
            method = self._checked(path_of(request), given, body)
            arguments = json.loads(body or "{}")
            data = self._token(method, arguments) if method.startswith("token.") else self._called(method, given, arguments)
        except CallError as error:
            return answer({"code": error.code, "msg": error.text, "sub_code": error.sub_code, "sub_msg": error.text, "data": None})
        return answer(
            {"code": 10000, "msg": "success", "sub_code": "", "sub_msg": "", "data": data, "err_no": 0, "message": "success"}
        )

    def _checked(self, path: str, given: dict[str, str], body: str) -> str:
        """The method, when path and signature are right."""
        method, secret = given.get("method", ""), self.secrets["app_secret"]
        if given.get("app_key") != self.secrets["app_key"]:
            raise CallError(40003, "isv.app-id-invalid", "应用无效")
        if path.strip("/").replace("/", ".") != method:
            raise CallError(40004, "isv.method-invalid", "方法与路径不符")
        signed = (
            f"app_key{given['app_key']}method{method}param_json{body}timestamp{given.get('timestamp', '')}v{given.get('v', '')}"
        )
        expected = hmac.new(secret.encode(), f"{secret}{signed}{secret}".encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, given.get("sign", "")):
            raise CallError(40003, "isv.signature-invalid", "签名校验失败")
        if abs(whole(given.get("timestamp"), 0) - self.clock.now().timestamp()) > self.skew_seconds:
            raise CallError(40003, "isv.timestamp-invalid", "时间戳无效")
        return method

    def _token(self, method: str, arguments: Json) -> Json:
        with self._lock:
            if method == "token.refresh":
                until = self._refresh.pop(str(arguments.get("refresh_token", "")), None)
                if until is None or until < self.clock.now():
                    raise CallError(50002, "isv.business-failed:31009", "refresh_token 不存在")
            elif method != "token.create" or str(arguments.get("shop_id", "")) not in {"", self.world.shop("douyin").account}:
                raise CallError(50002, "dop.authorization-no-existed", "授权不存在")
            self._issued += 1
            access = made_secret(self.world.seed, "douyin", "access", str(self._issued))
            refresh = made_secret(self.world.seed, "douyin", "refresh", str(self._issued))
            self._access[access] = self.clock.now() + _ACCESS_LIFE
            self._refresh[refresh] = self.clock.now() + _REFRESH_LIFE
        shop = {"shop_id": int(self.world.shop("douyin").account), "shop_name": "回头小店", "scope": "SCOPE"}
        return {"access_token": access, "expires_in": int(_ACCESS_LIFE.total_seconds()), "refresh_token": refresh, **shop}

    def expire_tokens(self) -> None:
        """Every access token given out so far is refused from now on."""
        with self._lock:
            self._access.clear()

    def _called(self, method: str, given: dict[str, str], arguments: Json) -> Json:
        with self._lock:
            until = self._access.get(given.get("access_token", ""))
        if until is None or until < self.clock.now():
            raise CallError(30001, "isv.access-token-expired", "access_token 已过期")
        call = self._calls.get(method)
        if call is None:
            raise CallError(40004, "isv.method-invalid", "方法不存在")
        return call(arguments)

    def _order_detail(self, arguments: Json) -> Json:
        state = self.state(str(arguments.get("shop_order_id", "")))
        if state is None:
            raise CallError(50002, "isv.business-failed:1", "订单不存在")
        return {"shop_order_detail": wire.order_detail(state)}

    def _order_list(self, arguments: Json) -> Json:
        field = "create_time" if str(arguments.get("order_by", "")).startswith("create") else "update_time"

        def clock(state: State) -> datetime:
            return state.order.placed_at if field == "create_time" else state.updated_at

        low, high = _window(arguments, field)
        found = [state for state in self.states() if low <= wire.unix(clock(state)) <= high]
        found.sort(key=lambda state: (clock(state), state.order.order_id), reverse=not arguments.get("order_asc", False))
        page, size, cut = _paged(found, arguments)
        return {"total": len(found), "page": page, "size": size, "shop_order_list": [wire.order_detail(state) for state in cut]}

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id))

    def _aftersale_list(self, arguments: Json) -> Json:
        low, high = _window(arguments, "update")
        wanted = str(arguments.get("order_id", "") or "")
        found = [(state, claim) for state, claim in self._claims() if low <= wire.unix(claim.at) <= high]
        found = [pair for pair in found if not wanted or pair[0].order.order_id == wanted]
        if "asc" not in str(arguments.get("order_by", "")):
            found.reverse()
        page, size, cut = _paged(found, arguments)
        more = len(found) > (page + 1) * size
        items = [wire.aftersale(state, claim) for state, claim in cut]
        return {"total": len(found), "page": page, "size": size, "has_more": more, "items": items}

    def _aftersale_detail(self, arguments: Json) -> Json:
        wanted = str(arguments.get("after_sale_id", ""))
        pair = next((pair for pair in self._claims() if pair[1].id == wanted), None)
        if pair is None:
            raise CallError(50002, "isv.business-failed:1", "售后单不存在")
        return wire.aftersale_detail(*pair)


def _window(arguments: Json, name: str) -> tuple[int, int]:
    """The window of a list call in Unix seconds; `update_time_start` and `update_start_time` are both spoken."""
    keys = {"update": ("update_start_time", "update_end_time")}.get(name, (f"{name}_start", f"{name}_end"))
    return int(arguments.get(keys[0]) or 0), int(arguments.get(keys[1]) or 10**11)


def _paged(found: list[Any], arguments: Json) -> tuple[int, int, list[Any]]:
    page, size = int(arguments.get("page") or 0), int(arguments.get("size") or 10)
    if not 1 <= size <= MAX_SIZE or page * size > 50_000:
        raise CallError(40002, "isv.parameter-invalid", "分页参数超限")
    return page, size, found[page * size : (page + 1) * size]
