"""Which partition key takes how many write units: of real runs by the calls that were sent, of large days by playing them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.capacity import write_units
from chalicelib.adapters.table import Item

_WRITES = frozenset({"put_item", "update_item", "delete_item", "batch_write_item", "transact_write_items"})
_CALLS = _WRITES | {"get_item", "batch_get_item", "query"}


class Heat:
    """An engine whose clients' writes are booked by partition key. Refused conditions count, as they are billed.

    An item in an index counts there as well, once, under the index's own key.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.name = engine.name
        self.endpoint = getattr(engine, "endpoint", None)
        self._lock = threading.Lock()
        self.units: Counter[str] = Counter()
        self.calls = 0  # that went to the table, reads too

    def client(self, service: str) -> Any:
        """A client; what it writes is booked."""
        client = self._engine.client(service)
        return _Booked(client, self.book) if service == "dynamodb" else client

    @property
    def total(self) -> int:
        """All units."""
        return sum(self.units.values())

    def hottest(self) -> tuple[str, float]:
        """The key that takes most, and its share of all. IndexError where nothing was written."""
        name, units = self.units.most_common(1)[0]
        return name, units / self.total

    def book(self, name: str, call: Mapping[str, Any]) -> None:
        """Add a call, and what it writes."""
        with self._lock:
            self.calls += 1
            for item in _items(call) if name in _WRITES else ():
                self._add(item)

    def _add(self, item: Item) -> None:
        self.units[item["pk"]["S"]] += write_units(item)
        for index in ("dpk", "wpk"):
            if index in item:
                self.units[item[index]["S"]] += 1


class _Booked:
    """A client that tells of its writes."""

    def __init__(self, client: Any, book: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._client = client
        self._book = book

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name not in _CALLS:
            return found

        def booked(**call: Any) -> Any:
            self._book(name, call)
            return found(**call)

        return booked


def _items(params: Mapping[str, Any]) -> list[Item]:
    """The items of a call that writes; of an update its key, with the index key that its values name."""
    if "TransactItems" in params:
        # A write in a transaction costs twice.
        return [item for action in params["TransactItems"] for call in action.values() for item in _items(call) * 2]
    if "RequestItems" in params:
        requests = [request for each in params["RequestItems"].values() for request in each]
        return [call.get("Item") or call["Key"] for request in requests for call in request.values()]
    if "Item" in params:
        return [params["Item"]]
    if "Key" not in params:
        return []
    work = params.get("ExpressionAttributeValues", {}).get(":wpk")
    return [{**params["Key"], **({"wpk": work} if work else {})}]
