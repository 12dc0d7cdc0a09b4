"""Dead letters on SQS as moto plays it and on the local queue, behind one face."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3

from chalicelib.adapters.dead_letters import SqsDeadLetters
from chalicelib.dead_letters import DeadLetterBox, DeadLetters
from chalicelib.pipeline.redrive import Redrive
from ops.local import TallyCounters
from ops.runtime.dead_letters import local_dead_letters
from ops.runtime.queue import open_queues
from tests.functional.stack import HandClock


@dataclass
class Post:
    """Boxes, and what lies on the queues that they belong to. `give_up` puts bodies where a queue's dead letters lie."""

    clock: HandClock = field(default_factory=HandClock)
    counters: TallyCounters = field(default_factory=TallyCounters)
    boxes: dict[str, DeadLetterBox] = field(default_factory=dict)
    feeds: dict[str, str] = field(default_factory=dict)  # ARN, and whose it is

    def give_up(self, bodies: list[str], queue: str = "inbound") -> None:
        """As a queue gives up what was received five times."""
        raise NotImplementedError

    def home(self, queue: str = "inbound") -> list[str]:
        """The bodies that lie on a queue."""
        raise NotImplementedError

    @property
    def letters(self) -> DeadLetters:
        """The service."""
        return DeadLetters(lambda: self.boxes, self.feeds)

    @property
    def redrive(self) -> Redrive:
        """The step, whose pauses move the clock."""

        def pause(seconds: float) -> None:
            self.clock.at += timedelta(seconds=seconds)

        return Redrive(letters=self.letters, stream=no_stream, clock=self.clock, counters=self.counters, pause=pause)

    def left(self, queue: str = "inbound") -> list[str]:
        """The bodies of the dead letters that are there, and can be received at once."""
        found: list[str] = []
        while letters := self.boxes[queue].receive(10, timedelta(hours=1)):
            found += [letter.body for letter in letters]
        return sorted(found)


def no_stream() -> Any:
    """Of tests that read none."""
    raise AssertionError("no stream here")


class Telling:
    """SQS's client with what moto leaves out: the queue that a dead letter came from. `sources` by body."""

    def __init__(self, client: Any, sources: dict[str, str]) -> None:
        self._client = client
        self._sources = sources

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def receive_message(self, **call: Any) -> Any:
        """With the attribute, where it was asked for."""
        told = self._client.receive_message(**call)
        for each in told.get("Messages", ()):
            if "All" in call.get("AttributeNames", ()) and each["Body"] in self._sources:
                each["Attributes"]["DeadLetterQueueSourceArn"] = self._sources[each["Body"]]
        return told


class SqsPost(Post):
    """On moto's SQS, whose queues give up by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.clock.at = datetime.now(self.clock.at.tzinfo) + timedelta(minutes=1)  # moto has its own clock
        self.sources: dict[str, str] = {}
        client: Any = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
        self.sqs: Any = Telling(client, self.sources)
        self.urls: dict[str, str] = {}
        feeds = {self._pair(f"feed-{name}", "feed-dead"): name for name in ("amazon", "shopify")}
        self._pair("inbound", "inbound-dead")
        one = SqsDeadLetters(lambda: self.sqs, self.urls["inbound-dead"], home=self.urls["inbound"], wait_seconds=0)
        many = SqsDeadLetters(lambda: self.sqs, self.urls["feed-dead"], sources=list(feeds), wait_seconds=0)
        self.boxes, self.feeds = {"inbound": one, "feed": many}, feeds

    def give_up(self, bodies: list[str], queue: str = "inbound") -> None:
        """See above."""
        for body in bodies:
            self.sources[body] = self._arn(queue)
            self.sqs.send_message(QueueUrl=self.urls[queue], MessageBody=body)
        for _ in range(2):
            while self._receive(queue, 0):
                pass

    def not_delivered(self, body: str, target: str | None) -> None:
        """As a bus gives up what it could not put on a feed, or a topic, which does not say where (`target` None)."""
        named = {} if target is None else {"TARGET_ARN": {"DataType": "String", "StringValue": self._arn(target)}}
        self.sqs.send_message(QueueUrl=self.urls["feed-dead"], MessageBody=body, MessageAttributes=named)

    def home(self, queue: str = "inbound") -> list[str]:
        """See above."""
        found: list[str] = []
        while some := self._receive(queue, 3600):
            found += some
        return found

    def _receive(self, queue: str, hidden: int) -> list[str]:
        told = self.sqs.receive_message(QueueUrl=self.urls[queue], MaxNumberOfMessages=10, VisibilityTimeout=hidden)
        return [each["Body"] for each in told.get("Messages", ())]

    def _pair(self, name: str, dead: str) -> str:
        if dead not in self.urls:
            self.urls[dead] = self.sqs.create_queue(QueueName=dead)["QueueUrl"]
        policy = {"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": 1}
        made = self.sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": json.dumps(policy)})
        self.urls[name] = made["QueueUrl"]
        return self._arn(name)

    def _arn(self, name: str) -> str:
        told = self.sqs.get_queue_attributes(QueueUrl=self.urls[name], AttributeNames=["QueueArn"])
        return str(told["Attributes"]["QueueArn"])


class LocalPost(Post):
    """On the local runtime's queues."""

    def __init__(self) -> None:
        super().__init__()
        self.queues = open_queues(now=self.clock.now, max_receive_count=1, feeds=("amazon", "shopify"))
        self.boxes = dict(local_dead_letters(self.queues))
        self._named = {each.name: each for each in self.queues.all()}

    def give_up(self, bodies: list[str], queue: str = "inbound") -> None:
        """See above."""
        source = self._named[queue]
        source.send(bodies)
        while source.receive(visibility=timedelta(0)):
            pass
        self.clock.at += timedelta(seconds=1)

    def home(self, queue: str = "inbound") -> list[str]:
        """See above."""
        return [each.body for each in self._named[queue].peek(100_000)]
