"""moto, made quick and orderly enough to run a whole day on.

moto's DynamoDB answers rightly and does three things that a run of some ten thousand items cannot bear: each query sorts
every item of the table, each transaction copies whole tables, and its dictionaries are iterated while other threads write.
Here a query looks at the items that can match, a transaction keeps the items' places instead of copying them, and one
request is served at a time. What it answers is unchanged, and tests hold both ways side by side.
"""

from __future__ import annotations

import base64
import copy
import inspect
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from moto import mock_aws
from moto.dynamodb import models
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import dynamodbstreams_backends

_SIGNATURE = inspect.signature(Table.query)


@contextmanager
def quick_moto() -> Iterator[None]:
    """Moto in this process; everything is put back at the end."""
    answer, query, all_items = DynamoHandler.call_action, Table.query, Table.all_items
    lock = threading.RLock()
    found = threading.local()

    def one_at_a_time(self: DynamoHandler) -> Any:
        with lock:
            return answer(self)

    def narrow_query(self: Table, *args: Any, **kwargs: Any) -> Any:
        call = _SIGNATURE.bind(self, *args, **kwargs).arguments
        found.items = _candidates(self, call)
        try:
            return query(self, *args, **kwargs)
        finally:
            found.items = None

    def narrowed(self: Table) -> list[Any]:
        given = getattr(found, "items", None)
        return all_items(self) if given is None else given

    patches: list[tuple[Any, str, Any]] = [
        (DynamoHandler, "call_action", one_at_a_time),
        (Table, "query", narrow_query),
        (Table, "all_items", narrowed),
        (models, "copy", SimpleNamespace(deepcopy=_snapshot, copy=copy.copy)),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    for owner, name, patch in patches:
        setattr(owner, name, patch)
    try:
        with mock_aws():
            # Inside another mock this one starts with that one's tables: begin with none.
            dynamodbstreams_backends.reset()
            dynamodb_backends.reset()
            yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _candidates(table: Table, call: dict[str, Any]) -> list[Any] | None:
    """The items that a query can find, sorted as moto sorts them; None where the call is of a form not foreseen here."""
    conditions = call.get("hash_key_conditions")
    if call.get("index_name") is None:
        key = call.get("hash_key")
        return None if key is None else list(table.items.get(key, {}).values())
    if not conditions:
        return None
    names = [(name, value) for name, value in conditions]
    hits = [
        item
        for items in table.items.values()
        for item in items.values()
        if all(name in item.attrs and item.attrs[name].value == value.value for name, value in names)
    ]
    return sorted(hits, key=lambda item: (item.hash_key, item.range_key))


def _snapshot(thing: Any) -> Any:
    """A deep copy; of a table, one that shares its items.

    Writes put new items in the place of old ones, but for updates: a transaction of ours has them last, after every
    condition, so that nothing is ever taken back from an item that was changed in place.
    """
    if not isinstance(thing, Table):
        return copy.deepcopy(thing)
    kept = copy.copy(thing)
    kept.items = defaultdict(dict, {key: dict(items) for key, items in thing.items.items()})
    if thing.stream_shard is not None:
        kept.stream_shard = copy.copy(thing.stream_shard)
        kept.stream_shard.items = list(thing.stream_shard.items)
    return kept


class QuickStreams:
    """The three calls of a `dynamodbstreams` client that a reader makes, answered by moto's own backend in this process.

    The wire would cost more than everything else in a run: each reader is sent every image of every row, and keeps few.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self._region = region

    def describe_stream(self, *, StreamArn: str, **_: Any) -> dict[str, Any]:  # the SDK's names
        """See the SDK."""
        return {"StreamDescription": self._backend(StreamArn).describe_stream(StreamArn)}

    def get_shard_iterator(
        self,
        *,
        StreamArn: str,
        ShardId: str,
        ShardIteratorType: str,
        SequenceNumber: str | None = None,
    ) -> dict[str, Any]:
        """See the SDK."""
        number = None if SequenceNumber is None else int(SequenceNumber)
        return {"ShardIterator": self._backend(StreamArn).get_shard_iterator(StreamArn, ShardId, ShardIteratorType, number).arn}

    def get_records(self, *, ShardIterator: str, Limit: int = 1000) -> dict[str, Any]:
        """See the SDK."""
        page = self._backend(ShardIterator).get_records(ShardIterator, Limit)
        return {**page, "Records": [_as_sdk(record) for record in page["Records"]]}

    def _backend(self, arn: str) -> Any:
        account = arn.split(":")[4]
        return dynamodbstreams_backends[account][self._region]


def _as_sdk(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its binary attributes as bytes, as the SDK gives them."""
    change = dict(record["dynamodb"])
    for side in ("Keys", "NewImage", "OldImage"):
        if side in change:
            change[side] = {name: _binary(value) for name, value in change[side].items()}
    return {**record, "dynamodb": change}


def _binary(value: dict[str, Any]) -> dict[str, Any]:
    raw = value.get("B")
    return {"B": base64.b64decode(raw)} if isinstance(raw, str) else value
