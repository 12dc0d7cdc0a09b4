"""Small tables with streams, for the stream's tests."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from tests.kit.engines import Engine


@dataclass(frozen=True, slots=True)
class Table:
    """A table of its own, with its stream."""

    name: str
    dynamodb: Any
    streams: Any
    arn: str

    def put(self, key: str, value: int, kind: str = "order") -> None:
        item = {"pk": {"S": key}, "kind": {"S": kind}, "n": {"N": str(value)}, "raw": {"B": b"\xff\x00"}}
        self.dynamodb.put_item(TableName=self.name, Item=item)


def make_table(engine: Engine) -> Table:
    """A new table under a name of its own."""
    dynamodb = engine.client("dynamodb")
    name = f"table-{uuid.uuid4().hex[:12]}"
    made = dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    arn = made["TableDescription"]["LatestStreamArn"]
    return Table(name, dynamodb, engine.client("dynamodbstreams"), arn)
