"""Random interleavings of what happens to people with sweeps and sends, and a second opinion on every mail as it leaves.

`Truth` has the rules of the gate from the design's words and from what was done to each person; it shares no code with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, Protocol

from chalicelib.config import Config
from chalicelib.domain.gate import RULES as GATE_RULES
from chalicelib.domain.mail import Mail, OutcomeUnknown
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Permanent, Retriable
from chalicelib.ports import Message
from tests.functional.exactness.lapsed import BOUGHT, ONE_DAY, email
from tests.functional.exactness.world import SHANGHAI
from tests.functional.stack import HandClock

_SECOND_CAMPAIGN = """[[campaigns]]
key = "again30"
silent_days = 30
window_days = 0
template = "winback"
holdout_permille = 400
daily_cap = 2
[sending]"""
CONFIG = ONE_DAY.replace("[sending]", _SECOND_CAMPAIGN)
DAILY = {"back30": 1000, "again30": 2}
GIVEN = datetime.fromisoformat("2026-10-01T00:00:00Z")
FIRST_ORDER = datetime.fromisoformat(BOUGHT)
NIGHTS = ((time(21, 0), time(9, 0)), (time(0, 0), time(6, 0)), (time(9, 0), time(18, 0)), (time(12, 0), time(12, 0)))
RULES = len(GATE_RULES)


class World(Protocol):
    """What the interleaving is played on. People are numbers from 1; each begins with consent and one order, FIRST_ORDER."""

    clock: HandClock
    config: Config

    def begin(self, count: int, outside: Outside) -> list[str]:
        """So many people; their members, in order. `outside` renders and sends."""
        ...

    def consent(self, person: int, granted: bool, at: datetime) -> None:
        """Their word on mail, said at `at`."""
        ...

    def complain(self, person: int) -> None:
        """A complaint suppresses their address."""
        ...

    def unsubscribe(self, person: int) -> None:
        """By the link in a mail: consent withdrawn now, address suppressed."""
        ...

    def order(self, person: int, number: int, at: datetime, *, cancelled: bool) -> None:
        """A paid or cancelled order placed at `at`, told now; the projector has not seen it."""
        ...

    def project(self) -> None:
        """The projector has seen everything up to now."""
        ...

    def sweep(self) -> None:
        """The campaigns' sweep."""
        ...

    def deliver(self, limit: int) -> None:
        """One run of the outbox."""
        ...

    def rows(self, member: str) -> list[Message]:
        """The member's messages."""
        ...


class Outside(Protocol):
    """Renderer and channel in one."""

    def variants(self, _template: str, _locale: str) -> tuple[str, ...]:
        """See Renderer."""
        ...

    def winback(self, values: Any, *, locale: str, template: str, variant: str = "a") -> Rendered:
        """See Renderer."""
        ...

    def send(self, mail: Mail) -> str:
        """See Channel."""
        ...


@dataclass
class Person:
    """What was done to one buyer. `orders` are the days the gate can know of, `waiting` what the projector has not seen."""

    number: int
    member: str
    consent: tuple[datetime, bool] = (GIVEN, True)
    suppressed: bool = False
    orders: dict[int, date] = field(default_factory=lambda: {0: (FIRST_ORDER + SHANGHAI).date()})
    waiting: dict[int, date | None] = field(default_factory=dict)
    placed: dict[int, datetime] = field(default_factory=lambda: {0: FIRST_ORDER})
    sends: list[datetime] = field(default_factory=list)


