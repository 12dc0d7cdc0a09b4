"""Lazada's API: signed calls, tokens, orders by update time with units apart, reverse orders by change."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from chalicelib.contract import HttpRequest, HttpResponse
from ops.simulator.api.iop import REQUEST_ID, Iop, Refused
from ops.simulator.api.kit import SimClock, answer, path_of, whole
from ops.simulator.model import Claim, State, World
from ops.simulator.platforms.lazada import wire

Json = dict[str, Any]
MAX_LIMIT, MAX_OFFSET = 100, 5_000
MAX_ORDERS = 50  # of one call for units
MAX_REVERSES = 100
MAX_PRODUCTS = 50
LONGEST_REVIEWS = 7 * 86_400_000
_FOREVER = 10**15


class LazadaApi(Iop):
    """The API of one country for one shop."""

    platform = wire.KEY

    def __init__(self, world: World, clock: SimClock) -> None:
        super().__init__(world, clock)
        self._calls: dict[str, Callable[[dict[str, str]], Json]] = {
            "/order/get": self._order,
            "/order/items/get": self._items,
            "/orders/get": self._orders_list,
            "/orders/items/get": self._items_of_many,
            "/reverse/getreverseordersforseller": self._reverses,
            "/products/get": self._products,
            "/review/seller/history/list": self._review_ids,
            "/review/seller/list/v2": self._reviews,
            "/review/seller/reply/add": self._reply,
        }

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer one call, a refusal too with HTTP 200."""
        given, path = self.given(request), path_of(request)
        try:
            name = path.removeprefix("/rest")
            if name == path:
                raise Refused("InvalidApiPath", "The path is not that of an API")
            self.check(name, given)
            if name == "/auth/token/refresh":
                told = {**self.renewed(given), "country": "vn"}
            else:
                self.require_token(given.get("access_token", ""))
                if name not in self._calls:
                    raise Refused("InvalidApiPath", "The specified API is not there")
                told = self._calls[name](given)
        except Refused as error:
            return answer({"code": error.code, "type": error.kind, "message": error.text, "request_id": REQUEST_ID})
        return answer({"code": "0", **told, "request_id": REQUEST_ID})

    def _known(self, order_id: str) -> State:
        state = self.state(order_id)
        if state is None:
            raise Refused("16", "E016: Invalid Order ID")
        return state

    def _order(self, given: dict[str, str]) -> Json:
        return {"data": wire.order_head(self._known(given.get("order_id", "")), listed=False)}

    def _items(self, given: dict[str, str]) -> Json:
        return {"data": wire.units(self._known(given.get("order_id", "")))}

    def _items_of_many(self, given: dict[str, str]) -> Json:
        try:
            wanted = [str(each) for each in json.loads(given.get("order_ids", ""))]
        except (ValueError, TypeError):
            raise Refused("37", "E037: One or more order ids are invalid") from None
        if not 1 <= len(wanted) <= MAX_ORDERS:
            raise Refused("56", "E056: Too many orders")
        known = [state for each in wanted if (state := self.state(each))]
        return {"data": [{"order_id": int(state.order.order_id), "order_items": wire.units(state)} for state in known]}

    def _orders_list(self, given: dict[str, str]) -> Json:
        limit, offset = whole(given.get("limit"), MAX_LIMIT), whole(given.get("offset"), 0)
        if not 1 <= limit <= MAX_LIMIT:
            raise Refused("19", "E019: Invalid limit")
        if offset > MAX_OFFSET:
            raise Refused("14", "E014: Invalid offset")
        if not {"update_after", "created_after"} & set(given):
            raise Refused("5", "E005: created_after or update_after is mandatory")
        found = [state for state in self.states() if _fits(state, given)]
        found.sort(key=lambda state: (_sorting(state, given), state.order.order_id))
        if given.get("sort_direction") == "DESC":
            found.reverse()
        rows = [wire.order_head(state, listed=True) for state in found[offset : offset + limit]]
        return {"data": {"count": str(len(rows)), "countTotal": str(len(found)), "orders": rows}}

    def _claims(self) -> list[tuple[State, Claim]]:
        found = [(state, claim) for state in self.states() for claim in state.claims]
        return sorted(found, key=lambda pair: (pair[1].at, pair[1].id))

    def _reverses(self, given: dict[str, str]) -> Json:
        page, size = whole(given.get("page_no"), 1), whole(given.get("page_size"), 10)
        if page < 1 or not 1 <= size <= MAX_REVERSES:
            raise Refused("IllegalParameter", "page_no or page_size is out of range")
        name = "ReverseOrderLineModifiedTimeRange"
        low, high = whole(given.get(f"{name}Start"), 0), whole(given.get(f"{name}End"), _FOREVER)
        wanted = given.get("trade_order_id")
        found = [pair for pair in self._claims() if low <= wire.seconds(pair[1].at) * 1000 <= high]
        found = [pair for pair in found if wanted is None or pair[0].order.order_id == wanted]
        rows = [wire.reverse_order(*pair) for pair in found[(page - 1) * size : page * size]]
        return {"result": {"success": True, "page_no": page, "page_size": size, "total": len(found), "items": rows}}

    def _products(self, given: dict[str, str]) -> Json:
        limit, offset = whole(given.get("limit"), 20), whole(given.get("offset"), 0)
        if not 1 <= limit <= MAX_PRODUCTS:
            raise Refused("19", "E019: Invalid limit")
        found = sorted({item.product.id for state in self.states() for item in state.items}, key=int)
        rows = [{"item_id": int(each)} for each in found[offset : offset + limit]]
        return {"data": {"total_products": len(found), "products": rows}}

    def _review_ids(self, given: dict[str, str]) -> Json:
        """Reviews of a product by when they were written, a week at most, ten a page."""
        low, high, page = whole(given.get("start_time"), 0), whole(given.get("end_time"), 0), whole(given.get("current"), 1)
        if not 0 < high - low <= LONGEST_REVIEWS:
            raise Refused("IllegalParameter", "start_time and end_time are a week apart at most")
        found = [each for each in self.reviews() if each.item.product.id == given.get("item_id")]
        ids = [each.number for each in found if low <= wire.seconds(each.at) * 1000 <= high]
        return {"data": {"id_list": ids[(page - 1) * 10 : page * 10], "total": len(ids), "current": page}}

    def _reviews(self, given: dict[str, str]) -> Json:
        try:
            wanted = {int(each) for each in json.loads(given.get("id_list", ""))}
        except (ValueError, TypeError):
            raise Refused("IllegalParameter", "id_list is a list of ids") from None
        return {"data": {"review_list": [wire.review(each) for each in self.reviews() if each.number in wanted]}}

    def _reply(self, given: dict[str, str]) -> Json:
        if not self.answered(given.get("id", ""), given.get("content", "")):
            raise Refused("IllegalParameter", "the review cannot be replied to")
        return {"success": True}


def _sorting(state: State, given: dict[str, str]) -> datetime:
    return state.updated_at if given.get("sort_by") == "updated_at" else state.order.placed_at


def _fits(state: State, given: dict[str, str]) -> bool:
    for name, at in (("update", state.updated_at), ("created", state.order.placed_at)):
        low, high = given.get(f"{name}_after"), given.get(f"{name}_before")
        if (low and at < _instant(low)) or (high and at > _instant(high)):
            return False
    return not given.get("status") or given["status"] in {wire.unit_status(state, item) for item in state.items}


def _instant(text: str) -> datetime:
    """A filter's time, which needs a numeric offset."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("17", "E017: Invalid Date Format") from None
    if at.tzinfo is None or text.endswith("Z"):
        raise Refused("17", "E017: Invalid Date Format")
    return at.astimezone(UTC)
