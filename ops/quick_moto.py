"""moto, made quick and orderly enough to run a whole day on.

moto's DynamoDB answers rightly and does three things that a run of some ten thousand items cannot bear: each query sorts
every item of the table, each transaction copies whole tables, and its dictionaries are iterated while other threads write.
Here a query looks at the items that can match (of an index: that have ever been in it), a transaction keeps the
partitions that it writes instead of copying all, and one request is served at a time. What it answers is unchanged, and tests
hold both ways side by side.

`QuickDynamo` and `QuickStreams` ask moto's handler and backend without the SDK's wire, which costs more than the answers do.
"""

from __future__ import annotations

import base64
import copy
import inspect
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb import models, responses
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.dynamodbstreams.models import dynamodbstreams_backends

_SIGNATURE = inspect.signature(Table.query)
_LOCK = threading.RLock()  # one request at a time, whichever way it comes


_answer, _query, _all_items = DynamoHandler.call_action, Table.query, Table.all_items
_put, _update, _transact = Table.put_item, DynamoDBBackend.update_item, DynamoDBBackend.transact_write_items
_found = threading.local()  # what this thread's query can find
_transacting = threading.local()


@contextmanager
def own_aws() -> Iterator[None]:
    """Moto with services of its own: inside another one it begins with none, and the other finds its own again."""
    begun: list[Any] = cast("Any", BackendDict)._instances
    others = {each: dict(each) for each in begun}
    for each in others:
        each.clear()
    begun.clear()
    try:
        with mock_aws():
            yield
    finally:
        BackendDict.reset()
        for each, accounts in others.items():
            each.update(accounts)
        begun.extend(others)


