"""Shopee's open platform: signed calls, tokens of four hours, refresh tokens that serve once, windows of 15 days."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, parameters, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import Claim, State, World
from ops.simulator.platforms.shopee import wire

Json = dict[str, Any]
_PREFIX = "/api/v2/"
_ACCESS_LIFE, _REFRESH_LIFE = timedelta(hours=4), timedelta(days=30)
LONGEST = 15 * 86_400  # seconds
MOST = 100
MOST_ORDERS = 50  # in one detail call


class CallError(Exception):
    """The platform's own refusal, with its code."""


class ShopeeApi(Base):
    """The open platform for one shop. Every call's signature, and every shop call's token, is checked."""

    platform = "shopee"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        first = self.secrets.get("refresh_token", "")
        lives = {"access": _ACCESS_LIFE, "refresh": _REFRESH_LIFE}
        self.tokens = Tokens(world.seed, "shopee", clock, first, once=True, authorised=world.start, **lives)
        self._calls: dict[str, Callable[[dict[str, str]], Json]] = {
            "order/get_order_list": self._order_list,
            "order/get_order_detail": self._order_detail,
            "payment/get_escrow_detail": self._escrow,
            "returns/get_return_list": self._return_list,
            "returns/get_return_detail": self._return_detail,
            "logistics/get_tracking_number": self._tracking,
            "product/get_comment": self._comments,
            "product/reply_comment": self._reply,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, always with HTTP 200; `error` says whether it went well."""
        given, path = parameters(request), path_of(request)
        name = path.removeprefix(_PREFIX)
        try:
            if name == "auth/access_token/get":
                self._check(path, given)
                return answer({**self._renew(request.body or b""), "error": "", "message": "", "request_id": _request(path)})
            shop = self._shop(given)
            self._check(path, given, given.get("access_token", ""), shop)
            self._live(given.get("access_token", ""))
            call = self._calls.get(name)
            if call is None:
                raise CallError("error_not_found")
            told = call({**given, "body": (request.body or b"").decode()})
            return answer({"error": "", "message": "", "request_id": _request(path), "response": told})
        except CallError as error:
            return answer({"error": str(error), "message": "refused", "request_id": _request(path)})

    def _shop(self, given: dict[str, str]) -> str:
        if given.get("shop_id") != self.world.shop("shopee").account:
            raise CallError("shop_no_linked")
        return given["shop_id"]

    def _check(self, path: str, given: dict[str, str], *shop: str) -> None:
        """The signature: partner, path, time, and for a shop's calls its token and number. Neither query nor body is in it."""
        if given.get("partner_id") != self.secrets["partner_id"]:
            raise CallError("invalid_partner_id")
        stamp = given.get("timestamp", "")
        text = "".join((given["partner_id"], path, stamp, *shop))
        expected = hmac.new(self.secrets["partner_key"].encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, given.get("sign", "")):
            raise CallError("error_sign")
        if abs(whole(stamp, 0) - self.clock.now().timestamp()) > self.skew_seconds:
            raise CallError("error_sign")

    def _live(self, token: str) -> None:
        if not self.tokens.alive(token):
            raise CallError("invalid_acceess_token")  # spelled so

    def _renew(self, body: bytes) -> Json:
        """A new pair for a refresh token that was not used yet."""
        asked = json.loads(body)
        shop = self.world.shop("shopee").account
        if asked.get("shop_id") != int(shop) or asked.get("partner_id") != int(self.secrets["partner_id"]):
            raise CallError("partner_shop_no_link")
        issued = self.tokens.renew(str(asked.get("refresh_token", "")))
        if issued is None:
            raise CallError("error_auth")
        life = int(_ACCESS_LIFE.total_seconds())
        return {"access_token": issued.access, "refresh_token": issued.refresh, "expire_in": life, "shop_id": int(shop)}

    def _known(self, order_sn: str) -> State:
        state = self.state(order_sn)
        if state is None:
            raise CallError("error_not_found")
        return state

    def _order_list(self, given: dict[str, str]) -> Json:
        field = given.get("time_range_field")
        if field not in {"create_time", "update_time"}:
            raise CallError("error_param")

        def at(state: State) -> int:
            return wire.unix(state.order.placed_at if field == "create_time" else state.updated_at)

        low, high = _window(given, "time_from", "time_to")
        found = [state for state in self.states() if low <= at(state) <= high]
        found.sort(key=lambda state: (at(state), state.order.order_id))
        size, start = _size(given), whole(given.get("cursor"), 0)
        rows = [{"order_sn": state.order.order_id, "booking_sn": ""} for state in found[start : start + size]]
        more = start + size < len(found)
        return {"more": more, "next_cursor": str(start + size) if more else "", "order_list": rows}

    def _order_detail(self, given: dict[str, str]) -> Json:
        """Orders that are there; the others are left out."""
        names = given.get("order_sn_list", "").split(",")
        if len(names) > MOST_ORDERS:
            raise CallError("error_param")
        wanted = frozenset(given.get("response_optional_fields", "").split(","))
        found = (self.state(name) for name in names)
        return {"order_list": [wire.order_body(state, wanted) for state in found if state]}

    def _escrow(self, given: dict[str, str]) -> Json:
        state = self._known(given.get("order_sn", ""))
        if not wire.settled(state):
            raise CallError("error_not_found")
        return wire.escrow(state)

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id))

    def _return_list(self, given: dict[str, str]) -> Json:
        low, high = _window(given, "update_time_from", "update_time_to")
        found = [wire.return_body(state, claim) for state, claim in self._claims() if low <= wire.unix(claim.at) <= high]
        size, page = _size(given), whole(given.get("page_no"), 0)
        return {"more": (page + 1) * size < len(found), "return": found[page * size : (page + 1) * size]}

    def _return_detail(self, given: dict[str, str]) -> Json:
        pair = next((pair for pair in self._claims() if pair[1].id == given.get("return_sn")), None)
        if pair is None:
            raise CallError("error_not_found")
        return wire.return_body(*pair)

    def _comments(self, given: dict[str, str]) -> Json:
        size, start = _size(given), whole(given.get("cursor"), 0)
        found = [wire.comment(each) for each in self.reviews()]
        more = start + size < len(found)
        return {"more": more, "next_cursor": str(start + size) if more else "", "item_comment_list": found[start : start + size]}

    def _reply(self, given: dict[str, str]) -> Json:
        """One result a comment, with a word where it cannot be answered."""
        rows = json.loads(given["body"])["comment_list"]
        done = [(row["comment_id"], self.answered(str(row["comment_id"]), row["comment"])) for row in rows]
        return {"result_list": [{"comment_id": each, **({} if taken else {"fail_error": "error_param"})} for each, taken in done]}

    def _tracking(self, given: dict[str, str]) -> Json:
        """A parcel's number; empty while there is none."""
        state = self._known(given.get("order_sn", ""))
        number = next((each.number for each in state.parcels if each.id == given.get("package_number")), "")
        return {"tracking_number": number, "plp_number": "", "hint": ""}


def _window(given: dict[str, str], start: str, end: str) -> tuple[int, int]:
    low, high = whole(given.get(start), -1), whole(given.get(end), -1)
    if low < 0 or high < low or high - low > LONGEST:
        raise CallError("error_param")
    return low, high


def _size(given: dict[str, str]) -> int:
    size = whole(given.get("page_size"), 20)
    if not 1 <= size <= MOST:
        raise CallError("error_param")
    return size


def _request(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:32]
