"""A platform with a long list of orders, paged; and the jobs over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.backfill import Backfills
from chalicelib.chores import chores_of
from chalicelib.config import Config, parse
from chalicelib.contract import Account, Api, Capability, Event, Page
from chalicelib.envelope import decode
from chalicelib.jobs import Jobs
from chalicelib.leases import Leases
from chalicelib.pausing import Pauses
from chalicelib.pipeline.normalise import Normalise
from chalicelib.pipeline.pull import Pull
from tests.functional.stack import CONFIG, Stack
from tests.kit.fake import Fake

FAKE = 'platform = "fake"\naccount = "acme"\npull_minutes = 5\n'
MADE = CONFIG.replace('platform = "shopify"\naccount = "acme"\n', FAKE, 1)
BODY = '{{"id": {0}, "status": "paid", "currency": "CNY", "price": 500, "quantity": 2, "total": 1000, "paid": 1000}}'


class Listed(Fake):
    """Orders by the time of their last change, so many a page. The cursor is the place in the window's list.

    `before` is called as a page is asked for: tests pause, break or kill there.
    """

    info = replace(Fake.info, capabilities=Fake.info.capabilities | {Capability.PULLS_ORDERS})

    def __init__(self, changed: dict[int, datetime], page: int = 3) -> None:
        self.changed = changed
        self.page = page
        self.asked: list[tuple[datetime, datetime, str | None]] = []
        self.before: Callable[[], None] = lambda: None

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """The window's orders, oldest first."""
        found = sorted((at, number) for number, at in self.changed.items() if since <= at <= until)
        place = int(cursor or 0)
        while place < len(found) or place == 0:
            self.asked.append((since, until, str(place)))
            self.before()
            part = found[place : place + self.page]
            place += self.page
            yield Page(tuple(_event(number, at) for at, number in part), str(place) if place < len(found) else None)


def _event(number: int, at: datetime) -> Event:
    return Event(f"{number}", "orders", "order", str(number), at, thin=False, payload=BODY.format(number).encode())


class Only:
    """Connectors: this one, whatever the key."""

    def __init__(self, one: Any) -> None:
        self._one = one

    def connector(self, _key: str) -> Any:
        """The one."""
        return self._one

    def api(self, _account: Account) -> Any:
        """Nobody calls."""
        return None


class Desk:
    """The jobs of a stack over one connector. Two desks over one stack are two workers. `daily`: reconciling too."""

    def __init__(self, stack: Stack, connector: Any, config: str = MADE, *, daily: bool = False) -> None:
        self.stack = stack
        self.config: Config = parse(config)
        parts, hub = stack.app.parts, Only(connector)
        self.hub: Any = hub
        self.reconciled: list[tuple[str, str, date]] = []
        self.breaks: Callable[[], None] = lambda: None

        def told() -> Config:
            return self.config

        self.pull = Pull(
            config=told,
            connectors=hub,
            vault=parts.vault,
            archive=parts.archive,
            live=parts.inbound,
            bulk=parts.bulk,
            marks=stack.app.marks,
            clock=parts.clock,
            counters=parts.counters,
        )
        self.leases = Leases(marks=stack.app.runs, clock=parts.clock)
        self.pauses = Pauses(config=told, marks=stack.app.runs, clock=parts.clock)
        self.backfills = Backfills(config=told, pull=self.pull, marks=stack.app.runs, clock=parts.clock)
        chores = chores_of(
            config=told,
            connectors=hub,
            pull=self.pull,
            backfills=self.backfills,
            reconcile=self.reconcile,
            clock=parts.clock,
        )
        if not daily:
            del chores["reconcile"]
        self.jobs = Jobs(
            pauses=self.pauses,
            leases=self.leases,
            chores=chores,
            errands={},
            queue=parts.jobs,
            clock=parts.clock,
            counters=parts.counters,
        )

    def reconcile(self, platform: str, account: str, day: date) -> int:
        """Noted, and breaks where a test says so."""
        self.reconciled.append((platform, account, day))
        self.breaks()
        return 0

    def normalise(self) -> int:
        """Handle all that waits on both lanes, by the real step; returns how many."""
        stack, parts, done = self.stack, self.stack.app.parts, 0
        step = Normalise(
            config=lambda: self.config,
            connectors=self.hub,
            vault=parts.vault,
            archive=parts.archive,
            orders=stack.app.orders,
            asides=stack.app.asides,
            deadlines=stack.app.deadlines,
            work=stack.app.work,
            marks=stack.app.marks,
            live=parts.inbound,
            bulk=parts.bulk,
            clock=parts.clock,
            counters=parts.counters,
        )
        for lane in (stack.inbound, stack.bulk):
            while lane.bodies:
                step.handle(lane.bodies.pop(0))
                done += 1
        return done

    def work(self) -> int:
        """Handle all that waits on the jobs queue; returns how many."""
        done = 0
        while self.stack.jobs.bodies:
            self.jobs.handle(self.stack.jobs.bodies.pop(0))
            done += 1
        return done

    def queued(self) -> list[str]:
        """The orders on both lanes, by name, in the order of their envelopes."""
        return [decode(body).delivery_id for lane in (self.stack.inbound, self.stack.bulk) for body in lane.bodies]


def every(count: int, step: timedelta, until: datetime) -> dict[int, datetime]:
    """So many orders, the last of them changed a step before `until`."""
    return {number: until - step * (count - number) for number in range(count)}
