"""What people said about being written to: the newest word holds in whatever order words come, and none is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.adapters import members as members_adapter
from chalicelib.adapters.members import DynamoMembers
from chalicelib.adapters.table import Table
from chalicelib.domain.consent import Word, newest
from chalicelib.domain.events import Consent
from chalicelib.recording import subject_of
from tests.functional.exactness.test_offers import Metered
from tests.functional.exactness.test_races import at_once
from tests.functional.stack import NOW, Stack

T0 = datetime(2026, 11, 20, 4, tzinfo=UTC)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-11))])
TIMES = st.none() | st.builds(
    lambda steps, zone: (T0 + timedelta(milliseconds=500 * steps)).astimezone(zone), st.integers(0, 3), ZONES
)
WORDS = st.lists(
    st.tuples(st.sampled_from(["ann-1", "ann-2"]), st.booleans(), TIMES, st.sampled_from(["form", "desk"])), max_size=6
)


def said(granted: bool, at: datetime | None, source: str = "form", **parts: Any) -> Consent:
    """A word."""
    return Consent("demo", "generic", "erp", "b1", "email", granted, at, source, **parts)


FRESH = iter(range(1_000_000))


def check(stack: Stack, told: Sequence[tuple[str, bool, datetime | None, str]]) -> None:
    """The table holds what the words come to, whichever came first."""
    run = str(next(FRESH))
    store = stack.app.members
    words = [Word(f"{run}-{who}", "email", "marketing", granted, at, source) for who, granted, at, source in told]
    for word in words:
        store.put_consent(said(word.granted, word.at, word.source), word.subject)
    subjects = [f"{run}-ann-1", f"{run}-ann-2"]
    last = newest(words)
    assert store.consent("demo", subjects, "email") == (last.granted if last else None)
    kept = {each for subject in subjects for each in store.words("demo", subject)}
    assert {(each.subject, each.granted, each.at, each.source) for each in kept} == {
        (each.subject, each.granted, each.at, each.source) for each in words
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=WORDS)
def test_the_newest_word_holds_in_any_order(moto_stack: Stack, told: list[tuple[str, bool, datetime | None, str]]) -> None:
    check(moto_stack, told)


@pytest.mark.parametrize(
    "careless",
    [
        "attribute_not_exists(pk) OR attribute_exists(pk)",  # the last to come
        "attribute_not_exists(pk) OR #at < :at OR (#at = :at AND granted < :granted)",  # at the same instant the grant
    ],
)
def test_a_condition_that_says_less_is_caught(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch, careless: str) -> None:
    told = [("ann-1", False, T0 + timedelta(seconds=1), "form"), ("ann-1", True, T0, "form")]
    same = [("ann-1", False, T0, "form"), ("ann-1", True, T0, "desk")]
    for words in (told, same, told[::-1], same[::-1]):
        check(moto_stack, words)
    monkeypatch.setattr(members_adapter, "NEWER_WORD", careless)
    monkeypatch.setattr(DynamoMembers, "put_consent", _all_values)
    with pytest.raises(AssertionError):
        for words in (told, same, told[::-1], same[::-1]):
            check(moto_stack, words)


_PUT = DynamoMembers.put_consent


def _all_values(self: DynamoMembers, consent: Consent, subject: str) -> None:
    """A condition without a value that is handed over would be refused: the saboteur names it without asking it."""

    class Lenient(Table):
        def put(self, pk: str, sk: str, attributes: Any, **rest: Any) -> bool:
            condition = rest.get("condition")
            if condition and ":granted" not in condition:
                rest |= {"values": None, "names": None}
            return super().put(pk, sk, attributes, **rest)

    table = self._table
    _PUT(DynamoMembers(Lenient(lambda: table.client, table.name)), consent, subject)


def test_a_purpose_and_a_channel_have_a_word_of_their_own(moto_stack: Stack) -> None:
    store = moto_stack.app.members
    store.put_consent(said(True, T0, text_version="2026-03", purpose="marketing"), "ann")
    store.put_consent(said(False, T0 + timedelta(days=1), purpose="surveys"), "ann")
    assert store.consent("demo", ["ann"], "email") is True
    assert store.consent("demo", ["ann"], "email", "surveys") is False
    assert store.consent("demo", ["ann"], "sms") is None
    assert store.words("demo", "ann") == [
        Word("ann", "email", "marketing", True, T0, "form", "2026-03"),
        Word("ann", "email", "surveys", False, T0 + timedelta(days=1), "form", None),
    ]


def test_a_yes_by_a_clock_that_is_ahead_gives_way_to_a_later_no(moto_stack: Stack) -> None:
    """As when a platform's local time is told as UTC: for eight hours nobody could say no."""
    stack, subject = moto_stack, subject_of(moto_stack.app.parts.vault, ("demo", "generic", "erp"), "ann")
    ahead = replace(said(True, NOW + timedelta(hours=8)), platform="generic", account="erp", buyer_id="ann")
    stack.app.asides.take(ahead, source=1, occurred_at=None, received_at=NOW, keep_raw=lambda: "raw")
    assert stack.app.members.consent("demo", [subject], "email") is True
    stack.app.members.put_consent(said(False, NOW + timedelta(minutes=1)), subject)
    assert stack.app.members.consent("demo", [subject], "email") is False
    stack.app.asides.take(ahead, source=1, occurred_at=None, received_at=NOW, keep_raw=lambda: "raw")  # delivered again
    assert stack.app.members.consent("demo", [subject], "email") is False


def test_a_withdrawal_and_grants_at_once_end_in_the_withdrawal(stack: Stack) -> None:
    store = stack.app.members
    words = [said(number % 2 == 0, T0, f"source {number}") for number in range(20)]
    assert at_once([lambda word=word: store.put_consent(word, "ann") for word in words], 20) == []  # type: ignore[misc]
    assert store.consent("demo", ["ann"], "email") is False
    assert len(store.words("demo", "ann")) == 20


@pytest.mark.dynamodb_local
def test_a_word_costs_one_write_more_than_its_state_and_is_read_with_one(dynamodb_local_engine: Any) -> None:
    stack = Stack(dynamodb_local_engine)
    client: Any = Metered(stack.dynamodb)
    store = DynamoMembers(Table(lambda: client, stack.app.parts.table.name))
    store.put_consent(said(True, T0, text_version="2026-03"), "ann")
    assert client.writes == 2
    store.consent("demo", ["ann"], "email")
    assert client.reads == 1
