"""Redrive: dead letters back on the queue that they came from, and records of the stream to those who gave them up.

At least once and nothing lost: a letter is deleted only after it is on its queue. Handled twice it is a duplicate.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.dead_letters import STREAM, DeadLetterBox, DeadLetters, Letter, Notice, StreamRecords, in_hand
from chalicelib.domain.selection import Selection
from chalicelib.errors import ConfigError
from chalicelib.pacing import REPLAY_RATE, Pace
from chalicelib.ports import Clock, Counters
from chalicelib.toolkit.decode import decoder

IN_HAND = timedelta(minutes=15)  # a letter that is left comes back after so long, if whoever redrives dies
Again = Callable[[str, Sequence[Mapping[str, Any]]], bool]  # (project or trigger, records): whether all of them were ours


@dataclass(slots=True)
class Redriven:
    """What a redrive found and did. `by`: what was found, by platform and account.

    `left`: selected, and still there, with why: `source-unknown` (nobody knows where it belongs), `stream-forgotten` (the stream
    keeps a day), `notice-malformed`, `not-ours` (records of another merchant).
    """

    found: int = 0
    sent: int = 0
    by: Counter[tuple[str, str]] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)


class Redrive:
    """The step, run by ops."""

    def __init__(
        self,
        *,
        letters: DeadLetters,
        stream: Callable[[], StreamRecords],
        clock: Clock,
        counters: Counters,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._letters = letters
        self._stream = stream
        self._clock = clock
        self._counters = counters
        self._pause = pause

    def run(
        self,
        queue: str,
        selection: Selection = Selection(),  # noqa: B008  frozen
        *,
        merchant: str | None = None,
        rate: float = REPLAY_RATE,
        dry_run: bool = False,
        again: Again | None = None,
        to: str | None = None,
    ) -> Redriven:
        """Redrive what is selected of a queue's dead letters; `merchant` None: everybody's.

        `again` gives the stream's readers another turn. `to`: the platform whose feed takes letters that name no queue, as those of
        a topic do. What is not selected is put back; what dies anew meanwhile is not met again. ConfigError for a queue or a feed
        that is none, or the stream without `again`.
        """
        if queue == STREAM and again is None:
            raise ConfigError("cannot-redrive", "records of the stream need their readers: use the command line")
        home = None if to is None else self._letters.feed(to)
        box, done, began = self._letters.box(queue), Redriven(), self._clock.now()
        pace, taken, gone = Pace(rate, self._clock, self._pause), list[Letter](), set[str]()
        try:
            for found in in_hand(box, IN_HAND, taken):
                letter = replace(found, source=found.source or home)
                told = self._letters.describe(queue, letter)
                if letter.sent_at > began or not selection.takes(told.about) or merchant not in (None, told.merchant, *_any(queue)):
                    continue
                done.found += 1
                done.by[told.about.platform or "-", told.about.account or "-"] += 1
                if dry_run:
                    continue
                pace.wait(1)
                why = self._one(box, letter, again if queue == STREAM else None)
                if why is None:
                    gone.add(letter.id)
                    done.sent += 1
                else:
                    done.left[why] += 1
        finally:
            box.put_back([letter for letter in taken if letter.id not in gone])
        self._counters.count("redriven", done.sent, queue=queue)
        return done

    def _one(self, box: DeadLetterBox, letter: Letter, again: Again | None) -> str | None:
        """First where it belongs, and only then deleted; None, or why it is left."""
        why = self._reread(letter, again) if again else None if box.send_back(letter) else "source-unknown"
        if why is None:
            box.delete(letter)
        return why

    def _reread(self, letter: Letter, again: Again) -> str | None:
        """The records that a notice speaks of, to whoever gave them up; None, or why that cannot be."""
        try:
            notice = decoder(Notice).decode(letter.body.encode())
        except msgspec.DecodeError:
            return "notice-malformed"
        batch = notice.batch
        records = self._stream().read(batch.stream_arn, batch.shard_id, batch.start_sequence_number, batch.end_sequence_number)
        if records is None:
            return "stream-forgotten"
        ours = [again(reader, records) for reader in notice.readers]
        return None if all(ours) else "not-ours"


def _any(queue: str) -> tuple[None, ...]:
    """Of the stream's letters nobody knows whose they are before the records are read."""
    return (None,) if queue == STREAM else ()
