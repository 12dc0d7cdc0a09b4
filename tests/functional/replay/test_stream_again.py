"""Records that a reader of the stream gave up: read again, they make the same rows as if they had never been given up."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib import entry
from chalicelib.adapters.dead_letters import DynamoStream
from chalicelib.dead_letters import DeadLetters
from chalicelib.errors import Retriable
from chalicelib.pipeline.redrive import Redrive, Redriven
from ops.runtime.dead_letters import local_dead_letters
from ops.runtime.queue import open_queues
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.world import DELIVERIES, deliver
from tests.functional.stack import Stack


class Given:
    """A shop whose projector gave up a whole batch, and the notice of it."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine)
        deliver(self.stack, DELIVERIES[:20])
        self.stack.normalise()
        told = self.stack.streams.describe_stream(StreamArn=self.stack.stream_arn)["StreamDescription"]
        self.shard = told["Shards"][0]["ShardId"]
        self.records = self.stack.records()
        self.queues = open_queues(now=self.stack.clock.now)

    def notice(self) -> str:
        """As Lambda tells it."""
        numbers = [each["dynamodb"]["SequenceNumber"] for each in self.records]
        batch = {"shardId": self.shard, "startSequenceNumber": numbers[0], "endSequenceNumber": numbers[-1]}
        batch |= {"batchSize": len(numbers), "streamArn": self.stack.stream_arn}
        function = "arn:aws:lambda:us-east-1:1:function:shop-Project-1A2B3C"
        return json.dumps({"version": "1.0", "requestContext": {"functionArn": function}, "DDBStreamBatchInfo": batch})

    def redrive(self) -> Redriven:
        """Of the stream's dead letters."""
        letters = DeadLetters(lambda: local_dead_letters(self.queues))
        stream = DynamoStream(lambda: self.stack.streams)
        made = Redrive(letters=letters, stream=lambda: stream, clock=self.stack.clock, counters=self.stack.counters)
        return made.run("stream", rate=1000, again=partial(entry.stream_again, self.stack.app))

    def rows(self) -> Any:
        """What lies in the table but for what says how often it was written."""
        return [each for each in json.loads(whole_table(self.stack)) if "dirty" not in each]


def cells(stack: Stack) -> int:
    """How many rows the projector has put."""
    return sum(1 for each in json.loads(whole_table(stack)) if each["pk"]["S"].startswith("demo#C#"))


def test_records_that_were_given_up_are_projected(engine: Any) -> None:
    given = Given(engine)
    assert cells(given.stack) == 0
    given.queues.stream_dead.send([given.notice()])
    found = given.redrive()
    assert (found.sent, dict(found.left), given.queues.stream_dead.depth().total) == (1, {}, 0)
    again = given.rows()
    assert cells(given.stack) > 0
    given.stack.project(given.records)
    assert given.rows() == again


def trimmed(**_: Any) -> Any:
    """What DynamoDB says after a day."""
    raise ClientError({"Error": {"Code": "TrimmedDataAccessException", "Message": ""}}, "GetShardIterator")


def test_what_the_stream_has_forgotten_stays_and_is_told(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(moto_engine)
    given.queues.stream_dead.send([given.notice(), "no notice"])
    monkeypatch.setattr(given.stack.streams._client, "get_shard_iterator", trimmed, raising=False)
    found = given.redrive()
    assert (found.sent, dict(found.left)) == (0, {"stream-forgotten": 1, "notice-malformed": 1})
    assert given.queues.stream_dead.depth().visible == 2


def test_records_of_another_merchant_are_left_alone(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(moto_engine)
    given.queues.stream_dead.send([given.notice()])
    for record in given.records:
        for image in ("NewImage", "OldImage"):
            if image in record["dynamodb"]:
                pk = record["dynamodb"][image]["pk"]["S"]
                record["dynamodb"][image]["pk"] = {"S": pk.replace("demo#", "other#", 1)}
    monkeypatch.setattr(DynamoStream, "read", lambda *_: given.records)
    found = given.redrive()
    assert (found.sent, dict(found.left), cells(given.stack)) == (0, {"not-ours": 1}, 0)


def test_a_reader_that_fails_again_keeps_the_notice(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Given(moto_engine)
    given.queues.stream_dead.send([given.notice()])

    def fails(_: object) -> None:
        raise Retriable("table-unavailable", "on purpose")

    monkeypatch.setattr(given.stack.app.project, "handle", fails)
    with pytest.raises(Retriable):
        given.redrive()
    assert given.queues.stream_dead.depth().visible == 1
