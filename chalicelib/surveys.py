"""Surveys: who is asked after a delivery, and what becomes of an answer. Used by trigger's function, the sweep, the digest and ops.

An order that was delivered is noted under that day, a fact that no change of terms moves. The sweep looks at the days that are
between `days_after_delivery` and LATEST_DAYS back, asks the order and the person as they are now, and strikes each note out. What
goes passes the gate like any message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from chalicelib.asking import order_of, order_stands, survey_rivals
from chalicelib.config import Config
from chalicelib.config_surveys import LATEST_DAYS, SURVEY
from chalicelib.days import SCORES, Days
from chalicelib.domain.case import Case, Telling, next_due
from chalicelib.domain.facts import Cell, Fact, Image
from chalicelib.domain.graph import Member
from chalicelib.domain.member import due_bucket, share
from chalicelib.domain.nps import DETRACTOR, Nps, nps_of
from chalicelib.domain.order import Order, local_day
from chalicelib.domain.record import OrderKey, told_order, view
from chalicelib.errors import Permanent, Retriable
from chalicelib.people import People
from chalicelib.ports import Calendar, CellStore, Clock, Counters, MemberStore, Message, OrderStore, Outbox, Vault
from chalicelib.ports_cases import CaseKey, CaseStore, Understands
from chalicelib.ports_surveys import Answer, AnswerStore
from chalicelib.tombstones import is_marked
from chalicelib.tracing import of_archive

DELIVERED = "delivered"  # the calendar's notes: orders, under the day on which they were
OLD = timedelta(days=7)  # an order that was older when it first came is history
TRIES = 8


class Surveys:
    """Draws, and follows answers. Any repetition ends in the same."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        calendar: Calendar,
        orders: OrderStore,
        members: MemberStore,
        outbox: Outbox,
        answers: AnswerStore,
        cells: CellStore,
        cases: CaseStore,
        understand: Callable[[], Understands],
        vault: Vault,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._calendar = calendar
        self._orders = orders
        self._who = People(members)
        self._outbox = outbox
        self._answers = answers
        self._cells = cells
        self._cases = cases
        self._understand = understand
        self._vault = vault
        self._clock = clock
        self._counters = counters

    # --- asking -----------------------------------------------------------------------------------------------------------

    def on_order(self, before: Image | None, after: Image) -> None:
        """Note an order under the day on which it was delivered, as soon as one is told and whenever it changes.

        A note under a day that it was not delivered on after all is struck out when the sweep comes by.
        """
        config = self._config()
        if not config.survey.enabled:
            return
        day = _delivered_on(after, config)
        if day is None or (before is not None and _delivered_on(before, config) == day):
            return
        if day >= local_day(self._clock.now(), config.zone) - timedelta(days=LATEST_DAYS):
            self._calendar.note(config.merchant, DELIVERED, day.isoformat(), _named(after.key))

    def sweep(self) -> int:
        """Queue a survey for whoever is due one; returns how many. Reads the notes of the days that are due, and nobody else."""
        config = self._config()
        if not config.survey.enabled:
            return 0
        today, drawn = local_day(self._clock.now(), config.zone), 0
        for back in range(LATEST_DAYS, config.survey.days_after_delivery - 1, -1):
            day = today - timedelta(days=back)
            for name in list(self._calendar.on(config.merchant, DELIVERED, day.isoformat())):
                outcome = self._draw(config, name, day)
                if outcome == "unprojected":  # its order row comes with the stream, in a moment
                    continue
                drawn += outcome == "drawn"
                self._counters.count(f"survey_{outcome}")
                self._calendar.forget(config.merchant, DELIVERED, day.isoformat(), name)
        return drawn

    def _draw(self, config: Config, name: str, day: date) -> str:
        """Queue the survey of an order, or say in a word why there is none."""
        key = OrderKey(config.merchant, *name.split("/", 2))
        stored = self._orders.read(key)
        if not stored.version or _delivered(view(key, stored.layers), config) != day:
            return "moved"
        if self._was_old(key, view(key, stored.layers)):
            return "old"
        if stored.member is None or stored.subject is None or is_marked(stored.identities):
            return "nobody"
        person = self._who.member(config.merchant, stored.member)
        if all((row.platform, row.account, row.order_id) != (key.platform, key.account, key.order_id) for row in person.rows):
            return "unprojected"
        if share(config.merchant, SURVEY, person.name) * 1000 >= config.survey.share_permille * 2**64:
            return "unsampled"
        message, told = self._message(config, person, name, stored.subject, day)
        since = self._clock.now() - timedelta(days=config.survey.pause_days)
        if not order_stands(message, person):
            return "void"
        if any(order_of(each) == name or survey_rivals(each, since) for each in told):
            return "paused"
        trace = of_archive(stored.told[-1].archive_key) if stored.told else None
        return "drawn" if self._outbox.add(replace(message, trace=trace)) else "paused"

    def _was_old(self, key: OrderKey, order: Order) -> bool:
        """Whether the order was history when it was first told to us: a backfill speaks to nobody."""
        placed = order.placed_at or order.paid_at
        came = min((row.received_at for row in self._orders.history(key)), default=None)
        return placed is None or came is None or came - placed > OLD

    def _message(self, config: Config, person: Member, name: str, subject: str, day: date) -> tuple[Message, tuple[Message, ...]]:
        """The survey, and all that was ever said to the person.

        Its id counts the person's surveys: of two that are drawn at once for two orders, both have the same, and one is put.
        """
        told = tuple(each for buyer in {person.name, *person.buyers} for each in self._outbox.of(config.merchant, buyer))
        number = 1 + sum(each.kind == SURVEY for each in told)
        over = datetime.combine(day + timedelta(days=LATEST_DAYS + 1), time.min, config.zone).astimezone(UTC)
        values = {"occasion": day.isoformat(), "about": SURVEY, "until": over.isoformat(), "order": name, "subject": subject}
        message = Message(
            merchant=config.merchant,
            message_id=f"{SURVEY}-{number}-{person.name}",
            owner=person.name,
            kind="survey",
            channel=config.survey.channels[0],
            template=SURVEY,
            locale=config.locale,
            state="queued",
            reason=None,
            due_at=self._clock.now(),
            campaign=SURVEY,
            arm=None,
            version=1,
            values=values,
        )
        return message, told

    # --- answers ----------------------------------------------------------------------------------------------------------

    def on_answer(self, owner: str, message_id: str) -> None:
        """Count an answer under its day, and make a task of one that is bad. Reads the answer as it is now."""
        config = self._config()
        answer = self._answers.read(config.merchant, owner, message_id)
        if answer is None:
            return
        platform, account, _ = answer.order.split("/", 2)
        cell = Cell(config.merchant, answer.day, SCORES, platform, account, due_bucket(owner))
        self._cells.put_rows([(Fact(cell, message_id, {"s": str(answer.score), "r": None}), answer.version)], [])
        self._cells.raise_dirty([cell])  # also where the row was refused: whoever put the newer one may have died before this
        self._follow(config, CaseKey(config.merchant, platform, account, "survey", message_id), owner)

    def words(self, place: CaseKey) -> str | None:
        """What somebody wrote, of a case of kind survey; None where nothing was written, or it is erased."""
        answer = self._answers.read(place.merchant, place.id.split("-", 2)[-1], place.id)
        return self._opened(place.merchant, answer) if answer else None

    def _follow(self, config: Config, place: CaseKey, owner: str) -> None:
        for _ in range(TRIES):
            case, version = self._cases.read(place)
            answer = self._answers.read(place.merchant, owner, place.id)  # after the case: whoever writes on it knows no older one
            if answer is None:
                return
            fresh = self._case(config, place, answer, case)
            if fresh is None or self._cases.write(place, fresh, due_at=next_due(fresh), expected_version=version):
                return
        raise Retriable("case-contended", f"{TRIES} writers were faster")

    def _case(self, config: Config, place: CaseKey, answer: Answer, before: Case | None) -> Case | None:
        """The task that an answer makes, or what becomes of the one that it made before; None: nothing does."""
        telling = Telling(int(answer.at.timestamp()) * 1000, 0, str(answer.version))
        if before is not None and before.telling == telling:
            return None
        if answer.score > DETRACTOR:  # somebody thought better of it
            raised = {"state": "closed", "reason": "raised", "telling": telling}
            return msgspec.structs.replace(before, **raised) if before and before.is_open else None
        read = self._opened(place.merchant, answer)
        meaning = self._understand()(read, locale=None, rating=None, platform_default=False) if read else None
        terms = config.reviews
        fresh = Case(
            kind="survey",
            telling=telling,
            state="waiting",
            reason="no_answer_here",
            band="negative",
            sentiment="negative",
            topics=meaning.topics if meaning else (),
            severity=meaning.severity if meaning else "none",
            unsure=meaning.unsure if meaning else False,
            stars=None,
            locale=config.locale,
            told_at=answer.first_at,
            noted_at=self._clock.now(),
            owner=terms.owner,
            order=answer.order.split("/", 2)[2],
            solve_due=terms.opening.due(answer.first_at, terms.solve_hours) if terms.solve_hours else None,
        )
        return _again(fresh, before) if before else fresh

    def _opened(self, merchant: str, answer: Answer) -> str | None:
        if answer.words is None:
            return None
        try:
            return self._vault.open(merchant, answer.subject, answer.words).decode()
        except Permanent:  # erased
            return None


