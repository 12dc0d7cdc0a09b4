"""While history comes in, nobody is written to for it, and the next digest is one mail with a bounded note."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from chalicelib.backfill import SLICE, Backfills, _Backfill
from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.domain.order import Buyer, Order
from chalicelib.leases import Watch
from chalicelib.pipeline.pull import Stretch
from tests.functional import stack as stacks
from tests.functional.exactness.digests import digests, plainly, restated
from tests.functional.runs.platform import Desk, Listed
from tests.functional.stack import NOW, Stack

DAY = timedelta(days=1)
SPAN = 63 * DAY
PEOPLE = 3
TURNS = 3
CONFIG = stacks.CONFIG.replace("window_days = 30", "window_days = 1")
SHOP = ("shopify", "acme")


class Bought(Listed):
    """People who have bought every 26 days, the last time within the last week: none of them has lapsed, now or ever."""

    def __init__(self) -> None:
        self.sold = {
            person * 100 + turn: NOW - (person + 1) * DAY - turn * 26 * DAY for person in range(PEOPLE) for turn in range(4)
        }
        super().__init__(dict(self.sold))

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """With buyers and times."""
        (order,) = super().canonical(kind, payload, ref)
        assert isinstance(order, Order)
        number = int(order.order_id)
        at, buyer = self.sold[number], f"b{number // 100}"
        told = Buyer(id=buyer, email=f"{buyer}@example.com")
        return (structs.replace(order, platform=SHOP[0], placed_at=at, paid_at=at, updated_at=at, buyer=told),)


def settled(desk: Desk) -> None:
    """All that waits, to the end."""
    desk.normalise()
    desk.stack.app.tick.beat()
    desk.stack.project()
    desk.stack.app.reckoning.sweep("demo")


def test_history_writes_to_nobody(moto_engine: Any) -> None:
    """The campaigns look after every week that came in: at no time does anybody seem to have lapsed."""
    stack = plainly(Stack(moto_engine, CONFIG))
    desk = Desk(stack, Bought(), CONFIG)
    desk.backfills.begin(*SHOP, NOW - SPAN)
    drawn, looks = 0, 0
    while not desk.backfills.work(*SHOP, watch=Watch(until=stack.clock.at, clock=stack.clock)).done:
        settled(desk)
        drawn += stack.sweep()
        looks += 1
        stack.clock.at += timedelta(minutes=1)
    settled(desk)
    drawn += stack.sweep()
    stack.app.deliver.run()
    assert looks > 8 and len(desk.pull._config().campaigns) == 1
    assert (drawn, len(stack.channel.mails)) == (0, 0)
    assert stack.counters.total("applied") == PEOPLE * TURNS


def test_the_next_digest_is_one_mail_and_names_only_what_was_told(moto_engine: Any) -> None:
    """A digest went; then history comes in, its day with it."""
    stack = plainly(Stack(moto_engine, CONFIG))
    desk = Desk(stack, Bought(), CONFIG)
    stack.clock.at = NOW - DAY
    stack.app.digest.run()
    stack.app.deliver.run()
    stack.clock.at = NOW
    before = len(digests(stack))
    desk.backfills.begin(*SHOP, NOW - SPAN)
    desk.backfills.work(*SHOP)
    settled(desk)
    stack.app.digest.run()
    stack.app.deliver.run()
    (mail,) = digests(stack)[before:]
    told = {line.split(" ")[0] for line in restated(mail)}
    assert told == {"2026-11-18"}


def _from_the_oldest_on(patch: pytest.MonkeyPatch) -> None:
    """Weeks in the order in which they were."""

    def mirrored(self: _Backfill, what: Any) -> Stretch:
        begin = self.since + (self.until - self.at)
        return Stretch(what, begin, min(begin + SLICE, self.until), self.cursor)

    def over(_: Backfills, held: _Backfill, __: Stretch) -> None:
        held.cursor, held.at = None, max(held.since, held.at - SLICE)
        held.state = "done" if held.at == held.since else "running"

    patch.setattr(_Backfill, "next", mirrored)
    patch.setattr(Backfills, "_over", over)


def test_from_the_oldest_on_people_would_seem_to_have_left(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _from_the_oldest_on(monkeypatch)
    with pytest.raises(AssertionError):
        test_history_writes_to_nobody(moto_engine)
