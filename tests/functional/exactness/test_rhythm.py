"""The occasion rhythm: over simulated years every silence is drawn once, on its day, whatever sweeps there were; and its cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any, cast

import pytest

from chalicelib.config import Config, parse
from chalicelib.domain.facts import Fact, MemberOrder
from chalicelib.domain.graph import Member
from chalicelib.domain.portrait import Portrait, portrait_of
from chalicelib.domain.purchases import purchases_of
from chalicelib.domain.rfm import Histograms, Scales
from chalicelib.drawing import Drawing
from chalicelib.errors import ConfigError
from chalicelib.occasions import Occasions
from chalicelib.pipeline.trigger import Trigger
from chalicelib.ports import Message
from ops.local import TallyCounters
from tests.functional.exactness.shoppers import bought, buyer_of, rows_of, shop_of
from tests.functional.stack import HandClock, Stack

BEGIN = date(2026, 1, 1)
YEAR = 365
WINDOW = 6
CONFIG = f"""
merchant = "demo"
time_zone = "Asia/Shanghai"
[members.rhythm]
gap_days = 20
least_days = 7
most_days = 120
[[campaigns]]
key = "drift"
occasion = "rhythm"
window_days = {WINDOW}
template = "winback"
holdout_permille = 0
daily_cap = 1000
"""
LEAST, MOST, GAP = 7, 120, 20


class Died(BaseException):
    """The worker is gone, with all it held."""


@dataclass
class Memory:
    """Everything the sweep reads and writes, in dictionaries. `left`: so many calls until the worker dies; None: it lives."""

    clock: HandClock
    bought: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))
    last: dict[date, set[str]] = field(default_factory=lambda: defaultdict(set))
    notes: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    rows: dict[str, dict[str, Message]] = field(default_factory=lambda: defaultdict(dict))
    marks: dict[str, tuple[str, int]] = field(default_factory=dict)
    left: int | None = None
    calls: Counter[str] = field(default_factory=Counter)

    def buy(self, member: str, day: date) -> None:
        """A purchase."""
        if self.bought[member]:
            self.last[self.bought[member][-1]].discard(member)
        self.bought[member].append(day)
        self.last[day].add(member)

    def _called(self, name: str) -> None:
        self.calls[name] += 1
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise Died

    # MemberStore

    def due(self, _merchant: str, day: date) -> Iterator[str]:
        self._called("due")
        yield from sorted(self.last.get(day, ()))

    def orders(self, _merchant: str, member: str) -> list[MemberOrder]:
        self._called("orders")
        return self._rows(member)

    def _rows(self, member: str) -> list[MemberOrder]:
        days = self.bought[member]
        return [MemberOrder(member, "generic", "erp", f"{member}-{n}", day, True, "CNY", 100) for n, day in enumerate(days)]

    def linked(self, *_: Any) -> list[str]:
        return []

    def severed(self, *_: Any) -> frozenset[str]:
        return frozenset()

    # Calendar

    def note(self, _merchant: str, kind: str, day: str, member: str) -> None:
        self._called("note")
        self.notes[kind, day].add(member)

    def on(self, _merchant: str, kind: str, day: str) -> Iterator[str]:
        self._called("on")
        yield from sorted(self.notes.get((kind, day), ()))

    def forget(self, _merchant: str, kind: str, day: str, member: str) -> None:
        self._called("forget")
        self.notes[kind, day].discard(member)

    # Outbox

    def of(self, _merchant: str, owner: str) -> list[Message]:
        self._called("of")
        return list(self.rows[owner].values())

    def add(self, message: Message, *_facts: Fact) -> bool:
        self._called("add")
        if message.message_id in self.rows[message.owner]:
            return False
        self.rows[message.owner][message.message_id] = message
        return True

    # Marks

    def get(self, _merchant: str, name: str) -> tuple[str, int] | None:
        return self.marks.get(name)

    def put(self, _merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        self._called("mark")
        if self.marks.get(name, ("", 0))[1] != expected_version:
            return False
        self.marks[name] = value, expected_version + 1
        return True

    # Standings

    def purchases(self, _merchant: str, after: int = -1) -> Iterator[tuple[int, list[tuple[str, Any]]]]:
        for bucket in range(after + 1, 4):
            self._called("cell")
            mine = [member for member in sorted(self.bought) if sum(member.encode()) % 4 == bucket]
            yield bucket, [(member, purchases_of(self._rows(member))) for member in mine]

    def portrait(self, person: Member, today: date) -> Portrait | None:
        purchases = purchases_of(person.rows)
        return portrait_of(person.name, purchases, today, NOBODY, parse(CONFIG).members) if purchases else None


NOBODY = Scales(Histograms())


class Year:
    """The trigger step as it is, over memory, with a day's sweep at ten in the evening."""

    def __init__(self, config: str = CONFIG) -> None:
        self.config: Config = parse(config)
        self.clock = HandClock()
        self.memory = Memory(self.clock)
        mine = cast(Any, self.memory)
        self.trigger = Trigger(
            config=lambda: self.config,
            members=mine,
            outbox=mine,
            offers=mine,
            occasions=Occasions(members=mine, calendar=mine, standings=mine, offers=mine, vault=mine),
            drawing=Drawing(members=mine, outbox=mine, standings=mine, clock=self.clock),
            marks=mine,
            clock=self.clock,
            counters=TallyCounters(),
        )
        self.on(BEGIN)
        self.approve()

    def approve(self) -> None:
        for campaign in self.config.campaigns:
            self.trigger.approve(campaign.key)

    def on(self, day: date) -> None:
        self.clock.at = datetime.combine(day, time(22), self.config.zone)

    def sweep(self, day: date, dies_after: int | None = None) -> bool:
        """False: it died on the way."""
        self.on(day)
        self.memory.left = dies_after
        try:
            self.trigger.sweep()
        except Died:
            return False
        finally:
            self.memory.left = None
        return True

    def drawn(self, campaign: str = "drift") -> Counter[tuple[str, date]]:
        """How often each member was drawn for which last day."""
        found = (row for rows in self.memory.rows.values() for row in rows.values() if row.campaign == campaign)
        return Counter((row.owner, date.fromisoformat(row.values["occasion"])) for row in found)