@dataclass
class Truth:
    """The rules over again. `seen` is when the projector was last known to have caught up."""

    clock: HandClock
    seen: datetime
    enabled: bool = True
    running: frozenset[str] = frozenset(DAILY)
    cap: int = 1
    quiet: tuple[time, time] = NIGHTS[0]
    daily: dict[tuple[str, date], int] = field(default_factory=dict)

    def objections(self, person: Person, row: Message | None, campaign: str) -> list[str]:
        """Everything that stands against a mail to this person at this instant."""
        now = self.clock.at
        local = now + SHANGHAI
        start, end, at = *self.quiet, local.time().replace(tzinfo=None)
        night = start != end and (start <= at < end if start < end else at >= start or at < end)
        last = max(person.orders.values(), default=None)
        against = {
            "sending is off": not self.enabled,
            "the campaign is off": campaign not in self.running,
            "held out": row is not None and row.arm == "holdout",
            "no consent": not person.consent[1],
            "suppressed": person.suppressed,
            "not lapsed": last is None or (local.date() - last).days < 30,
            "capped": sum(now - sent < timedelta(days=7) for sent in person.sends) >= self.cap,
            "capped for the day": self.daily.get((campaign, now.date()), 0) >= DAILY[campaign],
            "quiet hours": night,
            "the projector is behind": now - self.seen > timedelta(minutes=5),
        }
        return [name for name, stands in against.items() if stands]


