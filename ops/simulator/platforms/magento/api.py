"""Magento's REST API: OAuth 1.0a checked on every call, searches by criteria whose last page never ends; and Adobe's public key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, header, path_of, whole
from ops.simulator.model import State, World
from ops.simulator.platforms.magento import keys, wire

Json = dict[str, Any]
_FILTER = re.compile(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[(\d+)\]\[(field|value|condition_type)\]")
_PREFIX = "searchCriteria[filter_groups]"
_ORDER = re.compile(r"searchCriteria\[filter_groups\]\[(\d+)\]\[filters\]\[0\]\[field\]")
_SORT = re.compile(r"searchCriteria\[sortOrders\]\[0\]\[(field|direction)\]")
_PART = re.compile(r'([a-z_]+)="([^"]*)"')
MOST = 300


class MagentoApi(Base):
    """The REST API of one shop, and the one file on Adobe's host."""

    platform = "magento"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._lock = threading.Lock()
        self._nonces: set[str] = set()
        self._beside: dict[str, Callable[[State], list[Json]]] = {
            "invoices": wire.invoices,
            "shipments": wire.shipments,
            "creditmemos": wire.creditmemos,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; 401 where it is not signed as the four credentials sign it."""
        path = path_of(request)
        if urlsplit(request.url).hostname == wire.KEY_HOST:
            return self._key(path)
        if not self._authorised(request):
            return answer({"message": "The consumer isn't authorized to access %resources."}, 401)
        kind, _, number = path.removeprefix("/rest/V1/").partition("/")
        given = _parameters(request)
        if kind == "orders" and number:
            state = self.state(number)
            return answer(wire.order_body(state)) if state else _missing()
        if kind == "orders":
            return _searched([wire.order_body(state) for state in self.states()], given)
        if kind in self._beside and not number:
            return _searched([row for state in self._asked(given) for row in self._beside[kind](state)], given)
        return _missing()

    def _asked(self, given: dict[str, str]) -> list[State]:
        """The orders that a search can be about: one, where it names its order."""
        named = next((found[1] for name in given if (found := _ORDER.fullmatch(name)) and given[name] == "order_id"), None)
        if named is None:
            return self.states()
        state = self.state(given.get(f"{_PREFIX}[{named}][filters][0][value]", ""))
        return [state] if state else []

    def _key(self, path: str) -> HttpResponse:
        private = self.secrets["private_key"]
        if path != keys.key_path(private):
            return HttpResponse(404, {"content-type": "text/html"}, b"<html>not found</html>")
        return HttpResponse(200, {"content-type": "application/x-pem-file"}, keys.public_key(private).encode())

    def _authorised(self, request: HttpRequest) -> bool:
        """OAuth 1.0a: consumer and token, a nonce that is new, a time that is now, and the signature over method, URL and query."""
        told = {name: unquote(text) for name, text in _PART.findall(header(request, "authorization"))}
        given = told.pop("oauth_signature", "")
        named = (told.get("oauth_consumer_key"), told.get("oauth_token"), told.get("oauth_signature_method"))
        if named != (self.secrets["consumer_key"], self.secrets["access_token"], "HMAC-SHA256"):
            return False
        if abs(whole(told.get("oauth_timestamp"), 0) - self.clock.now().timestamp()) > self.skew_seconds:
            return False
        pairs = sorted((_encoded(name), _encoded(value)) for name, value in [*_pairs(request), *told.items()])
        bare = request.url.partition("?")[0]
        text = "&".join((request.method, _encoded(bare), _encoded("&".join(f"{name}={value}" for name, value in pairs))))
        key = f"{self.secrets['consumer_secret']}&{self.secrets['access_token_secret']}"
        expected = base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
        with self._lock:
            fresh = told.get("oauth_nonce", "") not in self._nonces
            self._nonces.add(told.get("oauth_nonce", ""))
        return fresh and hmac.compare_digest(expected, given)


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    return [*parse_qsl(urlsplit(request.url).query, keep_blank_values=True), *request.query]


def _parameters(request: HttpRequest) -> dict[str, str]:
    return dict(_pairs(request))


def _searched(rows: Sequence[Json], given: dict[str, str]) -> HttpResponse:
    """The page of a search. Asked for a page beyond the last, it answers the last again; the total alone tells the end."""
    groups: dict[str, dict[str, dict[str, str]]] = {}
    for name, value in given.items():
        if found := _FILTER.fullmatch(name):
            groups.setdefault(found[1], {}).setdefault(found[2], {})[found[3]] = value
    fitting = [row for row in rows if all(any(_fits(row, one) for one in group.values()) for group in groups.values())]
    sort = {found[1]: value for name, value in given.items() if (found := _SORT.fullmatch(name))}
    if sort:
        fitting.sort(key=lambda row: str(row.get(sort["field"])), reverse=sort.get("direction", "DESC") == "DESC")
    size = whole(given.get("searchCriteria[pageSize]"), MOST)
    if not 1 <= size <= MOST:
        return answer({"message": f"Maximum SearchCriteria pageSize is {MOST}"}, 400)
    last = max(1, -(-len(fitting) // size))
    page = min(max(1, whole(given.get("searchCriteria[currentPage]"), 1)), last)
    cut = fitting[(page - 1) * size : page * size]
    return answer({"items": cut, "search_criteria": {"page_size": size, "current_page": page}, "total_count": len(fitting)})


def _fits(row: Json, one: dict[str, str]) -> bool:
    """One filter; times and ids compare as the text that the shop writes, which sorts as they do."""
    told, wanted, condition = str(row.get(one.get("field", ""))), one.get("value", ""), one.get("condition_type", "eq")
    return {
        "eq": told == wanted,
        "gteq": told >= wanted,
        "from": told >= wanted,
        "gt": told > wanted,
        "lteq": told <= wanted,
        "to": told <= wanted,
        "lt": told < wanted,
    }.get(condition, False)


def _missing() -> HttpResponse:
    return answer({"message": "The entity that was requested doesn't exist. Verify the entity and try again."}, 404)
