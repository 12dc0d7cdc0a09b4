"""Which deadlines are near or over, and how they were kept."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest

from chalicelib.domain.case import Case, Done
from chalicelib.domain.opening import Opening
from chalicelib.domain.sla import Figures, figures, horizon, timed, to_tell
from tests.kit.bad_review import bad_review

SHOP = Opening(ZoneInfo("UTC"), frozenset(range(5)), time(9), time(19))  # ten hours a day, Monday to Friday
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
CASE = bad_review(
    MONDAY,
    noted_at=MONDAY + timedelta(hours=5),
    first_due=SHOP.due(MONDAY, 8),
    solve_due=SHOP.due(MONDAY, 80),
)
ANSWERED = {"answered_at": MONDAY + timedelta(hours=1)}
SOLVED = {"done": (Done("solved", "Li", MONDAY),)}


def case(**changes: object) -> Case:
    """The case, but for this."""
    return msgspec.structs.replace(CASE, **changes)


@pytest.mark.parametrize(
    ("hours", "changes", "told"),
    [
        (5.9, {}, []),
        (6, {}, ["first_reminded"]),
        (6, {"marked": ("first_reminded",)}, []),
        (6, ANSWERED, []),
        (6, {"state": "queued"}, ["first_reminded"]),  # agreed to, and still not said
        (8, {}, ["first_breached"]),
        (8, {"marked": ("first_reminded",)}, ["first_breached"]),
        (8, {"marked": ("first_breached",)}, []),
        (8, ANSWERED, []),
        # Of eighty hours twenty are left: the last two days of the second week.
        (24 * 7 + 9.9, ANSWERED, []),
        (24 * 7 + 10, ANSWERED, ["solve_reminded"]),
        (24 * 9, ANSWERED | SOLVED, []),
        (24 * 9, {}, ["first_breached", "solve_reminded"]),
        (24 * 12, {}, ["first_breached", "solve_breached"]),
        (24 * 12, {"marked": ("first_breached", "solve_breached")}, []),
        (24 * 12, {"state": "closed"}, []),
        (24 * 12, {"first_due": None, "solve_due": None}, []),
    ],
)
def test_a_deadline_is_told_when_a_quarter_is_left_and_when_it_is_over(
    hours: float, changes: dict[str, object], told: list[str]
) -> None:
    assert [each.mark for each in to_tell(case(**changes), MONDAY + timedelta(hours=hours), SHOP)] == told


def test_the_clock_begins_when_we_knew_where_nobody_says_when_it_was_written() -> None:
    late = case(told_at=None, noted_at=MONDAY + timedelta(hours=4))  # four hours of eight are left, a quarter of them is one
    assert to_tell(late, MONDAY + timedelta(hours=6), SHOP) == []
    assert [each.mark for each in to_tell(late, MONDAY + timedelta(hours=7), SHOP)] == ["first_reminded"]


@pytest.mark.parametrize("hours", [0, 3, 10, 50, 90, 140])
@pytest.mark.parametrize("within", [1, 3, 8, 24, 72])
def test_nothing_beyond_the_horizon_is_near(hours: int, within: int) -> None:
    now = MONDAY + timedelta(hours=hours)
    begun = [now - timedelta(hours=ago) for ago in range(0, 24 * 14, 5)]
    cases = [case(told_at=at, first_due=SHOP.due(at, within), solve_due=None) for at in begun]
    near = [each.first_due for each in cases if to_tell(each, now, SHOP)]
    assert all(due is not None and due <= horizon(now, SHOP, within) for due in near)


def test_how_deadlines_were_kept() -> None:
    over = MONDAY + timedelta(hours=30)
    cases = [
        ("shopee", case(state="answered", **ANSWERED)),
        ("shopee", case(state="answered", answered_at=MONDAY + timedelta(hours=24, minutes=30))),  # of the day, ten and a half
        ("shopee", case(marked=("first_breached",))),
        ("shopee", case(first_due=over + timedelta(hours=1))),
        ("shopee", case(state="closed")),
        ("shopee", case(state="answered")),  # by somebody else, nobody knows when
        ("lazada", case(state="queued", marked=("solve_breached",))),
        ("lazada", case(told_at=MONDAY - timedelta(days=9))),
    ]
    found = figures(cases, MONDAY, over, now=over, opening=SHOP)
    assert found == {
        "lazada": Figures(1, 0, 1, 0, None, 1, 0, 1),
        "shopee": Figures(4, 1, 2, 1, (60 + 630) // 2, 5, 1, 0),
    }
    assert found["shopee"].share == pytest.approx(1 / 3)


def test_a_span_has_its_first_moment_and_not_its_last() -> None:
    def of(first: datetime, last: datetime) -> dict[str, Figures]:
        return figures([("shopee", CASE)], first, last, now=MONDAY, opening=SHOP)

    assert of(MONDAY, MONDAY + timedelta(seconds=1)) and not of(MONDAY - timedelta(days=1), MONDAY)


def test_of_nothing_there_is_no_share() -> None:
    found = figures([("shopee", CASE)], MONDAY, MONDAY + timedelta(days=1), now=MONDAY, opening=SHOP)["shopee"]
    assert found.share is None and found.median_minutes is None and found.waiting == 1


EDIT = MONDAY + timedelta(hours=2)
FIRST, SOLVE = SHOP.due(MONDAY, 8), SHOP.due(MONDAY, 80)
FIRST_ANEW, SOLVE_ANEW = SHOP.due(EDIT, 8), SHOP.due(EDIT, 80)


@pytest.mark.parametrize(
    ("before", "changes", "band", "dues"),
    [
        (None, {}, "negative", (FIRST, SOLVE)),
        (None, {}, "positive", (FIRST, None)),
        ("positive", {}, "negative", (FIRST_ANEW, SOLVE_ANEW)),
        ("positive", {}, "neutral", (FIRST_ANEW, None)),
        ("neutral", {}, "negative", (FIRST_ANEW, SOLVE_ANEW)),
        ("negative", {}, "negative", (FIRST, SOLVE)),
        ("negative", {}, "positive", (FIRST, None)),
        ("positive", ANSWERED | {"state": "answered"}, "negative", (FIRST, SOLVE_ANEW)),  # the first answer was given
        ("positive", {"first_due": EDIT}, "negative", (FIRST, SOLVE_ANEW)),  # it was late by then
        ("positive", {"first_due": EDIT, "state": "closed"}, "negative", (FIRST_ANEW, SOLVE_ANEW)),  # nobody had to answer
    ],
)
def test_an_edit_that_makes_it_worse_starts_the_clocks_anew(
    before: str | None, changes: dict[str, object], band: str, dues: tuple[datetime | None, datetime | None]
) -> None:
    earlier = case(band=before, **changes) if before else None
    found = timed(case(band=band), earlier, EDIT, SHOP, first_hours=8, solve_hours=80)
    assert (found.first_due, found.solve_due) == dues


def test_clocks_that_began_anew_go_on_through_later_edits_and_tell_again() -> None:
    told = case(band="positive", marked=("first_reminded", "solve_breached"))
    worse = timed(case(marked=told.marked), told, EDIT, SHOP, first_hours=8, solve_hours=80)
    later = timed(case(), worse, EDIT + timedelta(hours=1), SHOP, first_hours=8, solve_hours=80)
    assert (later.first_due, later.solve_due) == (FIRST_ANEW, SOLVE_ANEW)
    assert worse.marked == ()
    assert to_tell(worse, MONDAY + timedelta(hours=7.9), SHOP) == []  # of eight hours from the edit on, two are left a bit later
    assert [each.mark for each in to_tell(worse, MONDAY + timedelta(hours=8), SHOP)] == ["first_reminded"]


def test_without_hours_there_is_no_deadline_however_bad_it_becomes() -> None:
    found = timed(case(), case(band="positive"), EDIT, SHOP, first_hours=None, solve_hours=None)
    assert (found.first_due, found.solve_due) == (None, None)
