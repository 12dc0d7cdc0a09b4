"""The one table behind all stores: keys, typed attributes, conditional writes. Access patterns: docs/data-model.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import Permanent, Retriable

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Value = AttributeValueTypeDef
else:
    Value = Any

T = TypeVar("T")
Item = Mapping[str, Value]
DUE_INDEX = "due"
WORK_INDEX = "work"
READ_AT_ONCE, WRITE_AT_ONCE = 100, 25  # what one batch call may hold
BATCH_TRIES = 4
_ESCAPES = str.maketrans({"%": "%25", "#": "%23"})


def key(*parts: str) -> str:
    """A key of several parts; `#` separates them, and can therefore not come from a part."""
    joined = "#".join(part.translate(_ESCAPES) for part in parts)
    if len(joined.encode()) > 1000:
        raise Permanent("id-too-long", "an identifier is longer than a key may be")
    return joined


def text(value: str) -> Value:
    """A string attribute."""
    return {"S": value}


def number(value: int) -> Value:
    """A number attribute, exact."""
    return {"N": str(value)}


def binary(value: bytes) -> Value:
    """A binary attribute."""
    return {"B": value}


def opt(**attributes: Value | None) -> dict[str, Value]:
    """Attributes without those that are None."""
    return {name: value for name, value in attributes.items() if value is not None}


def get_int(item: Item, name: str, default: int = 0) -> int:
    """A number attribute as an int."""
    return int(item[name]["N"]) if name in item else default


def get_text(item: Item, name: str) -> str | None:
    """A string attribute, None when absent."""
    return item[name]["S"] if name in item else None


def get_bytes(item: Item, name: str) -> bytes | None:
    """A binary attribute, None when absent."""
    if name not in item:
        return None
    value: Any = item[name]["B"]  # moto hands out its own wrapper, the SDK bytes
    return bytes(value) if isinstance(value, bytes | bytearray) else bytes(value.value)


class Table:
    """One DynamoDB table. The client is made on first use; every failure that may pass is Retriable."""

    def __init__(self, client: Callable[[], DynamoDBClient], name: str) -> None:
        self._make = client
        self._client: DynamoDBClient | None = None
        self.name = name

    @property
    def client(self) -> DynamoDBClient:
        """The SDK client."""
        if self._client is None:
            self._client = self._make()
        return self._client

    def get(self, pk: str, sk: str, *, consistent: bool = True) -> Item | None:
        """One item, None when there is none."""
        return self._call(
            lambda: self.client.get_item(TableName=self.name, Key=self.keys(pk, sk), ConsistentRead=consistent).get("Item")
        )

    def get_many(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Those of the items that are there, each read consistently, a hundred a call; not one snapshot of all."""
        found: dict[tuple[str, str], Item] = {}
        for start in range(0, len(keys), READ_AT_ONCE):
            left: list[dict[str, Value]] = [self.keys(*each) for each in keys[start : start + READ_AT_ONCE]]
            for _ in range(BATCH_TRIES):
                wanted: Any = {self.name: {"Keys": left, "ConsistentRead": True}}
                answer = self._call(partial(self.client.batch_get_item, RequestItems=wanted))
                found |= {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(self.name, [])}
                unread: Any = answer.get("UnprocessedKeys", {})
                left = list(unread.get(self.name, {}).get("Keys", []))
                if not left:
                    break
            else:
                raise Retriable("table-unavailable", "UnprocessedKeys")
        return found

    def put_many(self, items: Sequence[tuple[str, str, Mapping[str, Value]]]) -> None:
        """Put items of different keys without condition, twenty-five a call; some may be there when it raises."""
        for start in range(0, len(items), WRITE_AT_ONCE):
            part = items[start : start + WRITE_AT_ONCE]
            left: list[Any] = [{"PutRequest": {"Item": {**self.keys(pk, sk), **attributes}}} for pk, sk, attributes in part]
            for _ in range(BATCH_TRIES):
                answer = self._call(partial(self.client.batch_write_item, RequestItems={self.name: left}))
                left = list(answer.get("UnprocessedItems", {}).get(self.name, []))
                if not left:
                    break
            else:
                raise Retriable("table-unavailable", "UnprocessedItems")

    def put(
        self,
        pk: str,
        sk: str,
        attributes: Mapping[str, Value],
        *,
        condition: str | None = None,
        values: Item | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Put an item. False: the condition did not hold."""
        call: dict[str, Any] = {"TableName": self.name, "Item": {**self.keys(pk, sk), **attributes}}
        return self._conditional(self.client.put_item, call, condition, values, names)

    def update(
        self,
        pk: str,
        sk: str,
        expression: str,
        *,
        values: Item | None = None,
        names: Mapping[str, str] | None = None,
        condition: str | None = None,
    ) -> bool:
        """Update an item. False: the condition did not hold."""
        call: dict[str, Any] = {"TableName": self.name, "Key": self.keys(pk, sk), "UpdateExpression": expression}
        return self._conditional(self.client.update_item, call, condition, values, names)

    def delete(self, pk: str, sk: str, condition: str | None = None, values: Item | None = None) -> bool:
        """Delete an item. False: the condition did not hold."""
        call: dict[str, Any] = {"TableName": self.name, "Key": self.keys(pk, sk)}
        return self._conditional(self.client.delete_item, call, condition, values, None)

    def query(
        self, pk: str, prefix: str = "", *, since: str = "", consistent: bool = True, limit: int | None = None
    ) -> Iterator[Item]:
        """The items of a partition whose sort key begins with `prefix`, or is `since` or later, page by page.

        `limit` bounds the whole.
        """
        values: dict[str, Value] = {":pk": self.keys(pk, "-")["pk"]}
        condition = "pk = :pk"
        if since:
            condition += " AND sk >= :sk"
            values[":sk"] = text(since)
        elif prefix:
            condition += " AND begins_with(sk, :sk)"
            values[":sk"] = text(prefix)
        call: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": values,
            "ConsistentRead": consistent,
        }
        return self._pages(call, limit)

    def newest(self, pk: str, limit: int, *, before: str = "") -> Iterator[Item]:
        """The last items of a partition by sort key (of those before a key), from the last on, at most `limit`.

        Eventually consistent.
        """
        values: dict[str, Value] = {":pk": self.keys(pk, "-")["pk"]} | ({":before": text(before)} if before else {})
        call: dict[str, Any] = {
            "KeyConditionExpression": "pk = :pk AND sk < :before" if before else "pk = :pk",
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
        }
        return self._pages(call, limit)

    def query_index(
        self, index: str, pk: str, *, since: str | None = None, until: str | None = None, limit: int | None = None
    ) -> Iterator[Item]:
        """The entries of an index partition in sort order, from `since` on or up to and with `until` (eventually consistent)."""
        first = index[0]
        values: dict[str, Value] = {":pk": self.keys(pk, "-")["pk"]}
        condition = f"{first}pk = :pk"
        if since is not None:
            condition += f" AND {first}sk >= :since"
            values[":since"] = text(since)
        elif until is not None:
            condition += f" AND {first}sk <= :until"
            values[":until"] = text(until)
        return self._pages({"IndexName": index, "KeyConditionExpression": condition, "ExpressionAttributeValues": values}, limit)

    def transact(self, actions: Sequence[dict[str, Any]]) -> bool:
        """All writes or none. False: a condition did not hold. A conflict with another transaction is Retriable."""
        for action in actions:
            next(iter(action.values()))["TableName"] = self.name
        try:
            cast("Any", self.client).transact_write_items(TransactItems=actions)
        except ClientError as error:
            cancelled = cast("dict[str, Any]", error.response).get("CancellationReasons", [])
            reasons = {reason.get("Code") for reason in cancelled}
            if "ConditionalCheckFailed" in reasons or "ConditionalCheckFailed" in str(error):
                return False
            busy = "TransactionConflict" in reasons
            raise Retriable("table-contended" if busy else "table-unavailable", _code(error)) from error
        except BotoCoreError as error:
            raise Retriable("table-unavailable", type(error).__name__) from error
        return True

    @staticmethod
    def keys(pk: str, sk: str) -> dict[str, Value]:
        """The key attributes. ValueError on a partition that is nobody's: every key begins with its merchant."""
        if pk[:1] in ("", "#"):
            raise ValueError("a key without a merchant")
        return {"pk": text(pk), "sk": text(sk)}

    def _pages(self, call: dict[str, Any], limit: int | None) -> Iterator[Item]:
        left = limit
        while True:
            bounded = call | ({"Limit": left} if left is not None else {})
            page = self._call(partial(self.client.query, TableName=self.name, **bounded))
            yield from page["Items"]
            if left is not None:
                left -= len(page["Items"])
            if "LastEvaluatedKey" not in page or left == 0:
                return
            call["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _conditional(
        self,
        method: Callable[..., Any],
        call: dict[str, Any],
        condition: str | None,
        values: Item | None,
        names: Mapping[str, str] | None,
    ) -> bool:
        if condition:
            call["ConditionExpression"] = condition
        if values:
            call["ExpressionAttributeValues"] = values
        if names:
            call["ExpressionAttributeNames"] = names
        try:
            method(**call)
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                return False
            raise _classified(error) from error
        except BotoCoreError as error:
            raise Retriable("table-unavailable", type(error).__name__) from error
        return True

    @staticmethod
    def _call(action: Callable[[], T]) -> T:
        try:
            return action()
        except ClientError as error:
            raise _classified(error) from error
        except BotoCoreError as error:
            raise Retriable("table-unavailable", type(error).__name__) from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _classified(error: ClientError) -> Permanent | Retriable:
    code = _code(error)
    if code == "ValidationException" and "size" in str(error).lower():
        return Permanent("item-too-large", "the item exceeds the table's 400 KB")
    return Retriable("table-unavailable", code)