class Play:
    """One world of a few people, played by a seed. `wrong` holds every mail that should not have left, and why."""

    def __init__(self, world: World, seed: int, people: int) -> None:
        self.draw, self.world = Random(seed), world
        members = world.begin(people, self)
        self.people = [Person(number, member) for number, member in enumerate(members, start=1)]
        self._by_address = {email(person.number): person for person in self.people}
        self.truth = Truth(world.clock, world.clock.at)
        self.wrong: list[str] = []
        self.mails = 0
        self._nested = False

    def run(self, steps: int) -> Play:
        """The sweep, and then whatever the seed says."""
        self.world.sweep()
        for _ in range(steps):
            self.world.clock.at += timedelta(seconds=self.draw.randint(1, 20))
            self.draw.choices(_STEPS, _WEIGHTS)[0](self)
        return self

    def messages(self) -> list[Message]:
        """Everybody's messages."""
        return [row for person in self.people for row in self.world.rows(person.member)]

    # Renderer and channel: what happens while a mail is written, and when it leaves.

    def variants(self, _template: str, _locale: str) -> tuple[str, ...]:
        """See Renderer."""
        return ("a",)

    def winback(self, values: Any, *, locale: str, template: str, variant: str = "a") -> Rendered:
        """See Renderer. While a mail is written, the world goes on, for its reader too."""
        self._meanwhile()
        return Rendered("subject", "<p>html</p>", "text", "preheader")

    def send(self, mail: Mail) -> str:
        """See Channel. Here the second opinion is asked."""
        person, campaign, now = self._by_address[mail.recipient], mail.tags["campaign"], self.world.clock.at
        row = next((each for each in self.world.rows(person.member) if each.campaign == campaign), None)
        against = [*self.truth.objections(person, row, campaign), *_undecided(row, now)]
        self.wrong += [f"{campaign} to {mail.recipient} at {now}: {reason}" for reason in against]
        faults = (None, Permanent("recipient-refused"), Retriable("slow-down"), OutcomeUnknown("cut"))
        fault = self.draw.choices(faults, (80, 7, 7, 6))[0]
        if fault is None or isinstance(fault, OutcomeUnknown):
            person.sends.append(now)
            self.truth.daily[campaign, now.date()] = self.truth.daily.get((campaign, now.date()), 0) + 1
            self.mails += 1
        self._meanwhile()
        if fault is not None:
            raise fault
        return "provider-id"

    def _meanwhile(self) -> None:
        """While a run is under way, something may happen to somebody."""
        if self._nested or self.draw.random() < 0.5:
            return
        self._nested = True
        self.draw.choice(_SUDDEN)(self)
        self._nested = False

    # What can happen.

    def consent(self) -> None:
        """Somebody gives or takes back consent; now and then the news is older than what is known."""
        person = self.draw.choice(self.people)
        at = self.world.clock.at.replace(microsecond=0)
        at = at if self.draw.random() < 0.8 else at - timedelta(days=self.draw.randint(1, 60), seconds=7)
        granted = self.draw.random() < 0.5
        if at == person.consent[0]:
            return
        self.world.consent(person.number, granted, at)
        person.consent = max(person.consent, (at, granted))

    def complain(self) -> None:
        """Somebody complains."""
        person = self.draw.choice(self.people)
        self.world.complain(person.number)
        person.suppressed = True

    def unsubscribe(self) -> None:
        """Somebody follows the link."""
        person = self.draw.choice(self.people)
        self.world.unsubscribe(person.number)
        person.suppressed = True
        person.consent = max(person.consent, (self.world.clock.at, False))

    def order(self) -> None:
        """Somebody orders, or an older order becomes known late."""
        person, back = self.draw.choice(self.people), self.draw.choice((0, 0, 0, 5, 29, 30, 31, 45))
        number = len(person.placed)
        if number > 9:
            return
        at = self.world.clock.at.replace(microsecond=0) - timedelta(days=back)
        person.placed[number] = at
        self.world.order(person.number, number, at, cancelled=False)
        person.waiting[number] = (at + SHANGHAI).date()

    def cancel(self) -> None:
        """One of somebody's orders is cancelled: it counts no more."""
        person = self.draw.choice(self.people)
        number = self.draw.choice(list(person.placed))
        self.world.order(person.number, number, person.placed[number], cancelled=True)
        person.waiting[number] = None

    def project(self) -> None:
        """The projector catches up: what was told of orders becomes what the gate can know."""
        self.world.project()
        self.truth.seen = self.world.clock.at
        for person in self.people:
            person.orders |= {number: day for number, day in person.waiting.items() if day is not None}
            for number in [number for number, day in person.waiting.items() if day is None]:
                person.orders.pop(number, None)
            person.waiting.clear()

    def wait(self) -> None:
        """Minutes, hours or days pass; mostly the projector keeps up."""
        self.world.clock.at += timedelta(minutes=self.draw.choice((4, 11, 61, 61, 200, 540, 1440, 4000)))
        if self.draw.random() < 0.85:
            self.project()

    def sweep(self) -> None:
        """The sweep again."""
        self.world.sweep()

    def deliver(self) -> None:
        """A run of the outbox."""
        self.world.deliver(self.draw.choice((1, 3, 100)))

    def switch(self) -> None:
        """Sending is switched on or off."""
        self.truth.enabled = self.draw.random() < 0.7
        self._configure()

    def campaign(self) -> None:
        """A campaign is stopped, or goes on."""
        self.truth.running = frozenset(key for key in DAILY if self.draw.random() < 0.8)
        self._configure()

    def limits(self) -> None:
        """The owner changes cap or quiet hours."""
        self.truth.cap, self.truth.quiet = self.draw.choice((1, 1, 2)), self.draw.choice(NIGHTS)
        self._configure()

    def _configure(self) -> None:
        config, (start, end) = self.world.config, self.truth.quiet
        sending = replace(
            config.sending, enabled=self.truth.enabled, cap_messages=self.truth.cap, quiet_from=start, quiet_until=end
        )
        campaigns = tuple(replace(each, enabled=each.key in self.truth.running) for each in config.campaigns)
        self.world.config = replace(config, sending=sending, campaigns=campaigns)


def _undecided(row: Message | None, now: datetime) -> list[str]:
    """The row must be claimed at this very instant, with every rule's consent in it."""
    if row is None or row.state != "sending" or row.sent_at != now:
        return ["not claimed now"]
    answers = dict(row.decision)
    return [] if len(answers) == RULES and set(answers.values()) == {"ok"} else ["no decision"]


_Step = Callable[[Play], None]
_WEIGHTED: tuple[tuple[_Step, int], ...] = (
    (Play.deliver, 30),
    (Play.wait, 12),
    (Play.project, 8),
    (Play.consent, 14),
    (Play.order, 8),
    (Play.cancel, 4),
    (Play.complain, 1),
    (Play.unsubscribe, 1),
    (Play.switch, 4),
    (Play.campaign, 2),
    (Play.limits, 6),
    (Play.sweep, 2),
)
_STEPS = [step for step, _ in _WEIGHTED]
_WEIGHTS = [weight for _, weight in _WEIGHTED]
_SUDDEN: tuple[_Step, ...] = (
    Play.consent, Play.consent, Play.complain, Play.unsubscribe, Play.order, Play.project, Play.switch, Play.campaign, Play.limits,
)  # fmt: skip
