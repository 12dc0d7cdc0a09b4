"""References, joined tellings, what follows from them, and when a channel stops."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.ses import tags
from chalicelib.domain.receipt import WINDOW, WORDS, Health, fate, join, parse_reference, reference, telling, told_at, word_of

STATES = ("queued", "deferred", "sending", "sent", "unknown", "failed", "suppressed", "cancelled")
AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
times = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
tellings = st.tuples(st.sampled_from(WORDS), st.builds(telling, times, st.sampled_from([None, "a", "b"])))


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=60))
def test_a_reference_survives_and_reads_back(owner: str, message_id: str) -> None:
    text = reference(owner, message_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text)
    if len(text) <= 256:
        assert parse_reference(text) == (owner, message_id)
        assert tags({"message": text}) == {"message": text}, "a mail tag carries it unchanged"


def test_a_reference_of_a_member_s_message_is_short_enough_for_every_carrier() -> None:
    assert len(reference("A_" * 11, f"a-campaign-with-a-name-2026-11-20-{'A_' * 11}")) <= 256


@given(st.text(max_size=80) | st.text("ab_-5f", max_size=30))
def test_what_was_not_written_here_is_no_reference(text: str) -> None:
    found = parse_reference(text)
    assert found is None or reference(*found) == text


@pytest.mark.parametrize(
    "text", [None, "", "a", "a__", "__b", "a__b__c", "a__b_5", "a__b_5F", "a__b_41", "a__é", "a__b" + "c" * 300]
)
def test_odd_references_are_none(text: str | None) -> None:
    assert parse_reference(text) is None


@given(st.lists(tellings, max_size=6), st.randoms(use_true_random=False))
def test_joining_knows_no_order_and_no_repetition(told: list[tuple[str, str]], random: object) -> None:
    whole: dict[str, str] = {}
    for word, text in told:
        whole = join(whole, {word: text})
    again: dict[str, str] = {}
    mixed = told + told
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for word, text in mixed:
        again = join(again, {word: text})
    assert again == whole


@given(st.lists(tellings, max_size=5, unique_by=lambda each: each[0]), st.sampled_from(STATES), st.booleans())
def test_a_state_that_follows_stays(told: list[tuple[str, str]], state: str, accepted: bool) -> None:
    known = dict(told)
    after = fate(state, known, accepted=accepted)
    assert fate(after, known, accepted=accepted) == after
    if state in ("suppressed", "cancelled"):
        assert after == state


def test_what_nobody_knows_is_settled_in_whichever_order_it_is_told() -> None:
    for words, ends in (
        (("sent",), "sent"),
        (("delivered",), "sent"),
        (("failed",), "failed"),
        (("sent", "failed"), "failed"),
        (("failed", "delivered"), "sent"),
        (("sent", "failed", "read"), "sent"),
        (("failed", "complained"), "sent"),
    ):
        for order in permutations(words):
            state, known = "unknown", dict[str, str]()
            for word in order:
                known = join(known, {word: telling(AT)})
                state = fate(state, known, accepted=False)
            assert state == ends, order


def test_what_was_accepted_stays_sent_and_waits_for_no_second_time() -> None:
    failed = {"failed": telling(AT, "bounce")}
    assert fate("sent", failed, accepted=True) == "sent"
    assert fate("queued", failed, accepted=False) == "queued"
    assert fate("deferred", {"delivered": telling(AT)}, accepted=False) == "sent"
    assert fate("queued", {"sent": telling(AT)}, accepted=False) == "sent"


@pytest.mark.parametrize(
    ("state", "told", "word"),
    [
        ("failed", {"failed": telling(AT, "bounce-permanent-general")}, "bounce-permanent-general"),
        ("failed", {"failed": telling(AT)}, "undelivered"),
        ("sent", {}, None),
        ("sent", {"delivered": telling(AT)}, "delivered"),
        ("sent", {"delivered": telling(AT), "read": telling(AT)}, "read"),
        ("sent", {"failed": telling(AT, "bounce")}, "undelivered"),
        ("sent", {"delivered": telling(AT), "failed": telling(AT.replace(hour=9), "bounce")}, "undelivered"),
        ("sent", {"delivered": telling(AT.replace(hour=9)), "failed": telling(AT, "bounce")}, "delivered"),
        ("sent", {"delivered": telling(AT), "failed": telling(None, "bounce")}, "undelivered"),
        ("sent", {"delivered": telling(AT), "complained": telling(AT)}, "complained"),
    ],
)
def test_an_outcome_has_one_word(state: str, told: dict[str, str], word: str | None) -> None:
    assert word_of(state, told) == word


def test_a_telling_keeps_its_time() -> None:
    assert told_at(telling(AT, "x")) == AT
    assert told_at(telling(None, "x")) is None


@pytest.mark.fault(57)
@pytest.mark.parametrize(
    ("sends", "bounced", "complained", "trouble"),
    [
        (0, 0, 0, None),
        (1_000, 39, 0, None),
        (1_000, 40, 0, "bounces"),
        (1_000, 0, 1, "complaints"),
        (1_000, 40, 1, "complaints"),
        (999, 0, 1, None),  # 0.1 %, but one of a window that is not full
        (999, 0, 2, "complaints"),
        (10, 0, 1, None),
        (10, 0, 2, "complaints"),
        (10, 4, 0, None),
        (10, 5, 0, "bounces"),
        (125, 5, 0, "bounces"),
        (126, 5, 0, None),  # 3.97 %
    ],
)
def test_when_a_channel_stops(sends: int, bounced: int, complained: int, trouble: str | None) -> None:
    assert Health(sends, bounced, complained).trouble() == trouble


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=50))
def test_health_counts_what_is_there(rows: list[tuple[bool, bool]]) -> None:
    found = Health.of(iter(rows))
    assert found == Health(len(rows), sum(b for b, _ in rows), sum(c for _, c in rows))
    assert found.sends <= WINDOW
