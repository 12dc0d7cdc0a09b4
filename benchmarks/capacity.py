"""Capacity units as DynamoDB Local reports them, and by size for what no engine reports: refused conditional writes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from chalicelib.adapters.table import Item, get_bytes
from ops.dynamodb_local import DynamoDBLocal, available

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")
READS = ("GetItem", "Query", "BatchGetItem")
REFUSED = "ConditionalCheckFailedException"


@dataclass
class Units:
    """Units spent. `parts` tells them apart by operation and the item's kind, or the index that was touched."""

    write: float = 0
    read: float = 0
    parts: dict[str, float] = field(default_factory=dict)

    def share(self, count: int) -> str:
        """The parts a piece of `count`, the largest first."""
        ordered = sorted(self.parts.items(), key=lambda part: -part[1])
        return ", ".join(f"{name} {units / count:.2f}" for name, units in ordered)


class Ledger:
    """Adds up what every client that `watch` was called on spends while `counting`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._units: Units | None = None

    def watch(self, client: Any) -> Any:
        """Make a DynamoDB client ask for its capacity and report it here; returns the client."""
        for operation in (*WRITES, *READS):
            client.meta.events.register(f"provide-client-params.dynamodb.{operation}", _ask)
            client.meta.events.register(f"before-parameter-build.dynamodb.{operation}", _remember)
            client.meta.events.register(f"after-call.dynamodb.{operation}", self._book)
        return client

    @contextmanager
    def counting(self) -> Iterator[Units]:
        """What is spent inside."""
        units = Units()
        self._units = units
        try:
            yield units
        finally:
            self._units = None

    def _book(self, parsed: Mapping[str, Any], model: Any, context: Mapping[str, Any], **_: Any) -> None:
        if self._units is None:
            return
        entries = spent(model.name, context.get("sent", {}), parsed)
        with self._lock:
            for name, units in entries:
                if model.name in WRITES:
                    self._units.write += units
                else:
                    self._units.read += units
                self._units.parts[name] = self._units.parts.get(name, 0) + units


def spent(operation: str, sent: Mapping[str, Any], answer: Mapping[str, Any]) -> list[tuple[str, float]]:
    """The units of one call by what they were spent on.

    A refused conditional write reports nothing and is billed by the larger of the item sent and the item that stands. Of an
    update only the key is sent; what updates touch here are heads and marks below 1 KB.
    """
    name = f"{operation}:{_kind(sent)}"
    if answer.get("Error", {}).get("Code") == REFUSED:
        return [(f"{name} refused", float(write_units(sent.get("Item") or sent.get("Key") or {})))]
    found = answer.get("ConsumedCapacity") or []
    entries = []
    for entry in found if isinstance(found, list) else [found]:
        indexes = entry.get("GlobalSecondaryIndexes") or {}
        entries += [(f"index {index}", float(units["CapacityUnits"])) for index, units in indexes.items()]
        entries.append((name, float(entry["CapacityUnits"]) - sum(float(units["CapacityUnits"]) for units in indexes.values())))
    return [entry for entry in entries if entry[1]]


def write_units(item: Item) -> int:
    """Write units of an item by its size: one for each KB begun."""
    return max(1, -(-item_size(item) // 1024))


def read_units(size: int, *, consistent: bool = True) -> float:
    """Read units of `size` bytes: one for each 4 KB begun, half where the read may be stale."""
    return max(1, -(-size // 4096)) * (1 if consistent else 0.5)


def item_size(item: Item) -> int:
    """An item's bytes as DynamoDB counts them: names and values in UTF-8, numbers by two digits a byte and one over."""
    return sum(len(name.encode()) + _value_size(dict(value)) for name, value in item.items())


def _value_size(value: dict[str, Any]) -> int:
    if "S" in value:
        return len(str(value["S"]).encode())
    if "N" in value:
        text = str(value["N"])
        digits = text.lstrip("-").replace(".", "").strip("0") or "0"
        return -(-len(digits) // 2) + 1 + text.startswith("-")
    if "B" in value:
        return len(get_bytes({"b": value}, "b") or b"")  # type: ignore[dict-item]  # an attribute as any
    raise ValueError("only texts, numbers and bytes are stored")


def _kind(sent: Mapping[str, Any]) -> str:
    """What an item is, by its own word, else by its keys."""
    if "TransactItems" in sent:
        return "transaction"
    if "RequestItems" in sent:
        return "batch"
    item = sent.get("Item") or sent.get("Key") or {}
    if "kind" in item:
        return str(item["kind"]["S"])
    if "IndexName" in sent:
        return f"index {sent['IndexName']}"
    if not item:
        return str(sent.get("ExpressionAttributeValues", {}).get(":pk", {}).get("S", "?")).split("#")[1][:1]
    if "sk" not in item:
        return "bare"
    place, sort = item["pk"]["S"], item["sk"]["S"]
    return f"{place.split('#')[1][:1]}/{sort.split('#')[0]}" if sort != "key" else "key"


def _ask(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    return {**params, "ReturnConsumedCapacity": "INDEXES"}


def _remember(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
    context["sent"] = params


class MeteredEngine:
    """DynamoDB Local with a ledger. The shape of ops.local.Engine."""

    def __init__(self, server: DynamoDBLocal) -> None:
        self._server = server
        self.name = "dynamodb-local"
        self.endpoint = server.endpoint
        self.ledger = Ledger()

    def client(self, service: str) -> Any:
        """A client; what it spends is booked."""
        client = self._server.client(service)
        return self.ledger.watch(client) if service == "dynamodb" else client


@contextmanager
def metered() -> Iterator[MeteredEngine]:
    """An engine of its own, in memory."""
    with DynamoDBLocal() as server:
        yield MeteredEngine(server)


def missing() -> str | None:
    """Why there is no DynamoDB Local here, None when there is."""
    state = available()
    return None if state.ok else f"needs DynamoDB Local: {state.reason}"
