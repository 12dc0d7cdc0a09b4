"""What can become of an order: each story is a list of steps with times, drawn once when the world is built.

`STORIES` names them all; which of them a platform has, how often, and its customs in them are its traits (`Lives`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ops.simulator.model import Item, SimOrder, Step
from ops.simulator.traits import Platform

_SHIPS = {
    "normal",
    "late_pay",
    "split",
    "refund_line",
    "refund_full",
    "refund_open",
    "refund_rejected",
    "exchange",
    "amended",
    "cod",
    "test",
    "deposit",
}
STORIES = frozenset(_SHIPS | {"unpaid", "cancelled_before", "cancelled_after"})


@dataclass(slots=True)
class Draft:
    """What the teller of a story works on."""

    of: Platform
    story: str
    at: datetime
    draw: Random


def life(order: SimOrder, draft: Draft) -> SimOrder:
    """The order with its steps, in strictly rising time (whole seconds; milliseconds on Mercado Libre)."""
    teller = _Teller(order, draft)
    teller.tell()
    steps, last = [], None
    for step in teller.steps:
        at = step.at
        if last is not None and at <= last:
            at = last + timedelta(seconds=1)
        steps.append(replace(step, at=at))
        last = at
    return replace(order, steps=tuple(steps))


def _day_end(at: datetime) -> datetime:
    """The last second of the merchant's day."""
    local = at.astimezone(ZoneInfo("Asia/Shanghai"))
    return (local.replace(hour=23, minute=59, second=59, microsecond=0)).astimezone(UTC)


class _Teller:
    def __init__(self, order: SimOrder, draft: Draft) -> None:
        self.order, self.draft, self.draw = order, draft, draft.draw
        self.ids, self.customs = draft.of.ids, draft.of.lives
        self.now = draft.at
        self.steps: list[Step] = []
        if self.customs.milliseconds:
            self.now += timedelta(milliseconds=self.draw.randint(1, 999))
        self.latest_payment = _day_end(draft.at) if self.customs.paid_same_day else draft.at + timedelta(days=9)
        self.add("placed")

    def add(self, kind: str, after: timedelta = timedelta(), **more: object) -> None:
        self.now += after
        if kind in {"deposit", "paid"} and self.now > self.latest_payment and not self.order.cod:
            self.now = self.steps[-1].at + timedelta(seconds=3)
        self.steps.append(replace(Step(self.now, kind), **more))  # type: ignore[arg-type]

    def wait(self, low: int, high: int) -> timedelta:
        return timedelta(seconds=self.draw.randint(low, high) // self.customs.pace)

    def tell(self) -> None:
        story = self.draft.story
        if story == "unpaid":
            return
        if story == "cancelled_before":
            self.add("cancelled", self.wait(600, 7200))
            return
        self._before_payment()
        if not self.order.cod:
            late = story == "late_pay"
            at_once = self.customs.prepaid and not late
            self.add("paid", timedelta(seconds=1) if at_once else self.wait(64800, 108000) if late else self.wait(20, 900))
        if story == "cancelled_after":
            self._cancelled_after()
        elif story in _SHIPS:
            self._shipped()
            self._after()

    def _before_payment(self) -> None:
        if self.draft.story == "deposit":
            self.add("deposit", self.wait(20, 300), amount=self._state_total() // 5)
            self.now += self.wait(3600, 30 * 3600)
        if self.draft.story == "amended":
            lines = self.customs.amends == "lines"
            more = {"added": self._extra_item()} if lines else {"shipping": self.order.shipping + 350}
            self.add("amended", self.wait(60, 600), **more)

    def _extra_item(self) -> Item:
        first = self.order.items[0]
        return Item(self.ids.line(self.order.order_id, self.ids.added_line), first.product, 1, first.unit_price)

    def _cancelled_after(self) -> None:
        if self.customs.silent_cancel:
            self.add("cancelled", self.wait(900, 20000))
            return
        whole = {"ref": self._refund(), "amount": self._state_total()}
        if self.customs.cancel_refunds:
            self.add("refunded", self.wait(900, 20000), **whole)
            self.add("cancelled", timedelta(seconds=1))
            return
        if self.customs.refunds_by_line:
            self._refund_lines()
            self.add("cancelled", self.wait(2, 5))
            return
        self.add("cancelled", self.wait(900, 20000))
        self.add("refunded", self.wait(2, 90), **whole)

    def _shipped(self) -> None:
        lines = [item.line_id for item in self.order.items]
        if self.draft.story != "split":
            self.add("shipped", self.wait(7200, 90000), ref=self._parcel(0))
            self.add("delivered", self.wait(50000, 400000), ref=self._parcel(0))
            return
        for index, line in enumerate(lines):
            self.add("shipped", self.wait(7200, 60000), ref=self._parcel(index), lines=(line,))
        for index in range(len(lines)):
            self.add("delivered", self.wait(50000, 150000), ref=self._parcel(index))

    def _after(self) -> None:
        story = self.draft.story
        if story == "cod" and self.customs.collects:
            self.add("paid", self.wait(60, 7200))
        if story == "refund_line":
            self._refund_line()
        elif story == "refund_full":
            self._refund_full()
        elif story in {"refund_open", "refund_rejected"}:
            self._claim(story)
        elif story == "exchange":
            self.add("exchanged", self.wait(40000, 200000), ref=self._refund(), lines=(self.order.items[0].line_id,))
        if story != "refund_full":
            self.add("completed", self.wait(300000, 700000))

    def _refund_line(self) -> None:
        item = self.order.items[-1]
        net = item.gross - item.off_seller - item.off_platform
        share = net if self.customs.refunds_by_line else net * self.draw.choice((25, 50, 100)) // 100
        if self.customs.asks_first:
            self.add("refund_requested", self.wait(3600, 80000), ref=self._refund(), amount=share, lines=(item.line_id,))
        self.add("refunded", self.wait(3600, 90000), ref=self._refund(), amount=share, lines=(item.line_id,))

    def _refund_full(self) -> None:
        if self.customs.refunds_by_line:
            self._refund_lines()
            return
        self.add("refunded", self.wait(7200, 150000), ref=self._refund(), amount=self._state_total())

    def _refund_lines(self) -> None:
        """One refund a position, where need be requested one after the other, then granted."""
        nets = {item.line_id: item.gross - item.off_seller - item.off_platform for item in self.order.items}
        for index, line in enumerate(nets if self.customs.asks_first else ()):
            self.add("refund_requested", self.wait(60, 9000), ref=self._refund(index), amount=nets[line], lines=(line,))
        for index, line in enumerate(nets):
            self.add("refunded", self.wait(60, 9000), ref=self._refund(index), amount=nets[line], lines=(line,))

    def _claim(self, story: str) -> None:
        item = self.order.items[0]
        net = item.gross - item.off_seller - item.off_platform
        self.add("refund_requested", self.wait(3600, 90000), ref=self._refund(), amount=net, lines=(item.line_id,))
        if story == "refund_rejected":
            self.add("refund_rejected", self.wait(3600, 90000), ref=self._refund())

    def _parcel(self, index: int) -> str:
        return self.ids.parcel(self.order.order_id, index)

    def _refund(self, index: int = 0) -> str:
        return self.ids.refund(self.order.order_id, index)

    def _state_total(self) -> int:
        state = replace(self.order, steps=tuple(self.steps)).at(self.now)
        assert state is not None
        return state.total
