"""Dead letters: what a queue gave up, who it belongs to, and a look at it that takes nothing away."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

import msgspec

from chalicelib.domain.selection import About, Selection
from chalicelib.errors import ConfigError
from chalicelib.toolkit.decode import decoder

AT_ONCE = 10
LOOKED_AT = timedelta(seconds=60)  # how long a look hides a letter, if whoever looks dies over it
STREAM = "stream"
OURS = frozenset({"inbound", "bulk", "jobs"})  # what lies on these we wrote ourselves
NO_FEEDS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter in hand, hidden from others for a while. `source`: the queue it came from, or was meant for, if it says."""

    id: str
    handle: str
    body: str = field(repr=False)
    sent_at: datetime
    receives: int
    source: str | None = None


class DeadLetterBox(Protocol):
    """The dead-letter queue of one queue, or of several."""

    def depth(self) -> int:
        """About how many lie there. Retriable when it cannot be asked."""

    def receive(self, limit: int, hidden: timedelta) -> list[Letter]:
        """Up to `limit` (10 at most) that nobody has in hand, hidden for so long; none: there are no more just now. Retriable."""

    def send_back(self, letter: Letter) -> bool:
        """On the queue it came from; durable on return. False: nobody knows which that is. Retriable."""

    def delete(self, letter: Letter) -> None:
        """For good; nothing where it was deleted, or is in other hands by now. Retriable."""

    def put_back(self, letters: Sequence[Letter]) -> None:
        """Visible at once. Best effort: they come back by themselves."""


class StreamRecords(Protocol):
    """Records of the table's stream, for a day."""

    def read(self, arn: str, shard: str, first: str, last: str) -> list[Mapping[str, Any]] | None:
        """From `first` to `last`, as functions get them; None: the stream has forgotten them. Retriable."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What may be said of one. `merchant` None: it names none. `about.at`: when its delivery was received, else sent."""

    id: str
    queue: str
    merchant: str | None
    about: About
    sent_at: datetime
    receives: int
    source: str | None
    size: int


class _Body(msgspec.Struct):
    """What an envelope, or a job, says outside its seal."""

    merchant: str
    platform: str | None = None
    account: str | None = None
    topic: str | None = None
    digest: str | None = None
    received_at: datetime | None = None


class Notice(msgspec.Struct):
    """What Lambda says of records that it gave up: where they are, never what they hold."""

    class Context(msgspec.Struct, rename="camel"):
        """Which function, and why."""

        function_arn: str = ""
        condition: str = ""

    class Batch(msgspec.Struct, rename="camel"):
        """Which records."""

        shard_id: str
        start_sequence_number: str
        end_sequence_number: str
        stream_arn: str

    batch: Batch = msgspec.field(name="DDBStreamBatchInfo")
    context: Context = msgspec.field(name="requestContext", default_factory=Context)

    @property
    def readers(self) -> tuple[str, ...]:
        """The functions that have to have another turn: the one that is named, both where none is."""
        words = self.context.function_arn.lower().replace("_", "-").replace(":", "-").split("-")
        named = tuple(each for each in ("project", "trigger") if each in words)
        return named or ("project", "trigger")


class DeadLetters:
    """The boxes, read with care. `feeds`: the ARN of each queue that a platform writes to, and the platform."""

    def __init__(self, boxes: Callable[[], Mapping[str, DeadLetterBox]], feeds: Mapping[str, str] = NO_FEEDS) -> None:
        self._boxes = boxes
        self._feeds = feeds

    def names(self) -> tuple[str, ...]:
        """The queues whose dead letters can be read."""
        return tuple(self._boxes())

    def box(self, queue: str) -> DeadLetterBox:
        """One of them; ConfigError when there is none of that name."""
        found = self._boxes().get(queue)
        if found is None:
            raise ConfigError("no-such-queue", f"one of: {', '.join(self._boxes()) or 'none, here'}")
        return found

    def feed(self, platform: str) -> str:
        """The ARN of a platform's own queue; ConfigError when it has none here."""
        found = next((arn for arn, name in self._feeds.items() if name == platform), None)
        if found is None:
            raise ConfigError("no-such-feed", f"one of: {', '.join(sorted(self._feeds.values())) or 'none, here'}")
        return found

    def depths(self) -> dict[str, int]:
        """About how many lie in each, whosever they are."""
        return {name: box.depth() for name, box in self._boxes().items()}

    def peek(
        self,
        queue: str,
        selection: Selection = Selection(),  # noqa: B008  frozen
        *,
        merchant: str | None = None,
        limit: int = 50,
    ) -> list[DeadLetter]:
        """At most `limit` of the selected, and all put back; `merchant` None: everybody's."""
        box, seen, found = self.box(queue), list[Letter](), list[DeadLetter]()
        try:
            for letter in in_hand(box, LOOKED_AT, seen):
                told = self.describe(queue, letter)
                if selection.takes(told.about) and merchant in (None, told.merchant):
                    found.append(told)
                if len(found) == limit:
                    break
        finally:
            box.put_back(seen)
        return found

    def describe(self, queue: str, letter: Letter) -> DeadLetter:
        """What may be said of a letter. Only our own queues say whose: a platform's own words may name anybody."""
        body = _own(letter) if queue in OURS else None
        at = (body.received_at if body else None) or letter.sent_at
        platform = self._feeds.get(letter.source or "") if body is None else body.platform
        told = About(platform, body.account, body.topic, None, at, body.digest) if body else About(platform, at=at)
        size = len(letter.body.encode())
        return DeadLetter(
            letter.id, queue, body.merchant if body else None, told, letter.sent_at, letter.receives, letter.source, size
        )


def in_hand(box: DeadLetterBox, hidden: timedelta, taken: list[Letter]) -> Iterator[Letter]:
    """Each letter once; all that were received are in `taken`, without their bodies, so that they can be put back."""
    known: set[str] = set()
    while True:
        letters = box.receive(AT_ONCE, hidden)
        taken += [Letter(each.id, each.handle, "", each.sent_at, each.receives) for each in letters]
        new = [letter for letter in letters if letter.id not in known]
        if not new:  # none are left, or those that are have come back meanwhile
            return
        known |= {letter.id for letter in new}
        yield from new


def _own(letter: Letter) -> _Body | None:
    try:
        return decoder(_Body).decode(letter.body.encode())
    except msgspec.DecodeError:
        return None
