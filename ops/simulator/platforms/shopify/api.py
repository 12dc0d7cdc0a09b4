"""Shopify Admin API: orders by GraphQL (selection respected, THROTTLED in a 200) and by legacy REST with Link paging."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.graphql import Field, GraphQLError, parse, project
from ops.simulator.api.kit import Base, answer, header, parameters, path_of, whole
from ops.simulator.delivery import major
from ops.simulator.model import Claim, State, made_secret
from ops.simulator.platforms.shopify import wire
from ops.simulator.platforms.shopify.nodes import customer_node, order_node

_BOUND = re.compile(r"updated_at:\s*(>=|>|<=|<)\s*['\"]?([0-9TZ:.+-]+)['\"]?")
_ONE = re.compile(r"/orders/(\d+)(?:/(transactions|refunds|fulfillments))?\.json$")


class ShopifyApi(Base):
    """One shop's Admin API. `throttle_next` answers that many GraphQL calls with THROTTLED."""

    platform = "shopify"
    throttle_next = 0

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; 401 without the shop's token."""
        path = path_of(request)
        if path.endswith("/oauth/access_token"):
            return self._token(request)
        if header(request, "x-shopify-access-token") not in self._tokens():
            return answer({"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}, 401)
        if path.endswith("/graphql.json"):
            return self._graphql(json.loads(request.body or b"{}"))
        if path.endswith("/orders.json"):
            return self._rest_orders(request)
        found = _ONE.search(path)
        return self._rest_one(found[1], found[2]) if found else answer({"errors": "Not Found"}, 404)

    def _tokens(self) -> set[str]:
        return {self.secrets["access_token"], made_secret(self.world.seed, "shopify", "granted")}

    def _token(self, request: HttpRequest) -> HttpResponse:
        """The client credentials grant: a token for a day."""
        text = (request.body or b"").decode()
        given = json.loads(text) if text.startswith("{") else {key: values[0] for key, values in parse_qs(text).items()}
        if any(given.get(name) != self.secrets[name] for name in ("client_id", "client_secret")):
            return answer({"error": "invalid_client"}, 400)
        granted = made_secret(self.world.seed, "shopify", "granted")
        return answer({"access_token": granted, "scope": "read_orders,read_customers", "expires_in": 86399})

    def _graphql(self, call: dict[str, Any]) -> HttpResponse:
        throttle = {"maximumAvailable": 2000.0, "currentlyAvailable": 1900, "restoreRate": 100.0}
        cost = {"cost": {"requestedQueryCost": 92, "actualQueryCost": 41, "throttleStatus": throttle}}
        if self.throttle_next:
            self.throttle_next -= 1
            throttle["currentlyAvailable"] = 12
            return answer({"errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], "extensions": cost})
        try:
            wanted = parse(str(call.get("query", "")), call.get("variables") or {})
            data = {key: self._field(each) for key, each in wanted.items()}
        except GraphQLError as error:
            return answer({"errors": [{"message": str(error), "extensions": {"code": "undefinedField"}}]})
        return answer({"data": data, "extensions": cost})

    def _field(self, wanted: Field) -> Any:
        if wanted.name == "orders":
            return project(self._page(wanted.arguments), wanted.selection, "OrderConnection")
        if wanted.name in {"order", "node"}:
            node = self._node(str(wanted.arguments.get("id", "")))
            return project(node, wanted.selection, str(node["__typename"])) if node else None
        if wanted.name == "customer":
            return self._customer(str(wanted.arguments.get("id", "")), wanted)
        raise GraphQLError(f"Field '{wanted.name}' doesn't exist on type 'QueryRoot'")

    def _node(self, gid: str) -> dict[str, Any] | None:
        """Any node by its global id: an order, or a refund or fulfilment of one."""
        kind, _, number = gid.removeprefix("gid://shopify/").partition("/")
        if kind == "Order":
            state = self.state(number)
            return order_node(state) if state else None
        part = {"Refund": "refunds", "Fulfillment": "fulfillments"}.get(kind)
        owners = (order_node(state) for state in self.states() if part and _holds(state, number))
        return next(({**node, "order": owner} for owner in owners for node in owner[str(part)] if node["id"] == gid), None)

    def _customer(self, gid: str, wanted: Field) -> Any:
        own = gid.rpartition("/")[2]
        state = next((state for state in reversed(self.states()) if state.order.buyer.id == own), None)
        if state is None:
            return None
        return project(customer_node(state.order.buyer, self.clock.now()), wanted.selection, "Customer")

    def _page(self, arguments: dict[str, Any]) -> dict[str, Any]:
        first = int(arguments.get("first") or 0)
        if not 1 <= first <= 250:
            raise GraphQLError("first must be between 1 and 250")
        query = str(arguments.get("query") or "")
        found = [state for state in self.states() if _within(state.updated_at, query)]
        if arguments.get("sortKey") != "UPDATED_AT":
            found.sort(key=lambda state: int(state.order.order_id))
        if arguments.get("reverse"):
            found.reverse()
        after = arguments.get("after")
        if after:
            mark = json.loads(base64.b64decode(after))
            found = [state for state in found if _mark(state) > mark]
        nodes, more = found[:first], len(found) > first
        end = base64.b64encode(json.dumps(_mark(nodes[-1])).encode()).decode() if nodes else None
        info = {"hasNextPage": more, "hasPreviousPage": bool(after), "endCursor": end, "startCursor": None}
        made = [order_node(state) for state in nodes]
        return {"nodes": made, "edges": [{"node": node, "cursor": end} for node in made], "pageInfo": info}

    def _rest_orders(self, request: HttpRequest) -> HttpResponse:
        given = parameters(request)
        limit = min(whole(given.get("limit"), 50), 250)
        if given.get("page_info"):
            given = json.loads(base64.urlsafe_b64decode(given["page_info"]))
        low, high = given.get("updated_at_min"), given.get("updated_at_max")
        found = [state for state in self.states() if _between(state.updated_at, low, high)]
        if given.get("status", "open") == "open":  # without status=any only open orders come back
            found = [state for state in found if not state.cancelled_at and not state.completed_at]
        start = int(given.get("start", 0))
        page = {"orders": [wire.order_body(state) for state in found[start : start + limit]]}
        if len(found) <= start + limit:
            return answer(page, x_shopify_shop_api_call_limit="1/40")
        rest = {**given, "start": start + limit}
        info = base64.urlsafe_b64encode(json.dumps(rest).encode()).decode()
        parts = urlsplit(request.url)
        link = f"<{parts.scheme}://{parts.netloc}{parts.path}?{urlencode({'limit': limit, 'page_info': info})}>"
        return answer(page, link=f'{link}; rel="next"', x_shopify_shop_api_call_limit="1/40")

    def _rest_one(self, order_id: str, part: str | None) -> HttpResponse:
        state = self.state(order_id)
        if state is None:
            return answer({"errors": "Not Found"}, 404)
        if part == "transactions":
            return answer({"transactions": transactions(state)})
        if part == "refunds":
            return answer({"refunds": [wire.refund_body(state, claim) for claim in state.claims]})
        if part == "fulfillments":
            return answer({"fulfillments": [wire.fulfillment_body(state, parcel) for parcel in state.parcels]})
        return answer({"order": wire.order_body(state)})


def _holds(state: State, number: str) -> bool:
    return number in {claim.id for claim in state.claims} | {parcel.id for parcel in state.parcels}


def transactions(state: State) -> list[dict[str, Any]]:
    """The REST transactions of an order: captures, then refunds."""
    paid = [(step.amount, step.at) for step in state.order.steps if step.kind == "deposit" and step.at <= state.updated_at]
    if state.paid_at:
        paid.append((state.paid - sum(amount for amount, _ in paid), state.paid_at))
    made = [_transaction(state, "sale", index, amount, at) for index, (amount, at) in enumerate(paid)]
    return made + [_back(state, claim, index) for index, claim in enumerate(state.claims, start=len(made))]


def _back(state: State, claim: Claim, index: int) -> dict[str, Any]:
    return _transaction(state, "refund", index, claim.amount, claim.at)


def _transaction(state: State, kind: str, index: int, amount: int, at: datetime) -> dict[str, Any]:
    return {
        "id": int(state.order.order_id) + 389_404_468_000_000 + index,
        "order_id": int(state.order.order_id),
        "kind": kind,
        "gateway": "shopify_payments",
        "status": "success",
        "amount": major(amount),
        "currency": state.order.shop.currency,
        "created_at": wire.stamp(at),
        "processed_at": wire.stamp(at),
        "test": state.order.test,
    }


def _mark(state: State) -> list[str]:
    return [state.updated_at.isoformat(), state.order.order_id]


def _within(at: datetime, query: str) -> bool:
    for sign, text in _BOUND.findall(query):
        bound = _time(text)
        if not {">=": at >= bound, ">": at > bound, "<=": at <= bound, "<": at < bound}[sign]:
            return False
    return True


def _between(at: datetime, low: str | None, high: str | None) -> bool:
    return (not low or at >= _time(low)) and (not high or at <= _time(high))


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace(" ", "+"))
    return at if at.tzinfo else at.replace(tzinfo=UTC)
