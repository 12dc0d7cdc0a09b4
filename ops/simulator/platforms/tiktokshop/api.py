"""TikTok Shop's API: signed calls with the body, ciphers, tokens, searches by opaque page tokens."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, header, parameters, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import Claim, State, World, made_secret
from ops.simulator.platforms.tiktokshop import wire

Json = dict[str, Any]
T = TypeVar("T")
TOKEN = "/api/v2/token/refresh"  # noqa: S105 (a path)
SHOPS = "/authorization/202309/shops"
MAX_IDS = 50
_MARK = b"\xfb\xef\xbe\xff"  # makes page tokens hold + and /
_FOREVER = 10**12
_STATUS = {105002: 401, 106001: 401, 36009003: 200}


class Refused(Exception):
    """The platform's own refusal: its `code`."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


class TikTokShopApi(Base):
    """The API for one shop. `refusals`: codes that the next calls are refused with, one each, whatever they ask."""

    platform = wire.KEY
    skew_seconds = 300

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self.refusals: list[int] = []
        first, access, refresh = self.secrets["refresh_token"], timedelta(days=7), timedelta(days=365)
        self.tokens = Tokens(world.seed, self.platform, clock, first, access=access, refresh=refresh, once=True)
        self.cipher = f"ROW_{made_secret(world.seed, self.platform, 'cipher')}"
        self._calls: dict[tuple[str, str], Callable[[dict[str, str], Json], Json]] = {
            ("GET", SHOPS): self._shops,
            ("GET", "/order/202507/orders"): self._details,
            ("POST", "/order/202309/orders/search"): self._search,
            ("POST", "/return_refund/202309/returns/search"): self._returns,
            ("POST", "/return_refund/202309/cancellations/search"): self._cancellations,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call. The code decides; the HTTP status of a refusal is mostly 400."""
        path, given = path_of(request), parameters(request)
        try:
            if path == TOKEN:
                return _told(self._renew(given))
            body = request.body or b""
            self._check(path, given, body)
            if not self.tokens.alive(header(request, "x-tts-access-token")):
                raise Refused(105002, "Expired credentials")
            call = self._calls.get((request.method, path))
            if call is None:
                raise Refused(36009009, "Invalid path")
            self._require_cipher(path, given)
            return _told(call(given, json.loads(body or b"{}")))
        except Refused as error:
            said = {"code": error.code, "message": error.text, "request_id": "20261120000000000000000000000000"}
            return answer(said, _STATUS.get(error.code, 400))

    def _renew(self, given: dict[str, str]) -> Json:
        """The one call that is not signed: the secret goes in the query."""
        if any(given.get(name) != self.secrets[name] for name in ("app_key", "app_secret")):
            raise Refused(36004002, "Invalid app_key or app_secret")
        issued = self.tokens.renew(given.get("refresh_token", "")) if given.get("grant_type") == "refresh_token" else None
        if issued is None:
            raise Refused(36004004, "The refresh token is invalid or was used")
        return {
            "access_token": issued.access,
            "access_token_expire_in": wire.unix(issued.access_until),  # points in time, not lives
            "refresh_token": issued.refresh,
            "refresh_token_expire_in": wire.unix(issued.refresh_until),
            "seller_name": "Huitou",
            "seller_base_region": "GB",
            "user_type": 0,
            "granted_scopes": ["seller.order.info", "seller.return_refund.basic", "seller.authorization.info"],
        }

    def _check(self, path: str, given: dict[str, str], body: bytes) -> None:
        """Refuse a wrong key, time or signature, and what is to be refused next."""
        if given.get("app_key") != self.secrets["app_key"]:
            raise Refused(36009004, "Invalid app_key")
        early = whole(given.get("timestamp"), 0) - self.clock.now().timestamp()
        if not -self.skew_seconds <= early <= self.skew_seconds // 10:  # five minutes late, half a minute early
            raise Refused(36009004, "Invalid timestamp")
        rest = {name: value for name, value in given.items() if name not in {"sign", "access_token"}}
        secret = self.secrets["app_secret"]
        text = (secret + path + "".join(name + rest[name] for name in sorted(rest))).encode() + body + secret.encode()
        made = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(made, given.get("sign", "")):
            raise Refused(106001, "Invalid signature")
        if self.refusals:
            raise Refused(self.refusals.pop(0), "Refused on demand")

    def _require_cipher(self, path: str, given: dict[str, str]) -> None:
        cipher = given.get("shop_cipher")
        if path == SHOPS:
            if cipher is not None:
                raise Refused(36009004, "Unexpected shop_cipher: it is not required")
        elif cipher is None:
            raise Refused(106013, "shop_cipher is missing")
        elif cipher != self.cipher:
            raise Refused(36009004, "Invalid shop_cipher")

    def _shops(self, _given: dict[str, str], _body: Json) -> Json:
        """Ours and another that authorised the same application."""
        other = {"id": "7495540000000000001", "name": "Another", "region": "GB", "seller_type": "LOCAL", "cipher": "ROW_another"}
        ours = {"id": self.world.shop(wire.KEY).account, "name": "Huitou", "cipher": self.cipher}
        return {"shops": [other, {**other, **ours}]}

    def _details(self, given: dict[str, str], _body: Json) -> Json:
        wanted = given.get("ids", "").split(",")
        if not 1 <= len(wanted) <= MAX_IDS or not all(each.isdigit() for each in wanted):
            raise Refused(36009011, "Invalid ids")
        return {"orders": [wire.order_body(state) for each in wanted if (state := self.state(each))]}

    def _search(self, given: dict[str, str], body: Json) -> Json:
        low, high = _window(body)
        found = [state for state in self.states() if low <= wire.unix(state.updated_at) < high]
        return _page("orders", [wire.order_body(state) for state in _sorted(found, given)], given, range(1, 101))

    def _claims(self, body: Json, *, cancelled: bool) -> list[tuple[State, Claim]]:
        low, high = _window(body)
        wanted = body.get("order_ids")
        states = [state for state in self.states() if wanted is None or state.order.order_id in wanted]
        found = [(state, claim) for state in states for claim in state.claims if wire.is_cancellation(state, claim) is cancelled]
        return sorted((p for p in found if low <= wire.unix(p[1].at) < high), key=lambda pair: (pair[1].at, pair[1].id))

    def _returns(self, given: dict[str, str], body: Json) -> Json:
        rows = [wire.return_body(*pair) for pair in self._claims(body, cancelled=False)]
        return _page("return_orders", rows, given, range(10, 51))

    def _cancellations(self, given: dict[str, str], body: Json) -> Json:
        rows = [wire.cancellation_body(*pair) for pair in self._claims(body, cancelled=True)]
        return _page("cancellations", rows, given, range(10, 51))


def _told(data: Json) -> HttpResponse:
    return answer({"code": 0, "message": "Success", "data": data, "request_id": "20261120000000000000000000000000"})


def _window(body: Json) -> tuple[int, int]:
    return int(body.get("update_time_ge") or 0), int(body.get("update_time_lt") or _FOREVER)


def _sorted(found: list[State], given: dict[str, str]) -> list[State]:
    if given.get("sort_field", "create_time") == "create_time":
        found.sort(key=lambda state: (state.order.placed_at, state.order.order_id))
    return found[::-1] if given.get("sort_order", "DESC") == "DESC" else found


def _page(name: str, rows: Sequence[T], given: dict[str, str], sizes: range) -> Json:
    """One page, with a token for the next that nobody is to read; none where it ends."""
    size = whole(given.get("page_size"), 0)
    if size not in sizes:
        raise Refused(36009011, "Invalid page_size")
    start = _start(given.get("page_token", ""))
    end = start + size
    token = base64.b64encode(_MARK + str(end).encode()).decode() if end < len(rows) else ""
    return {name: list(rows[start:end]), "next_page_token": token, "total_count": len(rows)}


def _start(token: str) -> int:
    try:
        return int(base64.b64decode(token, validate=True).removeprefix(_MARK) or b"0")
    except (ValueError, binascii.Error):
        raise Refused(36009011, "Invalid page_token") from None
