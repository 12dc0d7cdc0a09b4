"""Mercado Libre's API: bearer tokens, refresh tokens that serve once, search that cuts to the hour and hides the cancelled."""

from __future__ import annotations

import json
import re
import threading
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, SimClock, answer, header, parameters, path_of, whole
from ops.simulator.model import State, World, made_secret
from ops.simulator.platforms.mercadolibre import wire

_ACCESS_LIFE = timedelta(hours=6)
MAX_LIMIT = 51
MAX_OFFSET = 10_000
_REVIEWS = re.compile(r"^/reviews/item/(\w+)$")
_ORDER = re.compile(r"^/orders/(\d+)(?:/(discounts|shipments))?$")
_SHIPMENT = re.compile(r"^/shipments/(\d+)(?:/(costs|items|history))?$")
_OFFSET = re.compile(r"[+-]\d{2}:?\d{2}$")


class MercadoLibreApi(Base):
    """The API for one seller."""

    platform = "mercadolibre"

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._lock = threading.Lock()
        self._access: dict[str, datetime] = {}
        self._refresh = self.secrets.get("refresh_token", "")
        self._issued = 0
        self.reused = 0
        self._by_shipment = {str(wire.shipment_id(order)): order.order_id for order in self._orders.values()}

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; 401 without a live bearer token."""
        path = path_of(request)
        if path == "/oauth/token":
            return self._token(request)
        given = header(request, "authorization").removeprefix("Bearer ")
        with self._lock:
            until = self._access.get(given)
        if until is None or until < self.clock.now():
            return answer({"message": "invalid access token", "error": "unauthorized", "status": 401, "cause": []}, 401)
        if path == "/orders/search":
            return self._search(parameters(request))
        if path == "/advertising/advertisers":
            return answer({"advertisers": []})  # in this world nobody advertises
        if path == "/answers":
            return self._answer(request)
        if said := self._said(path, parameters(request)):
            return said
        if found := _ORDER.match(path):
            return self._one(found[1], found[2])
        if found := _SHIPMENT.match(path):
            return self._shipment(found[1], found[2])
        return _missing("resource")

    def _said(self, path: str, given: dict[str, str]) -> HttpResponse | None:
        """Questions, listings, reviews of a listing; None for other paths."""
        limit, offset = whole(given.get("limit"), 50), whole(given.get("offset"), 0)
        if path == "/questions/search":
            found = [wire.question(each) for each in self.questions()]
            return answer({"total": len(found), "limit": limit, "questions": found[offset : offset + limit]})
        if path.endswith("/items/search"):
            listings = sorted({item.product.id for state in self.states() for item in state.items})
            start = whole(given.get("scroll_id"), 0)
            return answer({"results": listings[start : start + limit], "scroll_id": str(start + limit)})
        if of := _REVIEWS.match(path):
            rows = [wire.review(each) for each in self.reviews() if each.item.product.id == of[1]]
            paging = {"total": len(rows), "limit": limit, "offset": offset, "reviews_with_comment": len(rows)}
            return answer({"paging": paging, "reviews": rows[offset : offset + limit]})
        return None

    def _answer(self, request: HttpRequest) -> HttpResponse:
        """The seller's one answer to a question."""
        given = json.loads(request.body or b"{}")
        if not self.answered(str(given.get("question_id")), str(given.get("text", ""))):
            return answer({"message": "not_active_question", "error": "not_active_question", "status": 400, "cause": []}, 400)
        return answer({"id": given["question_id"], "status": "ANSWERED"})

    def _token(self, request: HttpRequest) -> HttpResponse:
        """Refresh: the token given must be the last one issued, and serves once."""
        given = {key: values[0] for key, values in parse_qs((request.body or b"").decode()).items()}
        if any(given.get(name) != self.secrets[name] for name in ("client_id", "client_secret")):
            return answer({"message": "invalid client_id or client_secret.", "error": "invalid_client", "status": 400}, 400)
        with self._lock:
            if given.get("grant_type") != "refresh_token" or given.get("refresh_token") != self._refresh:
                self.reused += 1
                text = "Error validating grant. Your authorization code or refresh token may be expired or it was already used"
                return answer({"message": text, "error": "invalid_grant", "status": 400, "cause": []}, 400)
            self._issued += 1
            access = f"APP_USR-{made_secret(self.world.seed, 'mercadolibre', 'access', str(self._issued))}"
            self._refresh = f"TG-{made_secret(self.world.seed, 'mercadolibre', 'refresh', str(self._issued))}"
            self._access[access] = self.clock.now() + _ACCESS_LIFE
            issued = {"access_token": access, "token_type": "Bearer", "refresh_token": self._refresh}
        seller = int(self.world.shop("mercadolibre").account)
        return answer({**issued, "expires_in": 21600, "scope": "offline_access read write", "user_id": seller})

    def expire_tokens(self) -> None:
        """Every access token given out so far is refused from now on."""
        with self._lock:
            self._access.clear()

    def _one(self, order_id: str, part: str | None) -> HttpResponse:
        state = self.state(order_id)
        if state is None:
            return _missing("order")
        if part == "shipments":
            return self._shipment(str(wire.shipment_id(state.order)), None)
        return answer(wire.discounts_body(state) if part == "discounts" else wire.order_body(state))

    def _shipment(self, shipment_id: str, part: str | None) -> HttpResponse:
        state = self.state(self._by_shipment.get(shipment_id, ""))
        if state is None:
            return _missing("shipment")
        made = {"costs": wire.costs_body, "items": wire.shipment_items, "history": wire.shipment_history}
        return answer(made[part](state) if part else wire.shipment_body(state))

    def _search(self, given: dict[str, str]) -> HttpResponse:
        if given.get("seller") != self.world.shop("mercadolibre").account:
            return answer({"message": "caller.id does not match", "error": "forbidden", "status": 403, "cause": []}, 403)
        limit, offset = whole(given.get("limit"), 50), whole(given.get("offset"), 0)
        if limit > MAX_LIMIT or offset > MAX_OFFSET:
            return answer({"message": "invalid paging", "error": "bad_request", "status": 400, "cause": []}, 400)
        try:
            found = [state for state in self.states() if _fits(state, given)]
        except ValueError:
            return answer({"message": "invalid date", "error": "bad_request", "status": 400, "cause": []}, 400)
        found.sort(key=lambda state: state.order.placed_at, reverse=given.get("sort") != "date_asc")
        results = [wire.order_body(state) for state in found[offset : offset + limit]]
        paging = {"total": len(found), "offset": offset, "limit": limit}
        return answer({"query": "", "results": results, "paging": paging, "sort": {"id": given.get("sort", "date_desc")}})


def _fits(state: State, given: dict[str, str]) -> bool:
    status = wire.order_status(state)
    wanted = given.get("order.status")
    if (status != wanted) if wanted else (status == "cancelled"):  # cancelled ones are hidden unless asked for
        return False
    for name, at in (("order.date_last_updated", state.updated_at), ("order.date_created", state.order.placed_at)):
        low, high = given.get(f"{name}.from"), given.get(f"{name}.to")
        if (low and at < hour(low)) or (high and at > hour(high)):
            return False
    return True


def hour(text: str) -> datetime:
    """A filter date as the platform reads it: cut to the hour. ValueError without a numeric offset."""
    if not _OFFSET.search(text):
        raise ValueError("a numeric offset is required")
    return datetime.fromisoformat(text).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def _missing(what: str) -> HttpResponse:
    return answer({"message": f"{what} not found", "error": "not_found", "status": 404, "cause": []}, 404)
