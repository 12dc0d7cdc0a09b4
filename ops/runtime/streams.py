"""The pump that reads a DynamoDB stream for one reader, as Lambda's event source mapping does.

Within a shard records are delivered in order, children after their parents. A failed batch is retried from its first failed
record and halved until one record is left; that one is retried, then handed to the on-failure destination and passed by.
`Faults` makes deliveries as unkind as the real thing may be: everything still comes at least once, and the last delivery of
a key is that of its newest record.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ops.runtime.invoke import Function
from ops.runtime.positions import Positions
from ops.runtime.pumps import failures_of
from ops.runtime.stream_records import StreamRecord, lambda_record_text, sequence_number
from ops.runtime.workers import Workers

logger = logging.getLogger(__name__)

_FINISHED = "END"
_PAGE = 1000
_MOST_DELAYS = 3
# Requests wake the pump, but a burst of them must not turn into a burst of polls.
_LEAST_GAP_SECONDS = 0.05


class Destination(Protocol):
    """Where a notice of given-up records goes: the port of a queue."""

    def send(self, bodies: Sequence[str], *, delay_seconds: int = 0) -> None:
        """Put texts on the queue."""
        ...


@dataclass(frozen=True, slots=True)
class Faults:
    """Probabilities (0 to 1), each drawn per batch from a generator with this seed.

    `redeliver`: the batch comes twice. `overlap`: it begins with up to `reach` records delivered before. `shorten`: it is
    cut short. `bisect`: it comes as two halves. `delay`: it waits for a later round.
    """

    seed: int = 0
    redeliver: float = 0.0
    overlap: float = 0.0
    shorten: float = 0.0
    bisect: float = 0.0
    delay: float = 0.0
    reach: int = 25


@dataclass(frozen=True, slots=True)
class Reader:
    """One of the stream's readers. `kinds`: items whose new or old image has such a `kind`; None: all.

    `max_retries` counts for a single record, after the halving.
    """

    name: str
    kinds: frozenset[str] | None = None
    batch_size: int = 100
    max_retries: int = 10


@dataclass(frozen=True, slots=True)
class StreamFailure:
    """A record that was given up, and after how many deliveries of it alone."""

    reader: str
    shard_id: str
    sequence_number: str
    deliveries: int


class _Shard:
    """A shard being read: what was fetched and not done with yet, and what was done with last."""

    def __init__(self, shard_id: str, iterator: str, read_to: str | None, reach: int) -> None:
        self.shard_id = shard_id
        self.iterator: str | None = iterator
        self.read_to = read_to
        self.held = 0
        self.pending: deque[StreamRecord] = deque()
        self.history: deque[StreamRecord] = deque(maxlen=max(1, reach))


class StreamPump:
    """Feeds one reader's function from a stream. `client` is a boto3 `dynamodbstreams` client.

    `failures` lists what was given up; `on_failure` gets a notice in the form Lambda sends, before the record is passed by.
    """

    def __init__(
        self,
        client: Any,
        arn: str,
        reader: Reader,
        function: Function,
        *,
        positions: Positions | None = None,
        faults: Faults | None = None,
        retry_seconds: float = 0.2,
        poll_seconds: float = 0.1,
        slowest_poll_seconds: float = 1.0,
        on_failure: Destination | None = None,
        after_batch: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = f"stream {reader.name}"
        self.reader = reader
        self.failures: list[StreamFailure] = []
        self.activity = 0
        self._client = client
        self._arn = arn
        self._function = function
        self._positions = positions or Positions(arn)
        self._faults = faults or Faults()
        self._random = random.Random(f"{self._faults.seed} {reader.name}")  # noqa: S311  faults are no secret
        self._retry_seconds = retry_seconds
        self._poll_seconds = poll_seconds
        self._slowest_poll_seconds = slowest_poll_seconds
        self._on_failure = on_failure
        self._after_batch = after_batch
        self._shards: dict[str, _Shard] = {}
        self._relist = False
        self._halt = threading.Event()
        self._awake = threading.Event()
        self._round = threading.Lock()
        self.rounds_started = 0
        self.rounds_done = 0
        self._last_busy_round = 0
        self._idle_seconds = poll_seconds
        self.workers = Workers(self.name, 1, self._step, wake=self.wake)

    def poll(self) -> int:
        """One round over all shards; the number of records fetched or still held back. By hand when not started."""
        with self._round:
            self.rounds_started += 1
            number = self.rounds_started
            busy = 0
            self._open_shards()
            for shard in list(self._shards.values()):
                busy += self._advance(shard)
            if busy:
                self._last_busy_round = number
            self.rounds_done = number
            return busy

    def quiet_since(self, round_number: int) -> bool:
        """Whether that round is over and it, and every later one, found nothing."""
        return self.rounds_done >= round_number > self._last_busy_round

    def wake(self) -> None:
        """Poll soon, instead of when the idle wait is over."""
        self._awake.set()

    def status(self) -> str:
        """One line for people."""
        held = sum(len(shard.pending) for shard in self._shards.values())
        return f"{self.name}: {held} records held, {len(self.failures)} given up"

    def _step(self, stopping: threading.Event) -> None:
        self._halt = stopping
        if self.poll():
            self._idle_seconds = self._poll_seconds
            return
        stopping.wait(_LEAST_GAP_SECONDS)
        woken = self._awake.wait(self._idle_seconds)
        self._awake.clear()
        self._idle_seconds = self._poll_seconds if woken else min(2 * self._idle_seconds, self._slowest_poll_seconds)

    def _open_shards(self) -> None:
        """Open what can be read: at the start, and whenever a shard has come to its end."""
        if self._shards and not self._relist:
            return
        listed = self._list_shards()
        self._positions.keep(set(listed))
        for shard_id, parent in listed.items():
            closed = shard_id not in self._shards and self._positions.get(shard_id) != _FINISHED
            if closed and (parent not in listed or self._positions.get(parent) == _FINISHED):
                position = self._positions.get(shard_id)
                iterator = self._iterator(shard_id, position)
                self._shards[shard_id] = _Shard(shard_id, iterator, position, self._faults.reach)
        self._relist = False

    def _list_shards(self) -> dict[str, str]:
        """Shard id to parent id ("" for none), all pages."""
        found: dict[str, str] = {}
        arguments: dict[str, Any] = {"StreamArn": self._arn}
        while True:
            page = self._client.describe_stream(**arguments)["StreamDescription"]
            found.update({one["ShardId"]: one.get("ParentShardId", "") for one in page["Shards"]})
            last = page.get("LastEvaluatedShardId")
            if not last:
                return found
            arguments["ExclusiveStartShardId"] = last

    def _iterator(self, shard_id: str, position: str | None) -> str:
        where: dict[str, str] = {"StreamArn": self._arn, "ShardId": shard_id}
        if position is not None:
            try:
                after = self._client.get_shard_iterator(**where, ShardIteratorType="AFTER_SEQUENCE_NUMBER", SequenceNumber=position)
                return str(after["ShardIterator"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "TrimmedDataAccessException":
                    raise
                logger.error("%s: the stream has forgotten records after %s; rebuild what hangs on them", self.name, position)
        return str(self._client.get_shard_iterator(**where, ShardIteratorType="TRIM_HORIZON")["ShardIterator"])

    def _advance(self, shard: _Shard) -> int:
        """Fetch when nothing is held, deliver what is due, and note when the shard is at its end."""
        fetched = 0 if shard.pending else self._fetch(shard)
        while shard.pending and not self._halt.is_set() and not self._held_back(shard):
            self._settle(shard, self._next_batch(shard))
        if shard.pending:
            return max(1, fetched)
        if shard.read_to is not None:
            self._positions.put(shard.shard_id, shard.read_to)
        if shard.iterator is None:
            self._positions.put(shard.shard_id, _FINISHED)
            del self._shards[shard.shard_id]
            self._relist = True
            return max(1, fetched)
        return fetched

    def _fetch(self, shard: _Shard) -> int:
        try:
            page = self._client.get_records(ShardIterator=shard.iterator, Limit=_PAGE)
        except ClientError as error:
            # DynamoDB Local answers the second to an iterator that was made while the shard was still empty.
            if error.response["Error"]["Code"] not in ("ExpiredIteratorException", "TrimmedDataAccessException"):
                raise
            shard.iterator = self._iterator(shard.shard_id, shard.read_to)
            page = self._client.get_records(ShardIterator=shard.iterator, Limit=_PAGE)
        records = page["Records"]
        wanted = [record for record in records if self._wanted(record)]
        shard.pending.extend(StreamRecord(sequence_number(one), lambda_record_text(one, self._arn)) for one in wanted)
        shard.iterator = page.get("NextShardIterator")
        if records:
            shard.read_to = sequence_number(records[-1])
        return len(records)

    def _wanted(self, record: dict[str, Any]) -> bool:
        """The event filter: either image is of a kind this reader is for."""
        if self.reader.kinds is None:
            return True
        images = (record["dynamodb"].get("NewImage"), record["dynamodb"].get("OldImage"))
        return any(image is not None and image.get("kind", {}).get("S") in self.reader.kinds for image in images)

    def _held_back(self, shard: _Shard) -> bool:
        """The delay fault; never more than a few rounds on end, so that every record comes in the end."""
        shard.held = shard.held + 1 if shard.held < _MOST_DELAYS and self._chance(self._faults.delay) else 0
        return shard.held > 0

    def _chance(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def _next_batch(self, shard: _Shard) -> list[StreamRecord]:
        """Up to a batch of what is pending, as the faults bend it; always at least one pending record."""
        size = self.reader.batch_size
        if self._chance(self._faults.shorten):
            size = self._random.randint(1, size)
        again: list[StreamRecord] = []
        if shard.history and size > 1 and self._chance(self._faults.overlap):
            again = list(shard.history)[-self._random.randint(1, min(size - 1, len(shard.history))) :]
        return again + [shard.pending[place] for place in range(min(size - len(again), len(shard.pending)))]

    def _settle(self, shard: _Shard, batch: list[StreamRecord]) -> None:
        """Deliver a batch until all of it is done with or given up."""
        work = deque([(batch, 0)])
        if len(batch) > 1 and self._chance(self._faults.bisect):
            work = _halves(batch, 0)
        if self._chance(self._faults.redeliver):
            work.append((batch, 0))
        while work and not self._halt.is_set():
            records, tries = work.popleft()
            done = self._deliver(records)
            if done:
                self._checkpoint(shard, records[done - 1])
            rest = records[done:]
            if not rest:
                continue
            if done:
                work.appendleft((rest, tries))
            elif len(rest) > 1:
                work.extendleft(reversed(_halves(rest, tries)))
            elif tries < self.reader.max_retries:
                work.appendleft((rest, tries + 1))
                self._halt.wait(self._retry_seconds)
            else:
                self._give_up(shard, rest[0], tries + 1)

    def _deliver(self, records: Sequence[StreamRecord]) -> int:
        """Call the function once; how many records from the front are done with (the lowest failed number decides)."""
        self.activity += 1
        result = self._function.invoke({"Records": [json.loads(record.text) for record in records]})
        numbers = [record.number for record in records]
        failed = failures_of(result, numbers, self._function.name)
        self._after_batch()
        return next((place for place, number in enumerate(numbers) if number in failed), len(numbers))

    def _checkpoint(self, shard: _Shard, record: StreamRecord) -> None:
        """Everything up to this record is done with. A record delivered again moves nothing."""
        moved = False
        while shard.pending and int(shard.pending[0].number) <= int(record.number):
            shard.history.append(shard.pending.popleft())
            moved = True
        if moved:
            self._positions.put(shard.shard_id, record.number)

    def _give_up(self, shard: _Shard, record: StreamRecord, deliveries: int) -> None:
        """Tell first, then pass it by: a notice that cannot be sent keeps the record."""
        logger.error("%s: gave up record %s after %d deliveries", self.name, record.number, deliveries)
        if self._on_failure is not None:
            self._on_failure.send([json.dumps(self._notice(shard, record, deliveries))])
        self.failures.append(StreamFailure(self.reader.name, shard.shard_id, record.number, deliveries))
        self._checkpoint(shard, record)

    def _notice(self, shard: _Shard, record: StreamRecord, deliveries: int) -> dict[str, Any]:
        """What Lambda sends to an on-failure destination: where the record is, never what it holds."""
        return {
            "requestContext": {
                "functionArn": self._function.arn,
                "condition": "RetryAttemptsExhausted",
                "approximateInvokeCount": deliveries,
            },
            "version": "1.0",
            "DDBStreamBatchInfo": {
                "shardId": shard.shard_id,
                "startSequenceNumber": record.number,
                "endSequenceNumber": record.number,
                "batchSize": 1,
                "streamArn": self._arn,
            },
        }


def _halves(records: list[StreamRecord], tries: int) -> deque[tuple[list[StreamRecord], int]]:
    middle = len(records) // 2
    return deque([(records[:middle], tries), (records[middle:], tries)])