def _again(fresh: Case, before: Case) -> Case:
    """The task of a new answer in the place of the one before: what was done stays done. One that was closed as solved stays so."""
    kept = {name: getattr(before, name) for name in ("noted_at", "owner", "done", "solve_due", "marked")}
    if not before.is_open and before.reason != "raised":
        kept |= {"state": before.state, "reason": before.reason}
    return msgspec.structs.replace(fresh, **kept)


class NpsReader:
    """What the answers of some days come to, from the days' cells."""

    def __init__(self, days: Days) -> None:
        self._days = days

    def nps(self, merchant: str, first: date, last: date) -> Nps:
        """From `first` to `last`, both in. Retriable when writers keep outrunning the cells."""
        return sum((each for _, each in self.days(merchant, first, last)), Nps())

    def days(self, merchant: str, first: date, last: date) -> Iterator[tuple[date, Nps]]:
        """The same day by day."""
        for ahead in range((last - first).days + 1):
            day = first + timedelta(days=ahead)
            told = self._days.day(merchant, day)
            yield day, nps_of(told.scores, told.asked)


def _delivered_on(image: Image, config: Config) -> date | None:
    return _delivered(view(image.key, image.layers), config) if told_order(image.layers) else None


def _delivered(order: Order, config: Config) -> date | None:
    """The day on which it came to the buyer, in the merchant's zone; that on which it was completed where none is told."""
    at = order.delivered_at or order.completed_at
    return local_day(at, config.zone) if at else None


def _named(key: OrderKey) -> str:
    return f"{key.platform}/{key.account}/{key.order_id}"
