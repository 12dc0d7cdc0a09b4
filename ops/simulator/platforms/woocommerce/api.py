"""WooCommerce's REST API: two keys that never expire, lists by page with their length in a header, refunds below their order."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.kit import Base, answer, header, parameters, path_of, whole
from ops.simulator.model import State
from ops.simulator.platforms.woocommerce import wire

_ROOT = "/shop/wp-json/wc/v3/"
_COMMENTS = "/shop/wp-json/wp/v2/comments"
_ORDER = re.compile(r"orders/(\d+)(/refunds)?")
MOST = 100


class WooCommerceApi(Base):
    """The REST API of one shop."""

    platform = "woocommerce"

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call; 401 without both keys, in the header or in the query."""
        given, path = parameters(request), path_of(request)
        if path == _COMMENTS and request.method == "POST":
            return self._comment(request)
        if not path.startswith(_ROOT):
            return _error(404, "rest_no_route", "No route was found matching the URL and request method.")
        if not self._known(request, given):
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        path = path.removeprefix(_ROOT)
        if path == "orders":
            return self._search(given)
        if path == "products/reviews":
            return _listed([wire.review(each) for each in self.reviews()], given)
        if found := _ORDER.fullmatch(path):
            return self._order(found[1], given, refunds=bool(found[2]))
        return _error(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _known(self, request: HttpRequest, given: dict[str, str]) -> bool:
        keys = self.secrets["consumer_key"], self.secrets["consumer_secret"]
        basic = f"Basic {base64.b64encode(':'.join(keys).encode()).decode()}"
        return header(request, "authorization") == basic or (given.get("consumer_key"), given.get("consumer_secret")) == keys

    def _comment(self, request: HttpRequest) -> HttpResponse:
        """WordPress's own comments, by an application password: one below a review is the shop's answer. It reads markup."""
        given = json.loads(request.body or b"{}")
        pair = f"{self.secrets['wordpress_user']}:{self.secrets['wordpress_password']}"
        if header(request, "authorization") != f"Basic {base64.b64encode(pair.encode()).decode()}":
            return _error(401, "rest_cannot_create_comment", "Sorry, you are not allowed to create comments.")
        if not self.answered(str(given.get("parent")), html.unescape(str(given.get("content", "")))):
            return _error(403, "rest_comment_invalid", "Comments are closed.")
        return answer({"id": int(given["parent"]) + 1, "parent": given["parent"]}, 201)

    def _order(self, order_id: str, given: dict[str, str], *, refunds: bool) -> HttpResponse:
        state = self.state(order_id)
        if state is None:
            return _error(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
        if refunds:
            return _listed([wire.refund_body(state, claim) for claim in reversed(state.claims)], given)
        return answer(wire.order_body(state))

    def _search(self, given: dict[str, str]) -> HttpResponse:
        try:
            found = [state for state in self.states() if _fits(state, given)]
        except ValueError:
            return _error(400, "rest_invalid_param", "Invalid parameter(s): modified_after, modified_before")
        by_id = given.get("orderby") == "id"
        found.sort(
            key=lambda state: int(state.order.order_id) if by_id else state.order.placed_at.timestamp(),
            reverse=given.get("order", "desc") == "desc",
        )
        return _listed([wire.order_body(state) for state in found], given)


def _fits(state: State, given: dict[str, str]) -> bool:
    """Whether an order is within a filter. Both ends are left out; without `dates_are_gmt` they are times of the shop's zone."""
    if given.get("status", "any") not in {"any", wire.status(state)}:
        return False
    zone = UTC if given.get("dates_are_gmt") == "true" else wire.ZONE
    for name, at in (("modified", state.updated_at), ("created", state.order.placed_at)):
        low, high = (given.get(f"{name}_{end}" if name == "modified" else end) for end in ("after", "before"))
        if (low and at <= _read(low, zone)) or (high and at >= _read(high, zone)):
            return False
    return True


def _read(text: str, zone: Any) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def _listed(rows: Sequence[Any], given: dict[str, str]) -> HttpResponse:
    """One page; its headers tell how many rows and pages there are."""
    size, page = whole(given.get("per_page"), 10), whole(given.get("page"), 1)
    if not 1 <= size <= MOST or page < 1:
        return _error(400, "rest_invalid_param", "Invalid parameter(s): per_page")
    pages = -(-len(rows) // size)
    cut = rows[(page - 1) * size : page * size]
    return answer(list(cut), x_wp_total=str(len(rows)), x_wp_totalpages=str(pages))


def _error(status: int, code: str, text: str) -> HttpResponse:
    return answer({"code": code, "message": text, "data": {"status": status}}, status)
