"""Ele.me's NOP API: one address, actions by name, calls signed over their JSON, tokens for the shop, orders of a day by pages."""

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
from ops.simulator.api.kit import Base, SimClock, answer, header, path_of
from ops.simulator.api.wrapped import CHINA
from ops.simulator.model import State, World, made_secret
from ops.simulator.platforms.eleme import wire
from ops.simulator.remarks import Remark

Json = dict[str, Any]
LIFE = timedelta(days=30)
PAGES, MOST, RATES, BACK = 100, 50, 20, timedelta(days=90)
ID = "X|1"


class Refused(Exception):
    """A refusal by its code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ElemeApi(Base):
    """The API for one shop of an application of its own. `refusals`: codes with which the next calls are refused."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.refusals: list[str] = []
        self._issued: dict[str, datetime] = {}
        self._calls: dict[str, Callable[[Json], Any]] = {
            "eleme.order.getOrder": self._order,
            "eleme.order.getAllOrders": self._orders_list,
            "eleme.order.getRefundOrder": self._refund,
            "eleme.order.batchGetDeliveryStates": self._deliveries,
            "eleme.ugc.getOrderRatesByShopId": self._rates,
            "eleme.ugc.replyRateByRateIdAndShopId": self._reply,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; those of the API always with HTTP 200."""
        if path_of(request) == "/token":
            return self._token(request)
        try:
            given = json.loads(request.body or b"{}")
            call = self._checked(given)
            return answer({"id": given["id"], "result": call(given["params"]), "error": None})
        except Refused as error:
            return answer({"id": ID, "result": None, "error": {"code": error.code, "message": "refused"}})

    def expire(self) -> None:
        """Every token given out so far is refused from now on."""
        self._issued.clear()

    def _token(self, request: HttpRequest) -> HttpResponse:
        pair = f"{self.secrets['app_key']}:{self.secrets['app_secret']}".encode()
        known = hmac.compare_digest(header(request, "authorization"), f"Basic {base64.b64encode(pair).decode()}")
        if not known or dict(parse_qsl((request.body or b"").decode())).get("grant_type") != "client_credentials":
            return answer({"error": "invalid_client"}, 401)
        token = made_secret(self.world.seed, wire.KEY, "access", str(len(self._issued)), self.clock.now().isoformat())
        self._issued[token] = self.clock.now() + LIFE
        return answer({"access_token": token, "token_type": "bearer", "expires_in": int(LIFE.total_seconds())})

    def _checked(self, given: Json) -> Callable[[Json], Any]:
        """The action, when key, time, token and signature are right."""
        metas, params, token = given.get("metas", {}), given.get("params", {}), given.get("token", "")
        told = {**metas, **params}
        text = "".join(f"{name}={json.dumps(told[name], ensure_ascii=False, separators=(',', ':'))}" for name in sorted(told))
        signed = f"{given.get('action')}{token}{text}{self.secrets['app_secret']}"
        made = hashlib.md5(signed.encode(), usedforsecurity=False).hexdigest().upper()
        if metas.get("app_key") != self.secrets["app_key"] or not hmac.compare_digest(made, given.get("signature", "")):
            raise Refused("INVALID_SIGNATURE")
        if abs(metas.get("timestamp", 0) - self.clock.now().timestamp()) > self.skew_seconds:
            raise Refused("INVALID_TIMESTAMP")
        if self._issued.get(token, self.clock.now()) <= self.clock.now():
            raise Refused("UNAUTHORIZED")
        if self.refusals:
            raise Refused(self.refusals.pop(0))
        call = self._calls.get(given.get("action", ""))
        if call is None:
            raise Refused("VALIDATION_FAILED")
        return call

    def _shown(self, order_id: Any) -> State:
        """An order that was paid for; others are never shown."""
        state = self.state(str(order_id))
        if state is None or not state.released:
            raise Refused("BIZ_ORDER_NOT_EXIST")
        return state

    def _mine(self, params: Json) -> None:
        if str(params.get("shopId")) != str(wire.SHOP):
            raise Refused("PERMISSION_DENIED")

    def _order(self, params: Json) -> Json:
        return wire.order_body(self._shown(params.get("orderId")), self.shown_until())

    def _orders_list(self, params: Json) -> Json:
        self._mine(params)
        page, size = params.get("pageNo", 0), params.get("pageSize", 0)
        if not 1 <= page <= PAGES or not 1 <= size <= MOST:
            raise Refused("VALIDATION_FAILED")
        day = params.get("date") or (wire.local(self.shown_until()) or "")[:10]
        found = [each for each in self.states() if each.released and (wire.local(each.order.placed_at) or "")[:10] == day]
        found.sort(key=lambda state: (state.order.placed_at, state.order.order_id), reverse=True)
        rows = [wire.order_body(state, self.shown_until()) for state in found[(page - 1) * size : page * size]]
        return {"list": rows, "total": len(found)}

    def _refund(self, params: Json) -> Json:
        body = wire.refund_body(self._shown(params.get("orderId")))
        if body is None:
            raise Refused("BIZ_REFUND_NOT_EXIST")
        return body

    def _deliveries(self, params: Json) -> Json:
        ids = params.get("orderIds", [])
        if len(ids) > MOST:
            raise Refused("VALIDATION_FAILED")
        return {str(each): wire.delivery_body(self._shown(each)) for each in ids}

    def _rates(self, params: Json) -> list[Json]:
        self._mine(params)
        first, last = _instant(params.get("startTime")), _instant(params.get("endTime"))
        if first < self.shown_until() - BACK or not 1 <= params.get("pageSize", 0) <= RATES:
            raise Refused("VALIDATION_FAILED")
        rows = [one for one in self.reviews() if first <= one.at <= last]
        start = params.get("offset", 0)
        return [_rate(one) for one in rows[start : start + params["pageSize"]]]

    def _reply(self, params: Json) -> bool:
        self._mine(params)
        if not self.answered(str(params.get("rateId")), str(params.get("reply", ""))):
            raise Refused("VALIDATION_FAILED")
        return True


def _instant(text: Any) -> datetime:
    try:
        return datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S").replace(tzinfo=CHINA)
    except ValueError:
        raise Refused("VALIDATION_FAILED") from None


def _rate(one: Remark) -> Json:
    """Every other one is anonymous and names no order."""
    return {
        "rateId": str(one.number),
        "id": one.number,
        "orderId": one.order.order_id if one.number % 2 else None,
        "shopId": wire.SHOP,
        "rating": one.stars,
        "rateContent": one.text,
        "ratedAt": wire.local(one.at),
        "itemRates": [],
        "orderRateReply": one.answer,
    }
