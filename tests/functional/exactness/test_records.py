"""What is told beside orders: any order and repetition of tellings ends in one record, and nothing of a person lies open."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from chalicelib.adapters.records import DynamoRecords
from chalicelib.domain.order import Buyer
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import Answer, BuyerMessage, Receipt, Review
from chalicelib.ports import RecordKey, StoredRecord
from chalicelib.recording import Recordable, Recording, record_key
from ops.local import TABLE
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import Stack

PERSON = Buyer(id="b1", nickname="Ada the Unmistakable", name="Ada Example")
WRITTEN = "The handle broke at once, says Unmistakable Ada"
MAY = datetime(2026, 5, 1, 8, tzinfo=UTC)
CREATED = Review(
    "demo", "shopify", "acme", "r1", "o1", "p1", None, 2, WRITTEN, "en", ("https://example.com/1.jpg",), PERSON, MAY, MAY
)
EDITED = replace(CREATED, rating=4, text="Mended, thank you", updated_at=MAY.replace(hour=9))
ANSWERED = replace(EDITED, reply=Answer("We are sorry", MAY.replace(hour=10)), updated_at=MAY.replace(hour=10))
DELETED = replace(ANSWERED, text=None, media=(), deleted=True, updated_at=MAY.replace(hour=11))
TELLINGS: tuple[tuple[Review, int], ...] = ((CREATED, 0), (EDITED, 0), (EDITED, 1), (ANSWERED, 1), (DELETED, 0))


class Blind(Recording):
    """The saboteur: the last one to come wins."""

    def keep(self, thing: Recordable, **named: Any) -> bool:
        assert isinstance(thing, Review)
        stored = self._records.read(record_key(thing))
        late = replace(thing, updated_at=datetime(2026, 6, 1, tzinfo=UTC).replace(minute=stored.version))
        return super().keep(late, **named)


def keep(recording: Recording, told: Sequence[tuple[Recordable, int]]) -> list[bool]:
    """Keep tellings in this order."""
    return [recording.keep(thing, source=source, occurred_at=None, keep_raw=lambda: "raw") for thing, source in told]


def ends(stack: Stack, kind: type[Recording]) -> set[str]:
    """How the record ends under some orders of its tellings, each twice."""
    found = set()
    for number, order in enumerate(itertools.islice(itertools.permutations(TELLINGS), 0, 120, 7)):
        mine = [(replace(thing, review_id=f"r{number}"), source) for thing, source in order]
        recording = kind(DynamoRecords(stack.app.parts.table), stack.app.parts.vault)
        keep(recording, [*mine, *mine[::-1]])
        shown = recording.show(record_key(mine[0][0])) or {}
        found.add(str(shown | {"review_id": "", "updated_at": ""}))
    return found


def test_any_order_of_tellings_ends_in_one_record(stack: Stack) -> None:
    (end,) = ends(stack, Recording)
    assert "'deleted': True" in end and "'text': None" in end


def test_without_clocks_the_end_depends_on_the_order(moto_stack: Stack) -> None:
    assert len(ends(moto_stack, Blind)) > 1


def test_a_repeated_telling_writes_nothing_and_archives_nothing(moto_stack: Stack) -> None:
    recording = moto_stack.app.recording
    assert keep(recording, [TELLINGS[0], TELLINGS[0], TELLINGS[1], TELLINGS[0]]) == [True, False, True, False]

    def refuse() -> str:
        raise AssertionError("archived for nothing")

    assert not recording.keep(CREATED, source=0, occurred_at=None, keep_raw=refuse)


@pytest.mark.parametrize("number", range(8))  # of so many, by fingerprint alone some would end as they began
def test_an_edit_that_nobody_dates_is_newer_when_it_was_heard_later(stack: Stack, number: int) -> None:
    recording = stack.app.recording
    edited = replace(CREATED, text=f"It broke, the {number}th time")
    answered = replace(edited, reply=Answer("We are sorry", None))

    def hear(review: Review, hour: int) -> bool:
        at = MAY.replace(hour=hour)
        return recording.keep(review, source=1, occurred_at=None, keep_raw=lambda: "raw", received_at=at)

    told = [hear(CREATED, 9), hear(edited, 10), hear(CREATED, 9), hear(edited, 11), hear(answered, 12), hear(edited, 11)]
    assert told == [True, True, False, False, True, False]
    shown = recording.show(record_key(CREATED))
    assert shown is not None and shown["text"] == edited.text and shown["reply"]["text"] == "We are sorry"


def test_what_the_platform_dates_goes_by_its_date_whenever_it_was_heard(moto_stack: Stack) -> None:
    recording = moto_stack.app.recording
    for review, hour in ((EDITED, 12), (CREATED, 15)):
        recording.keep(review, source=1, occurred_at=None, keep_raw=lambda: "raw", received_at=MAY.replace(hour=hour))
    shown = recording.show(record_key(CREATED))
    assert shown is not None and shown["text"] == EDITED.text


def test_nothing_of_a_person_lies_open(stack: Stack) -> None:
    message = BuyerMessage("demo", "shopify", "acme", "m1", "t1", None, "buyer", WRITTEN, (), PERSON, MAY)
    keep(stack.app.recording, [(CREATED, 0), (message, 0)])
    items = [item for item in stack.dynamodb.scan(TableName=TABLE)["Items"] if item["kind"]["S"] in ("review", "message")]
    assert len(items) == 2
    assert "Unmistakable" not in str([{name: _raw(value) for name, value in item.items()} for item in items])
    shown = stack.app.recording.show(record_key(CREATED))
    assert shown is not None and shown["buyer"]["name"] == "Ada Example" and shown["text"] == WRITTEN and shown["rating"] == 2


def _raw(attribute: Any) -> Any:
    (value,) = attribute.values()
    return bytes(getattr(value, "value", value)) if not isinstance(value, str) else value


class Meeting(DynamoRecords):
    """Records whose first readers wait for each other."""

    def __init__(self, table: Any, readers: int) -> None:
        super().__init__(table)
        self._barrier, self._met, self.wins = threading.Barrier(readers), threading.local(), 0
        self._lock = threading.Lock()

    def read(self, record: RecordKey) -> StoredRecord:
        found = super().read(record)
        if not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait(timeout=60)
        return found

    def write(self, record: RecordKey, stored: StoredRecord, *, expected_version: int) -> bool:
        won = super().write(record, stored, expected_version=expected_version)
        with self._lock:
            self.wins += int(won)
        return won


def test_many_workers_with_one_telling_are_one_write(stack: Stack) -> None:
    records = Meeting(stack.app.parts.table, 16)
    recording = Recording(records, stack.app.parts.vault)

    def tell() -> None:
        keep(recording, [TELLINGS[0]])

    assert at_once([tell] * 16, 16) == []
    assert records.wins == 1


def test_spend_lies_by_its_day(moto_stack: Stack) -> None:
    row = SpendRow("demo", "lazada", "a", "search", "c1", None, date(2026, 5, 1), "+08:00", "SGD", 10, 1, 250, 0, 0, None, MAY)
    keep(moto_stack.app.recording, [(row, 1), (replace(row, spend=300, reported_at=MAY.replace(day=2)), 1), (row, 1)])
    records = DynamoRecords(moto_stack.app.parts.table)
    (key,) = records.keys("demo", "lazada", "a", "spend", date(2026, 5, 1))
    assert list(records.keys("demo", "lazada", "a", "spend", date(2026, 5, 2))) == []
    shown = moto_stack.app.recording.show(key)
    assert shown is not None and shown["spend"] == 300 and shown["day"] == "2026-05-01"


@pytest.mark.parametrize("hours", [{"sent": 8, "delivered": 9, "read": 10}, {"sent": 8, "delivered": 8, "read": 8}])
@pytest.mark.parametrize("order", list(itertools.permutations(("sent", "delivered", "read"))))
def test_receipts_end_in_the_latest_state(moto_stack: Stack, order: tuple[str, ...], hours: dict[str, int]) -> None:
    """Also where all states come with the same second."""
    told = [Receipt("demo", "meta", "wa", "m1", state, None, MAY.replace(hour=hours[state])) for state in order]
    keep(moto_stack.app.recording, [(each, 0) for each in told])
    shown = moto_stack.app.recording.show(record_key(told[0]))
    assert shown is not None and shown["state"] == "read"