@contextmanager
def quick_moto() -> Iterator[None]:
    """Moto in this process; everything is put back at the end."""
    copies = SimpleNamespace(deepcopy=_snapshot, copy=copy.copy)
    patches: list[tuple[Any, str, Any]] = [
        (DynamoHandler, "call_action", _one_at_a_time),
        (Table, "query", _narrow_query),
        (Table, "all_items", _narrowed),
        (Table, "put_item", _noted_put),
        (DynamoDBBackend, "update_item", _noted_update),
        (DynamoDBBackend, "transact_write_items", _narrow_transact),
        (models, "copy", copies),
        (responses, "copy", copies),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    for owner, name, patch in patches:
        setattr(owner, name, patch)
    try:
        with own_aws():
            yield
    finally:
        for owner, name, original in before:
            setattr(owner, name, original)


def _one_at_a_time(self: DynamoHandler) -> Any:
    with _LOCK:
        return _answer(self)


def _narrow_query(self: Table, *args: Any, **kwargs: Any) -> Any:
    call = _SIGNATURE.bind(self, *args, **kwargs).arguments
    _found.items = _candidates(self, call)
    try:
        return _query(self, *args, **kwargs)
    finally:
        _found.items = None


def _narrowed(self: Table) -> list[Any]:
    given = getattr(_found, "items", None)
    return _all_items(self) if given is None else given


def _noted_put(self: Table, *args: Any, **kwargs: Any) -> Any:
    return _noted(self, _put(self, *args, **kwargs))


def _noted_update(self: DynamoDBBackend, table_name: str, *args: Any, **kwargs: Any) -> Any:
    return _noted(self.tables[table_name], _update(self, table_name, *args, **kwargs))


def _narrow_transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    kept, done = _Kept(self, transact_items), False
    _transacting.on = True
    try:
        _transact(self, transact_items)
        done = True
    finally:
        _transacting.on = False
        if not done:
            kept.put_back()


def _candidates(table: Table, call: dict[str, Any]) -> list[Any] | None:
    """The items that a query can find, sorted as moto sorts them; None where the call is of a form not foreseen here."""
    conditions = call.get("hash_key_conditions")
    if call.get("index_name") is None:
        key = call.get("hash_key")
        return None if key is None else list(table.items.get(key, {}).values())
    if not conditions:
        return None
    names = [(name, value.value) for name, value in conditions]
    places = _index(table).get(names[0], {})
    found = [item for pk, sk in places if (item := table.items.get(pk, {}).get(sk)) is not None]
    hits = [item for item in found if all(name in item.attrs and item.attrs[name].value == value for name, value in names)]
    return sorted(hits, key=lambda item: (item.hash_key, item.range_key))


def _index(table: Table) -> dict[tuple[str, str], dict[tuple[Any, Any], None]]:
    """By the hash key of an index and its value: where items that had it lie, or lay. Whoever looks there looks whether they do.

    A table that a transaction puts back shares it: it then names places more than there are, and never fewer.
    """
    found: dict[tuple[str, str], dict[tuple[Any, Any], None]] = table.__dict__.setdefault("quick_index", {})
    return found


def _noted(table: Table, item: Any) -> Any:
    """An item that was written, noted in the indexes that it is in now."""
    for index in table.global_indexes:
        name = index.schema_key_attrs[0]
        if name in item.attrs:
            _index(table).setdefault((name, item.attrs[name].value), {})[item.hash_key, item.range_key] = None
    return item


class _Kept:
    """What a transaction is about to write, as it was. moto would copy all tables, and go on with the copies when it is refused:
    readers of a stream, who know the shard that there was, would then hear nothing more.
    """

    def __init__(self, backend: DynamoDBBackend, actions: list[dict[str, Any]]) -> None:
        self._partitions: list[tuple[Table, Any, dict[Any, Any] | None]] = []
        self._lengths = [(shard, len(shard.items)) for table in backend.tables.values() if (shard := table.stream_shard)]
        for action in actions:
            kind, told = next(iter(action.items()))
            table = backend.get_table(told["TableName"])
            key = DynamoType((told.get("Item") or told["Key"])[table.hash_key_attr])
            items = dict(table.items[key]) if key in table.items else None
            if kind == "Update" and items is not None:  # changed in place
                items = {name: _snapshot(item) for name, item in items.items()}
            self._partitions.append((table, key, items))

    def put_back(self) -> None:
        """As if nothing had been written."""
        for table, key, items in reversed(self._partitions):
            if items is None:
                table.items.pop(key, None)
            else:
                table.items[key] = items
        for shard, length in self._lengths:
            del shard.items[length:]


def _snapshot(thing: Any) -> Any:
    """A deep copy. Of an item a quick one; of a table that a transaction writes none, since what it writes is kept."""
    if isinstance(thing, Table) and getattr(_transacting, "on", False):
        return thing
    if isinstance(thing, Item):
        copied = copy.copy(thing)
        copied.attrs = LimitedSizeDict({name: copy.deepcopy(value) for name, value in thing.attrs.items()})
        return copied
    return copy.deepcopy(thing)


class QuickDynamo:
    """A `dynamodb` client whose calls on items are answered by moto's own handler in this process; all others go by `wire`.

    What the SDK would do on the way is left out: it checks parameters, encodes, signs, retries, and decodes. Who runs on this has
    tests elsewhere that go by the wire.
    """

    def __init__(self, wire: Any, region: str = "us-east-1") -> None:
        self._wire = wire
        self._handler = DynamoHandler()
        self._handler.current_account = DEFAULT_ACCOUNT_ID
        self._handler.region = region

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    def get_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("GetItem", self._handler.get_item, call)

    def batch_get_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("BatchGetItem", self._handler.batch_get_item, call)

    def keys(self, table: str) -> list[tuple[str, str]]:
        """The keys of every item of a table, without a scan, which would add up the size of each."""
        with _LOCK:
            items = self._handler.dynamodb_backend.get_table(table).items
            return [(pk.value, sk.value) for pk, partition in items.items() for sk in partition]

    def query(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("Query", self._handler.query, call)

    def put_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("PutItem", self._handler.put_item, call)

    def update_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("UpdateItem", self._handler.update_item, call)

    def delete_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("DeleteItem", self._handler.delete_item, call)

    def batch_write_item(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("BatchWriteItem", self._handler.batch_write_item, call)

    def transact_write_items(self, **call: Any) -> dict[str, Any]:
        """See the SDK."""
        return self._answer("TransactWriteItems", self._handler.transact_write_items, call)

    def _answer(self, name: str, action: Callable[[], Any], call: dict[str, Any]) -> dict[str, Any]:
        with _LOCK:
            self._handler.body = _copied(call)
            try:
                answer: dict[str, Any] = action().result
            except JsonRESTError as error:
                raise ClientError(_refusal(error), name) from None
            return answer  # made anew from the backend's own types


def _copied(value: Any) -> Any:
    """Lists and dictionaries anew, so that the backend holds nothing of the caller's."""
    if isinstance(value, dict):
        return {name: _copied(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(part) for part in value]
    return bytes(value) if isinstance(value, bytearray) else value


def _refusal(error: JsonRESTError) -> Any:
    """A refusal as the SDK has it."""
    told: dict[str, Any] = json.loads(error.description or "{}")
    code, text = str(told.pop("__type", "")).rpartition("#")[2], told.pop("message", None) or told.pop("Message", "")
    return {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": error.code}, **told}


class QuickStreams:
    """The three calls of a `dynamodbstreams` client that a reader makes, answered by moto's own backend in this process.

    The wire would cost more than everything else in a run: each reader is sent every image of every row, and keeps few.
    """

    def __init__(self, region: str = "us-east-1") -> None:
        self._region = region

    def describe_stream(self, *, StreamArn: str, **_: Any) -> dict[str, Any]:  # the SDK's names
        """See the SDK."""
        with _LOCK:
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
        with _LOCK:
            return {"ShardIterator": self._backend(StreamArn).get_shard_iterator(StreamArn, ShardId, ShardIteratorType, number).arn}

    def get_records(self, *, ShardIterator: str, Limit: int = 1000) -> dict[str, Any]:
        """See the SDK."""
        with _LOCK:
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
