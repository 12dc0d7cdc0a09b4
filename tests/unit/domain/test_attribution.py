"""Attribution: by person, as drawn, each order once, in whatever order rows come; what it leads to is what was planted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.attribution import ArmName, ArmOutcome, Bought, Draw, Drawn, Outcome, attribute
from chalicelib.domain.lift import lift

DAY = date(2026, 9, 1)
WINDOW = 30


def on(days: int) -> date:
    """So many days after DAY."""
    return DAY + timedelta(days=days)


def draw(arm: ArmName | None = "treated", days: int = 0, silent: int = 40) -> Draw:
    """Drawn after so many days of silence."""
    return Draw(on(days), on(days - silent), arm)


def bought(order: str, days: int, worth: int | None = 100, *coupons: str) -> Bought:
    """An order; one of unknown worth is in dollars."""
    return Bought(
        order, on(days), "CNY" if worth is not None else "USD", 100 if worth is None else worth, worth, frozenset(coupons)
    )


@pytest.mark.parametrize(
    ("silent", "days", "counts"),
    [(40, -1, False), (40, 0, True), (40, 30, True), (40, 31, False), (0, 0, False), (0, 1, True), (-3, 0, False), (-3, 30, True)],
)
def test_the_window_begins_with_the_draw_unless_the_occasion_is_that_day(silent: int, days: int, counts: bool) -> None:
    person = Drawn("ann", (draw(silent=silent),), (bought("1", days),))
    assert attribute([person], WINDOW).treated.conversions == int(counts)


def test_who_was_drawn_twice_is_one_person_and_their_order_one_order() -> None:
    person = Drawn("ann", (draw(days=0), draw(days=20)), (bought("1", 25), bought("2", 45), bought("3", 60)))
    assert attribute([person], WINDOW).treated == ArmOutcome(members=1, revenue=(200,), orders=2)


def test_who_is_of_both_arms_is_counted_in_neither() -> None:
    mixed = Drawn("ann", (draw("treated"), draw("holdout", 3)), (bought("1", 5),))
    known = Drawn("bob", (draw(None),), (bought("2", 5),))
    later = Drawn("cid", (draw("treated"), draw(None, 3)))
    assert attribute([mixed, known, later], WINDOW) == Outcome(ArmOutcome(), ArmOutcome(), 3)


def test_who_got_no_message_counts_as_drawn() -> None:
    people = [Drawn("ann", (draw("treated"),)), Drawn("bob", (draw("holdout"),), (bought("1", 5),))]
    found = attribute(people, WINDOW)
    assert (found.treated.members, found.treated.conversions, found.holdout.conversions) == (1, 0, 1)


def test_money_of_unknown_worth_is_listed_apart_and_never_added() -> None:
    found = attribute([Drawn("ann", (draw(),), (bought("1", 1, 250), bought("2", 2, None)))], WINDOW).treated
    assert (found.total, found.orders, found.conversions, found.unrated) == (250, 2, 1, {"USD": 100})


def test_a_code_counts_where_it_is_the_person_s_or_everybody_s() -> None:
    person = Drawn(
        "ann", (draw(),), (bought("1", 1, 10, "MINE"), bought("2", 2, 20, "ALL"), bought("3", 3, 40, "OTHER")), frozenset(("MINE",))
    )
    own = attribute([person], WINDOW).treated
    both = attribute([person], WINDOW, "all").treated
    assert (own.with_code, own.with_code_revenue) == (1, 10)
    assert (both.with_code, both.with_code_revenue) == (2, 30)


def test_a_click_shows_and_changes_no_arm() -> None:
    people = [
        Drawn("ann", (draw(),), (bought("1", 1),), clicked=True),
        Drawn("bob", (draw(),), clicked=True),
        Drawn("cid", (draw(),)),
    ]
    found = attribute(people, WINDOW).treated
    assert (found.clicked, found.clicked_bought) == (2, 1)
    assert found.arm == attribute([replace(each, clicked=False) for each in people], WINDOW).treated.arm


DRAWS = st.lists(
    st.builds(draw, st.sampled_from(["treated", "holdout", None]), st.integers(0, 40), st.integers(-2, 50)), min_size=1, max_size=3
)
ORDERS = st.lists(
    st.builds(bought, st.sampled_from(["1", "2", "3", "4"]), st.integers(-5, 90), st.none() | st.integers(0, 500)),
    max_size=4,
    unique_by=lambda each: each.order,
)
PEOPLE = st.lists(
    st.builds(
        Drawn,
        st.text("abc", min_size=1, max_size=3),
        DRAWS.map(tuple),
        ORDERS.map(tuple),
        st.just(frozenset()),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(people=PEOPLE, seed=st.integers(0, 1000))
def test_the_order_of_rows_makes_no_difference(people: list[Drawn], seed: int) -> None:
    mixed = Random(seed)

    def turned(rows: Any) -> Any:
        return tuple(mixed.sample(list(rows), len(rows)))

    again = [replace(each, draws=turned(each.draws), orders=turned(each.orders)) for each in turned(people)]
    assert attribute(again, WINDOW) == attribute(people, WINDOW)


@settings(max_examples=200, deadline=None)
@given(people=PEOPLE)
def test_everybody_is_counted_once(people: list[Drawn]) -> None:
    found = attribute(people, WINDOW)
    assert found.treated.members + found.holdout.members + found.apart == len(people)
    for arm in (found.treated, found.holdout):
        assert arm.conversions <= arm.members and arm.conversions <= arm.orders


@settings(max_examples=200, deadline=None)
@given(people=PEOPLE, refund=st.integers(1, 500))
def test_a_refund_restates_the_revenue_and_nothing_else(people: list[Drawn], refund: int) -> None:
    def refunded(each: Bought) -> Bought:
        return replace(each, net=each.net - refund, worth=each.worth - refund if each.worth is not None else None)

    before = attribute(people, WINDOW)
    after = attribute([replace(each, orders=tuple(refunded(order) for order in each.orders)) for each in people], WINDOW)
    for old, new in ((before.treated, after.treated), (before.holdout, after.holdout)):
        rated = sum(
            order.worth is not None
            for person in people
            if person.arm and attribute([person], WINDOW).treated.members == (old is before.treated)
            for order in person.within(WINDOW)
        )
        assert new.total == old.total - refund * rated
        assert (new.members, new.conversions, new.orders) == (old.members, old.conversions, old.orders)


def shop(treated: float, holdout: float, draw_: Random, members: int = 20_000) -> list[Drawn]:
    """Members of whom so many buy, a tenth of them left alone."""
    people = []
    for number in range(members):
        arm: ArmName = "holdout" if number % 10 == 0 else "treated"
        buys = draw_.random() < (holdout if arm == "holdout" else treated)
        orders = (bought(str(number), draw_.randrange(0, 31), int(draw_.lognormvariate(9.2, 0.9))),) if buys else ()
        people.append(Drawn(str(number), (draw(arm),), orders))
    return people


def test_what_was_planted_is_found_from_the_people_themselves() -> None:
    found = attribute(shop(0.08, 0.05, Random(20261122)), WINDOW)
    made = lift(found.treated.arm, found.holdout.arm)
    assert made is not None and made.conversion.low <= 0.03 <= made.conversion.high and made.conversion.is_clear


def test_of_few_people_nothing_is_said() -> None:
    found = attribute(shop(0.08, 0.05, Random(1), 400), WINDOW)
    assert lift(found.treated.arm, found.holdout.arm) is None


def test_a_saboteur_that_counts_only_who_clicked_finds_a_lift_where_there_is_none() -> None:
    people = shop(0.05, 0.05, Random(4))
    made = attribute(people, WINDOW)
    honest = lift(made.treated.arm, made.holdout.arm)
    assert honest is not None and not honest.conversion.is_clear
    # Who buys anyway clicks more often: last-click attribution calls that the campaign's doing.
    clickers = [each for each in people if each.arm == "holdout" or each.orders or int(each.name) % 10 == 1]
    fooled = attribute(clickers, WINDOW)
    told = lift(fooled.treated.arm, fooled.holdout.arm)
    assert told is not None and told.conversion.is_clear
