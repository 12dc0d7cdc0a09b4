"""A streams API in memory that can do what the engines on one machine never do: split shards, expire, trim, page."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/huitou/stream/2026-11-20T00:00:00.000"


def refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)


@dataclass
class FakeShard:
    """A shard with everything ever written to it; `trimmed` counts the records it has forgotten."""

    parent: str | None = None
    records: list[dict[str, Any]] = field(default_factory=list)
    closed: bool = False
    trimmed: int = 0


class FakeStream:
    """The four calls of a `dynamodbstreams` client. Iterators are `shard:place`."""

    def __init__(self) -> None:
        self.shards: dict[str, FakeShard] = {"shard-1": FakeShard()}
        self.number = 100
        self.calls: list[str] = []
        self.page_size = 1000
        self.shards_per_page = 2
        self.expired: set[str] = set()
        self.trimmed: set[str] = set()

    def write(self, key: str, value: int, kind: str = "order", shard: str = "shard-1", old_kind: str | None = None) -> None:
        self.number += 1
        image = {"pk": {"S": key}, "kind": {"S": kind}, "n": {"N": str(value)}, "raw": {"B": b"\xff\x00"}}
        dynamodb: dict[str, Any] = {
            "ApproximateCreationDateTime": datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
            "Keys": {"pk": {"S": key}},
            "NewImage": image,
            "SequenceNumber": str(self.number),
            "SizeBytes": 10,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        }
        if old_kind is not None:
            dynamodb["OldImage"] = {**image, "kind": {"S": old_kind}}
        record = {"eventID": f"e{self.number}", "eventName": "INSERT", "eventVersion": "1.1", "awsRegion": "us-east-1"}
        self.shards[shard].records.append({**record, "eventSource": "aws:dynamodb", "dynamodb": dynamodb})

    def split(self, parent: str, *children: str) -> None:
        self.shards[parent].closed = True
        self.shards.update({child: FakeShard(parent) for child in children})

    def describe_stream(self, StreamArn: str, ExclusiveStartShardId: str | None = None) -> dict[str, Any]:
        self.calls.append("describe_stream")
        assert StreamArn == ARN
        names = list(self.shards)
        begin = 0 if ExclusiveStartShardId is None else names.index(ExclusiveStartShardId) + 1
        page = names[begin : begin + self.shards_per_page]
        listed = [self._description(name) for name in page]
        more = {"LastEvaluatedShardId": page[-1]} if begin + len(page) < len(names) else {}
        return {"StreamDescription": {"StreamArn": ARN, "Shards": listed, **more}}

    def _description(self, name: str) -> dict[str, str]:
        parent = self.shards[name].parent
        return {"ShardId": name} if parent is None else {"ShardId": name, "ParentShardId": parent}

    def get_shard_iterator(
        self,
        StreamArn: str,
        ShardId: str,
        ShardIteratorType: str,
        SequenceNumber: str | None = None,
    ) -> dict[str, Any]:
        self.calls.append(f"{ShardIteratorType} {ShardId} {SequenceNumber or ''}".strip())
        shard = self.shards[ShardId]
        place = shard.trimmed
        if ShardIteratorType == "AFTER_SEQUENCE_NUMBER":
            numbers = [record["dynamodb"]["SequenceNumber"] for record in shard.records]
            place = numbers.index(str(SequenceNumber)) + 1
            if place < shard.trimmed:
                raise refused("TrimmedDataAccessException", "GetShardIterator")
        return {"ShardIterator": f"{ShardId}:{place}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        if ShardIterator in self.expired:
            self.expired.discard(ShardIterator)
            raise refused("ExpiredIteratorException", "GetRecords")
        if ShardIterator in self.trimmed:
            self.trimmed.discard(ShardIterator)
            raise refused("TrimmedDataAccessException", "GetRecords")
        name, place = ShardIterator.split(":")
        shard = self.shards[name]
        records = shard.records[int(place) : int(place) + min(Limit, self.page_size)]
        after = int(place) + len(records)
        answer: dict[str, Any] = {"Records": records}
        if not (shard.closed and after == len(shard.records)):
            answer["NextShardIterator"] = f"{name}:{after}"
        return answer
