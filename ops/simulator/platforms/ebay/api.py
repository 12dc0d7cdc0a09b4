"""eBay's API: tokens of the seller and of the application, its public key by id, orders by page number, parcels, returns."""

from __future__ import annotations

import json
import re
import threading
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, header, parameters, path_of, whole
from ops.simulator.model import State, World, made_secret
from ops.simulator.platforms.ebay import wire
from ops.simulator.platforms.ebay.keys import key_id, public_key

ACCESS_LIFE = timedelta(hours=2)
MAX_LIMIT = 200
MAX_OFFSET = 10_000
APP_SCOPE = "https://api.ebay.com/oauth/api_scope"
_ORDER = re.compile(r"^/sell/fulfillment/v1/order/([0-9-]+)(/shipping_fulfillment)?$")
_KEY = re.compile(r"^/commerce/notification/v1/public_key/([0-9a-f-]+)$")
_WINDOW = re.compile(r"^lastmodifieddate:\[([^.\]]+\.\d{3}Z)\.\.([^\]]+Z)\]$")


class EbayApi(Base):
    """The API for one seller and one application. A token of the one does not serve for the other."""

    platform = "ebay"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._lock = threading.Lock()
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._issued = 0
        pem = self.secrets.get("private_key", "")
        self._keys = {key_id(pem): public_key(pem)} if pem else {}
        self.keys_read = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; 401 without a live token of the right kind."""
        path = path_of(request)
        if path == "/identity/v1/oauth2/token":
            return self._token(request)
        key, post_order = _KEY.match(path), path.startswith("/post-order/")
        if not self._is_authorised(header(request, "authorization"), "IAF" if post_order else "Bearer", "app" if key else "user"):
            return _error(401, 1001, "Invalid access token")
        if key:
            return self._key(key[1])
        given = parameters(request)
        if path == "/sell/fulfillment/v1/order":
            return self._search(given)
        if path == "/post-order/v2/return/search":
            return self._returns(given)
        if path == "/commerce/feedback/v1/feedback":
            return self._feedback(given)
        if path == "/commerce/feedback/v1/respond_to_feedback":
            return self._respond(json.loads(request.body or b"{}"))
        found = _ORDER.match(path)
        state = self.state(found[1]) if found else None
        if found is None or state is None:
            return _error(404, 32100, "Invalid order ID")
        if found[2]:
            return answer({"fulfillments": [wire.fulfilment(state, each) for each in state.parcels], "total": len(state.parcels)})
        return answer(wire.order_body(state, breakdown=_breakdown(given), alone=True))

    def _token(self, request: HttpRequest) -> HttpResponse:
        """By refresh token, which stays as it is, or by the application's own credentials."""
        given = {key: values[0] for key, values in parse_qs((request.body or b"").decode()).items()}
        basic = b64encode(f"{self.secrets['client_id']}:{self.secrets['client_secret']}".encode()).decode()
        if header(request, "authorization") != f"Basic {basic}":
            return answer({"error": "invalid_client", "error_description": "client authentication failed"}, 401)
        kind = given.get("grant_type")
        if kind == "client_credentials" and given.get("scope") == APP_SCOPE:
            return answer({"access_token": self._issue("app"), "expires_in": 7200, "token_type": "Application Access Token"})
        if kind != "refresh_token" or given.get("refresh_token") != self.secrets["refresh_token"]:
            return answer({"error": "invalid_grant", "error_description": "the provided refresh token is invalid"}, 400)
        return answer({"access_token": self._issue("user"), "expires_in": 7200, "token_type": "User Access Token"})

    def _issue(self, kind: str) -> str:
        with self._lock:
            self._issued += 1
            token = f"v^1.1#{made_secret(self.world.seed, 'ebay', kind, str(self._issued))}"
            self._tokens[token] = (kind, self.clock.now() + ACCESS_LIFE)
        return token

    def expire_tokens(self) -> None:
        """Every access token given out so far is refused from now on."""
        with self._lock:
            self._tokens.clear()

    def _is_authorised(self, given: str, scheme: str, kind: str) -> bool:
        word, _, token = given.partition(" ")
        with self._lock:
            found, until = self._tokens.get(token, ("", self.clock.now()))
        return word == scheme and found == kind and until > self.clock.now()

    def _key(self, name: str) -> HttpResponse:
        with self._lock:
            self.keys_read += 1
        if name not in self._keys:
            return _error(404, 195001, "The specified public key does not exist")
        return answer({"key": self._keys[name], "algorithm": "ECDSA", "digest": "SHA1"})

    def _search(self, given: dict[str, str]) -> HttpResponse:
        """Orders that were changed in a window, by page number."""
        window = _WINDOW.match(given.get("filter", ""))
        limit, offset = whole(given.get("limit"), 50), whole(given.get("offset"), 0)
        if window is None or not 1 <= limit <= MAX_LIMIT or offset > MAX_OFFSET:
            return _error(400, 30800, "Invalid filter, limit or offset")
        low, high = (datetime.fromisoformat(each) for each in window.groups())
        found = [state for state in self.states() if low <= state.updated_at <= high]
        found.sort(key=lambda state: state.order.order_id)  # no order is documented: the connector must not lean on any
        rows = [wire.order_body(state, breakdown=_breakdown(given), alone=False) for state in found[offset : offset + limit]]
        return answer({"href": "", "total": len(found), "limit": limit, "offset": offset, "orders": rows})

    def _feedback(self, given: dict[str, str]) -> HttpResponse:
        """What buyers left for the seller, the newest first."""
        limit, offset = whole(given.get("limit"), 25), whole(given.get("offset"), 0)
        if given.get("user_id") != wire.SELLER or not 1 <= limit <= MAX_LIMIT:
            return _error(400, 501001, "Invalid user_id or limit")
        rows = [wire.feedback(each) for each in self.reviews() if given.get("feedback_id") in {None, str(each.number)}]
        paging = {"total": len(rows), "limit": limit, "offset": offset, "count": len(rows[offset : offset + limit])}
        return answer({"feedbackEntries": rows[offset : offset + limit], "pagination": paging})

    def _respond(self, given: wire.Json) -> HttpResponse:
        """The seller's one reply to a feedback, named with whoever left it."""
        found = next((each for each in self.reviews() if str(each.number) == given.get("feedbackId")), None)
        if found is None or given.get("recipientUserId") != found.order.buyer.id or given.get("responseType") != "REPLY":
            return _error(400, 501002, "Invalid feedback or recipient")
        if not self.answered(str(found.number), str(given.get("responseText", ""))):
            return _error(409, 501003, "The feedback cannot be replied to")
        return HttpResponse(204, {}, b"")

    def _returns(self, given: dict[str, str]) -> HttpResponse:
        """Returns of an order, or those that began in a window."""
        limit, offset = whole(given.get("limit"), 25), whole(given.get("offset"), 0)
        if not 1 <= limit <= MAX_LIMIT:
            return _error(400, 1641, "Invalid limit")
        if "order_id" in given:
            state = self.state(given["order_id"])
            found = list(_returns_of([state] if state else []))
        else:
            low, high = (given.get(f"creation_date_range_{end}", "") for end in ("from", "to"))
            if not (low and high):
                return _error(400, 1641, "Invalid creation date range")
            found = [each for each in _returns_of(self.states()) if low <= each["creationInfo"]["creationDate"]["value"] <= high]
        return answer({"members": found[offset : offset + limit], "total": len(found), "paginationInput": given})


def _returns_of(states: Iterable[State]) -> Iterable[wire.Json]:
    for state in states:
        yield from (wire.return_body(state, claim) for claim in state.claims if wire.has_return(claim))


def _breakdown(given: dict[str, str]) -> bool:
    return given.get("fieldGroups") == "TAX_BREAKDOWN"


def _error(status: int, number: int, text: str) -> HttpResponse:
    return answer({"errors": [{"errorId": number, "domain": "API_FULFILLMENT", "category": "REQUEST", "message": text}]}, status)