SILENT, COOLING, LOST = 25, 15, 60  # tenths of the gap


def turns_after(days: list[date], factor: int = SILENT) -> int:
    """The plain model: so many days after the last of these the stage begins."""
    gaps = sorted((b - a).days for a, b in pairwise(days))
    gap = gaps[(len(gaps) - 1) // 2] if gaps else GAP
    return min(max(-(-gap * factor // 10), -(-LEAST * factor // COOLING)), MOST * factor // LOST)


@dataclass
class Model:
    """What has to come of purchases and sweeps: from `finished` sweeps who must be drawn, from all of them who may."""

    purchases: dict[str, list[date]]
    finished: list[date]
    begun: list[date]
    factor: int = SILENT

    def silences(self) -> Iterator[tuple[str, date, date, date]]:
        """(member, last day, the day it turns silence, the day before the next purchase)."""
        for member, days in self.purchases.items():
            for index, last in enumerate(days):
                turned = last + timedelta(days=turns_after(days[: index + 1], self.factor))
                until = days[index + 1] - timedelta(days=1) if index + 1 < len(days) else date.max
                if turned <= until:
                    yield member, last, turned, until

    def within(self, sweeps: list[date]) -> set[tuple[str, date]]:
        return {
            (member, last)
            for member, last, turned, until in self.silences()
            if any(turned <= day <= min(until, turned + timedelta(days=WINDOW)) for day in sweeps)
        }


def history(draw: Random, members: int, days: int) -> dict[str, list[date]]:
    """Members of all rhythms: some daily, some once, some who stop and come back."""
    found = {}
    for number in range(members):
        gap = draw.choice((1, 2, 3, 4, 6, 10, 20, 45, 90))
        day, bought = BEGIN + timedelta(days=draw.randrange(days)), []
        while day < BEGIN + timedelta(days=days):
            bought.append(day)
            pause = draw.randint(max(1, gap // 2), gap * 2) if draw.random() > 0.12 else draw.randint(gap * 2, gap * 12)
            day += timedelta(days=pause)
        found[f"m{number}"] = bought
    return found


def live(year: Year, purchases: dict[str, list[date]], days: int, sweeps: Callable[[date], list[int | None]]) -> Model:
    """Day by day: what is bought, then the day's sweeps; each either ends, or dies after so many calls."""
    by_day: dict[date, list[str]] = defaultdict(list)
    for member, bought_on in purchases.items():
        for day in bought_on:
            by_day[day].append(member)
    model = Model(purchases, [], [])
    for ahead in range(days):
        day = BEGIN + timedelta(days=ahead)
        for member in by_day[day]:
            year.memory.buy(member, day)
        for dies_after in sweeps(day):
            model.begun.append(day)
            if year.sweep(day, dies_after):
                model.finished.append(day)
    return model


def check(year: Year, model: Model) -> int:
    """Nobody missed, nobody twice, nobody who was not silent; returns how many were drawn."""
    drawn = year.drawn()
    assert set(drawn.values()) <= {1}
    assert model.within(model.finished) - set(drawn) == set(), "missed"
    assert set(drawn) - model.within(model.begun) == set(), "not silent"
    return len(drawn)


@pytest.mark.parametrize("seed", range(4))
def test_every_silence_is_drawn_on_its_day(seed: int) -> None:
    year = Year()
    purchases = history(Random(seed), 60, YEAR)
    model = live(year, purchases, YEAR, lambda _day: [None])
    assert check(year, model) > 40
    turned = {(member, last): day for member, last, day, _ in model.silences()}
    rows = [row for rows in year.memory.rows.values() for row in rows.values()]
    for row in rows:
        due = turned[row.owner, date.fromisoformat(row.values["occasion"])]
        assert row.due_at == datetime.combine(due, time(22), year.config.zone)


@pytest.mark.parametrize("seed", range(4))
def test_days_without_a_sweep_are_made_up_for_within_the_window(seed: int) -> None:
    draw = Random(1000 + seed)
    year = Year()
    swept = {BEGIN + timedelta(days=ahead) for ahead in range(YEAR) if draw.random() < 0.4}
    model = live(year, history(draw, 60, YEAR), YEAR, lambda day: [None] if day in swept else [])
    assert check(year, model) > 40


@pytest.mark.parametrize("seed", range(8))
def test_sweeps_that_die_are_made_up_for(seed: int) -> None:
    draw = Random(2000 + seed)
    year = Year()

    def sweeps(_day: date) -> list[int | None]:
        return [draw.choice((None, draw.randrange(40), draw.randrange(400))) for _ in range(draw.choice((0, 1, 1, 2)))]

    model = live(year, history(draw, 40, YEAR), YEAR, sweeps)
    assert check(year, model) > 20
    assert len(model.finished) < len(model.begun)


@pytest.mark.parametrize("seed", range(4))
def test_a_campaign_that_pauses_and_one_that_goes_on_share_the_notes(seed: int) -> None:
    """Paused for hours or weeks, it misses nobody whose window is still open, though the other struck the notes out."""
    draw = Random(3000 + seed)
    year = Year(CONFIG + CONFIG[CONFIG.index("[[campaigns]]") :].replace("drift", "other"))
    runs: dict[str, list[date]] = {"drift": [], "other": []}
    both = year.config

    def sweeps(day: date) -> list[int | None]:
        for _ in range(2):
            on = {campaign.key: draw.random() < 0.5 for campaign in both.campaigns}
            campaigns = tuple(replace(campaign, enabled=on[campaign.key]) for campaign in both.campaigns)
            year.config = replace(both, campaigns=campaigns)
            assert year.sweep(day)
            for key, enabled in on.items():
                if enabled:
                    runs[key].append(day)
        return []

    purchases = history(draw, 40, YEAR)
    live(year, purchases, YEAR, sweeps)
    for key, days in runs.items():
        expected = Model(purchases, [], []).within(days)
        assert set(year.drawn(key)) == expected and len(expected) > 20


def test_when_the_terms_change_everybody_is_looked_at_anew() -> None:
    """Who bought 30 days ago was noted for day 50; silence that begins after 30 days is not missed for that."""
    year = Year()
    year.memory.buy("m", BEGIN)
    for ahead in range(28):
        year.sweep(BEGIN + timedelta(days=ahead))
    rhythm = replace(year.config.members.rhythm, cooling_permille=1200, silent_permille=1500)
    year.config = replace(year.config, members=replace(year.config.members, rhythm=rhythm))
    year.sweep(BEGIN + timedelta(days=29))
    assert not year.drawn()
    year.sweep(BEGIN + timedelta(days=30))
    assert set(year.drawn()) == {("m", BEGIN)}


def test_a_new_campaign_reaches_back_over_its_window_and_no_further() -> None:
    year = Year()
    silent = turns_after([BEGIN])
    for number in range(WINDOW + 3):
        year.memory.buy(f"m{number}", BEGIN + timedelta(days=number))
    year.sweep(BEGIN + timedelta(days=silent + WINDOW + 1))
    assert {member for member, _ in year.drawn()} == {f"m{number}" for number in range(1, WINDOW + 2)}


def test_a_state_that_no_waiting_leads_to_is_refused() -> None:
    with pytest.raises(ConfigError) as refused:
        parse(CONFIG + '[campaigns.audience]\nstates = ["silent", "active"]\n')
    assert refused.value.path == "campaigns[0].audience.states"


def test_a_sweep_costs_what_comes_due_and_not_how_many_members_there_are() -> None:
    """Ten times as many members who are not near a change: the same calls."""
    calls = {}
    for idle in (50, 500):
        year = Year()
        for number in range(20):
            year.memory.buy(f"due{number}", BEGIN)
        for number in range(idle):
            year.memory.buy(f"idle{number}", BEGIN + timedelta(days=3))
        silent = turns_after([BEGIN])
        for ahead in range(silent):
            year.sweep(BEGIN + timedelta(days=ahead))
        year.memory.calls.clear()
        year.sweep(BEGIN + timedelta(days=silent))
        assert len(year.drawn()) == 20
        calls[idle] = year.memory.calls.copy()
        year.memory.calls.clear()
        year.sweep(BEGIN + timedelta(days=silent))
        assert year.memory.calls["add"] == 0, "who was drawn is not written again"
    assert calls[50] == calls[500]
    assert calls[500]["orders"] <= 5 * 20 and calls[500]["due"] + calls[500]["on"] <= 8


COOL = CONFIG + '[campaigns.audience]\nstates = ["cooling"]\n'


def cooling(seed: int) -> Year:
    """Whoever cools is drawn on their day, which for who buys often is the first on which anybody can cool."""
    year = Year(COOL)
    model = replace(live(year, history(Random(seed), 60, YEAR), YEAR, lambda _day: [None]), factor=COOLING)
    assert set(year.drawn()) == model.within(model.finished), "missed"
    return year


def test_every_cooling_is_drawn_on_its_day() -> None:
    assert len(cooling(0).drawn()) > 60


def test_saboteur_a_look_ahead_that_begins_when_the_stage_may_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who buys every three days cools after seven, the day on which they would be noted: a day too late."""
    real = Occasions.look_ahead
    late = timedelta(days=1)
    monkeypatch.setattr(Occasions, "look_ahead", lambda self, config, day, today: real(self, config, day - late, today))
    with pytest.raises(AssertionError, match="missed"):
        cooling(0)


def test_saboteur_a_sweep_that_trusts_the_notes_whatever_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Trigger, "_is_noted", lambda *_: True)
    with pytest.raises(AssertionError, match="missed"):
        for seed in range(8):
            test_sweeps_that_die_are_made_up_for(seed)


# --- over the real tables -----------------------------------------------------------------------------------------------------

REAL = shop_of(CONFIG[CONFIG.index("[[campaigns]]") :], "[members.rhythm]\nmost_days = 60\ngap_days = 10\nleast_days = 7\n")


def test_the_same_over_the_tables(engine: Any) -> None:
    """A day with a sweep, two without, and one more."""
    stack = Stack(engine, REAL)
    today = stack.clock.at.date()
    a = bought(stack, "a", today - timedelta(days=25))  # one purchase: silent after 25 days
    b = bought(stack, "b", today - timedelta(days=24))
    c = bought(stack, "c", today - timedelta(days=40), today - timedelta(days=30), today - timedelta(days=3))
    d = bought(stack, "d", today - timedelta(days=13), today - timedelta(days=10))  # silent after 12
    drawn = [stack.sweep(), stack.sweep()]
    assert [len(rows_of(stack, owner)) for owner in (a, b, c, d)] == [1, 0, 0, 0]
    stack.clock.at += timedelta(days=3)
    drawn += [stack.sweep(), stack.sweep()]
    assert drawn == [1, 0, 2, 0]
    assert [len(rows_of(stack, owner)) for owner in (a, b, c, d)] == [1, 1, 0, 1]


def test_a_note_leads_to_the_person_that_a_buyer_is_by_now(moto_stack: Stack) -> None:
    """Noted as one buyer, and by then known to be another as well, who bears the name."""
    stack = Stack(moto_stack.engine, REAL)
    start = stack.clock.at
    today = start.date()
    stack.clock.at = start - timedelta(days=10)
    # Who of two bears the name is the smaller, and ids are made with a key of chance.
    second, one = sorted(("ada", "bea"), key=lambda name: buyer_of(stack, name))
    first = bought(stack, one, today - timedelta(days=20))
    for ahead in range(10, 0, -1):
        stack.clock.at = start - timedelta(days=ahead)
        assert stack.sweep() == 0
    stack.clock.at = start
    person = bought(stack, second, today - timedelta(days=30), email=f"{one}@example.com")  # the gap is ten days, as the usual one
    assert stack.app.people.member("demo", first).name == person
    drawn = []
    for _ in range(6):
        drawn.append(stack.sweep())
        stack.clock.at += timedelta(days=1)
    assert drawn == [0, 0, 0, 0, 0, 1]
    assert [row.owner for row in rows_of(stack, first, person)] == [person]
