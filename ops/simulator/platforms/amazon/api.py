"""Amazon's API: Login with Amazon, orders by opaque page tokens, transactions, and a rate for each operation."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, header, parameters, path_of, whole
from ops.simulator.api.tokens import Tokens
from ops.simulator.model import World, made_secret
from ops.simulator.platforms.amazon import wire

ACCESS_LIFE, YEAR, PAGE_LIFE = timedelta(hours=1), timedelta(days=365), timedelta(hours=24)
BEHIND = timedelta(minutes=2)  # the end of a window lies at least so long back
MAX_PAGE = 100
TRANSACTIONS_PAGE = 50
RATES = {"searchOrders": (1 / 0.0056, 20), "getOrder": (2.0, 30), "listTransactions": (2.0, 10)}  # seconds a call, burst
_ORDER = re.compile(r"^/orders/2026-01-01/orders/([0-9-]+)$")


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a list goes on: the same question, the rows that are left, and until when."""

    query: tuple[tuple[str, str], ...]
    rows: tuple[str, ...]
    until: datetime


class AmazonApi(Base):
    """The API for one seller. Where `limits` is set, calls are counted and those too many are refused with 429."""

    platform = "amazon"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._lock = threading.Lock()
        first = self.secrets.get("refresh_token", "")
        self._tokens = Tokens(world.seed, "amazon", clock, first, access=ACCESS_LIFE, refresh=YEAR, once=False)
        self._ended: set[str] = set()
        self._pages: dict[str, _Page] = {}
        self._full: dict[str, datetime] = {}
        self.refused = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call."""
        path, given = path_of(request), parameters(request)
        if urlsplit(request.url).hostname == "api.amazon.com":
            return self._token(request) if path == "/auth/o2/token" else _error(404, "NotFound", "no such resource")
        if refusal := self._refused(header(request, "x-amz-access-token")):
            return refusal
        found = _ORDER.match(path)
        name = {"/orders/2026-01-01/orders": "searchOrders", "/finances/2024-06-19/transactions": "listTransactions"}.get(path)
        operation = "getOrder" if found else name
        if operation is None:
            return _error(404, "NotFound", "no such resource")
        if not self._may(operation):
            return _error(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        if found:
            return self._one(found[1], given)
        return self._search(given) if operation == "searchOrders" else self._movements(given)

    def _token(self, request: HttpRequest) -> HttpResponse:
        """A refresh token lives for a year and stays the same."""
        given = {key: values[0] for key, values in parse_qs((request.body or b"").decode()).items()}
        if any(given.get(name) != self.secrets[name] for name in ("client_id", "client_secret")):
            return answer({"error": "invalid_client", "error_description": "Client authentication failed"}, 401)
        issued = self._tokens.renew(given.get("refresh_token", "")) if given.get("grant_type") == "refresh_token" else None
        if issued is None:
            return answer({"error": "invalid_grant", "error_description": "The request has an invalid grant parameter"}, 400)
        with self._lock:
            self._ended.add(issued.access)
        told = {"access_token": f"Atza|{issued.access}", "token_type": "bearer", "expires_in": int(ACCESS_LIFE.total_seconds())}
        return answer({**told, "refresh_token": given["refresh_token"]})

    def expire_tokens(self) -> None:
        """Every access token given out so far is over from now on."""
        self._tokens.expire()

    def _refused(self, given: str) -> HttpResponse | None:
        token = given.removeprefix("Atza|")
        if self._tokens.alive(token):
            return None
        with self._lock:
            was = token in self._ended
        why = "The access token you provided has expired." if was else "The access token you provided is malformed or invalid."
        return _error(403, "Unauthorized", "Access to requested resource is denied.", why)

    def _may(self, operation: str) -> bool:
        """Whether the operation's bucket has a call left."""
        if self.limits is None:
            return True
        every, burst = RATES[operation]
        now = self.limits()
        with self._lock:
            full = max(now, self._full.get(operation, now)) + timedelta(seconds=every)
            if full - now > timedelta(seconds=every * burst):
                self.refused += 1
                return False
            self._full[operation] = full
        return True

    def _one(self, order_id: str, given: dict[str, str]) -> HttpResponse:
        state = self.state(order_id)
        if state is None:
            return _error(404, "NotFound", "The requested order does not exist.")
        return answer({"order": wire.order_body(state, given.get("includedData", "").split(","))})

    def _search(self, given: dict[str, str]) -> HttpResponse:
        """Orders by when they were last changed; the end of the window lies two minutes back."""
        size = whole(given.get("maxResultsPerPage"), MAX_PAGE)
        try:
            low, high = (datetime.fromisoformat(given[f"lastUpdated{end}"]) for end in ("After", "Before"))
        except (KeyError, ValueError):
            return _error(400, "InvalidInput", "lastUpdatedAfter and lastUpdatedBefore are dates")
        if high > self.clock.now() - BEHIND or given.get("marketplaceIds") != wire.MARKET or not 1 <= size <= MAX_PAGE:
            return _error(400, "InvalidInput", "Invalid window, marketplace or page size")
        rows = [state.order.order_id for state in self.states() if low <= wire.changed_at(state) <= high]
        page = self._paged(given, "paginationToken", tuple(rows), size)
        if page is None:
            return _error(400, "InvalidInput", "Invalid paginationToken")
        included = given.get("includedData", "").split(",")
        orders = [wire.order_body(state, included) for each in page[0] if (state := self.state(each))]
        following = {"pagination": {"nextToken": page[1]}} if page[1] else {}
        return answer({"orders": orders, **following, "lastUpdatedBefore": given["lastUpdatedBefore"]})

    def _movements(self, given: dict[str, str]) -> HttpResponse:
        """Transactions of an order, or those that were posted in a window."""
        now = self.shown_until()
        found = [(state.order.order_id, each) for state in self.states() for each in wire.transactions(state, now)]
        if given.get("relatedIdentifierName") == "ORDER_ID":
            found = [(order_id, each) for order_id, each in found if order_id == given.get("relatedIdentifierValue")]
        elif "postedAfter" in given:
            low, high = given["postedAfter"], given.get("postedBefore", wire.stamp(now))
            found = [(order_id, each) for order_id, each in found if low <= each["postedDate"] <= high]
        else:
            return _error(400, "InvalidInput", "postedAfter or a related identifier is required")
        known = {each["transactionId"]: each for _, each in found}
        page = self._paged(given, "nextToken", tuple(known), TRANSACTIONS_PAGE)
        if page is None:
            return _error(400, "InvalidInput", "Invalid nextToken")
        rows = {"transactions": [known[name] for name in page[0] if name in known]}
        return answer({"payload": {**rows, **({"nextToken": page[1]} if page[1] else {})}})

    def _paged(
        self, given: dict[str, str], name: str, rows: tuple[str, ...], size: int
    ) -> tuple[tuple[str, ...], str | None] | None:
        """The rows of a page and the token of the next; None for a token that is over, or comes with another question."""
        query = tuple(sorted((key, value) for key, value in given.items() if key != name))
        if token := given.get(name):
            with self._lock:
                page = self._pages.get(token)
            if page is None or page.query != query or page.until <= self.clock.now():
                return None
            rows = page.rows
        if len(rows) <= size:
            return rows, None
        left = rows[size:]
        following = made_secret(self.world.seed, "amazon", "page", *map(str, query), *left)
        with self._lock:
            self._pages[following] = _Page(query, left, self.clock.now() + PAGE_LIFE)
        return rows[:size], following


def _error(status: int, code: str, text: str, details: str = "") -> HttpResponse:
    return answer({"errors": [{"code": code, "message": text, "details": details}]}, status)
