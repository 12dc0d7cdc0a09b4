"""WeChat Store's API: one token for all who ask, lists of ids in windows, orders and after-sales one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of
from ops.simulator.model import Claim, State, World, made_secret
from ops.simulator.platforms.wechat import wire

Json = dict[str, Any]
TOKEN = "/cgi-bin/stable_token"  # noqa: S105 (a path)
DAY, SIZE = 86_400, 100


class Refused(Exception):
    """The platform's own refusal: its errcode."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class WeChatApi(Base):
    """The API for one store. `refusals`: errcodes that the next calls are refused with, one each, whatever they ask."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.refusals: list[int] = []
        self.forced = 0
        self._issued = 0
        self._until: datetime | None = None
        self._calls: dict[str, Callable[[Json], Json]] = {
            "/channels/ec/order/get": self._order,
            "/channels/ec/order/list/get": self._list,
            "/channels/ec/aftersale/getaftersaleorder": self._claim,
            "/channels/ec/aftersale/getaftersalelist": self._claims,
            "/cgi-bin/message/subscribe/send": self._say,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call. Everything comes with HTTP 200; the errcode decides."""
        path = path_of(request)
        try:
            told = json.loads(request.body or b"{}")
            if path == TOKEN:
                return answer(self._token(told))
            if self.refusals:
                raise Refused(self.refusals.pop(0), "refused on demand")
            self._require_token(parameters(request).get("access_token", ""))
            call = self._calls.get(path)
            if call is None or request.method != "POST":
                raise Refused(40066, "invalid url")
            return answer({"errcode": 0, "errmsg": "ok", **call(told)})
        except Refused as error:
            return answer({"errcode": error.code, "errmsg": error.text})

    def expire(self) -> None:
        """The token given out so far is refused from now on."""
        self._until = None

    def _access(self) -> str:
        return made_secret(self.world.seed, self.platform, "access", str(self._issued))

    def _token(self, told: Json) -> Json:
        """The live token; a new one when it has ended, or when one is forced."""
        if told.get("grant_type") != "client_credential" or told.get("appid") != self.secrets["app_id"]:
            raise Refused(40013, "invalid appid")
        if told.get("secret") != self.secrets["app_secret"]:
            raise Refused(40125, "invalid appsecret")
        now = self.clock.now()
        self.forced += bool(told.get("force_refresh"))
        if self._until is None or now >= self._until or told.get("force_refresh"):
            self._issued += 1
            self._until = now + timedelta(hours=2)
        return {"access_token": self._access(), "expires_in": int((self._until - now).total_seconds())}

    def _require_token(self, given: str) -> None:
        if not self._issued or given != self._access():
            raise Refused(40001, "invalid credential")
        if self._until is None or self.clock.now() >= self._until:
            raise Refused(42001, "access_token expired")

    def _order(self, told: Json) -> Json:
        state = self.state(str(told.get("order_id", "")))
        if state is None:
            raise Refused(100002, "no such order")
        return {"order": wire.order_body(state)}

    def _list(self, told: Json) -> Json:
        window = told.get("update_time_range") or {}
        start, end = _window(window.get("start_time"), window.get("end_time"), 7 * DAY)
        if not 1 <= told.get("page_size", 0) <= SIZE:
            raise Refused(10020003, "invalid page_size")
        found = [state.order.order_id for state in self.states() if start <= wire.unix(state.updated_at) <= end]
        return _page("order_id_list", found, told, told["page_size"])

    def _say(self, told: Json) -> Json:
        """A subscribe message, once to everybody who allowed it."""
        person = str(told.get("touser", ""))
        if told.get("template_id") != wire.TEMPLATE:
            raise Refused(40037, "invalid template_id")
        values = told.get("data") or {}
        if set(values) != {"thing1", "character_string2"} or not all(value.get("value") for value in values.values()):
            raise Refused(47003, "argument invalid")
        if not any(buyer.id == person and buyer.permits for buyer in self.world.buyers) or person in self.said:
            raise Refused(43101, "user refuse to accept the msg")
        self.said.append(person)
        return {"msgid": 900_000_000 + len(self.said)}

    def _pairs(self) -> list[tuple[State, Claim]]:
        return [(state, claim) for state in self.states() for claim in state.claims]

    def _claim(self, told: Json) -> Json:
        for state, claim in self._pairs():
            if claim.id == told.get("after_sale_order_id"):
                return {"after_sale_order": wire.claim_body(state, claim)}
        raise Refused(100002, "no such after-sale")

    def _claims(self, told: Json) -> Json:
        start, end = _window(told.get("begin_update_time"), told.get("end_update_time"), DAY)
        found = sorted({claim.id for _, claim in self._pairs() if start <= wire.unix(claim.at) <= end})
        return _page("after_sale_order_id_list", found, told, SIZE)


def _window(start: object, end: object, longest: int) -> tuple[int, int]:
    if type(start) is not int or type(end) is not int or not 0 <= end - start <= longest:
        raise Refused(10020004, "invalid range of time")
    return start, end


def _page(name: str, ids: Sequence[str], told: Json, size: int) -> Json:
    """One page of ids, with a key for the next while there is more."""
    key = str(told.get("next_key") or "0")
    if not key.isdigit():
        raise Refused(10020003, "invalid next_key")
    start = int(key)
    end = start + size
    return {name: list(ids[start:end]), "next_key": str(end) if end < len(ids) else "", "has_more": end < len(ids)}
