"""What can become of an order: each story is a list of steps with times, drawn once when the world is built."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ops.simulator.model import Item, SimOrder, Step

# Weights by platform. Only what a platform can express: Mercado Libre has one parcel an order, Shopify no exchange.
STORIES: dict[str, dict[str, int]] = {
    "shopify": {
        "normal": 58, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 6,
        "refund_line": 12, "refund_full": 6, "amended": 3, "deposit": 2, "cod": 2, "test": 2,
    },
    "douyin": {
        "normal": 56, "unpaid": 5, "late_pay": 3, "cancelled_before": 5, "cancelled_after": 5, "split": 5,
        "refund_line": 12, "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3, "deposit": 2,
    },
    "mercadolibre": {
        "normal": 66, "unpaid": 6, "late_pay": 5, "cancelled_before": 5, "cancelled_after": 5, "refund_line": 12,
        "refund_full": 6, "deposit": 2, "test": 1,
    },
    "generic": {
        "normal": 54, "unpaid": 5, "late_pay": 4, "cancelled_before": 4, "cancelled_after": 4, "split": 5, "refund_line": 12,
        "refund_full": 6, "refund_open": 3, "refund_rejected": 3, "exchange": 2, "amended": 3, "cod": 2, "test": 2,
    },
}  # fmt: skip
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
}


@dataclass(slots=True)
class Draft:
    """What the teller of a story works on."""

    platform: str
    story: str
    order_id: str
    at: datetime
    items: tuple[Item, ...]
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
    """The last second of the merchant's day. Shopify's webhooks do not tell when an order was paid, its API does: the
    world keeps both on one day, so that the way in which an order came cannot move it.
    """
    local = at.astimezone(ZoneInfo("Asia/Shanghai"))
    return (local.replace(hour=23, minute=59, second=59, microsecond=0)).astimezone(UTC)


class _Teller:
    def __init__(self, order: SimOrder, draft: Draft) -> None:
        self.order, self.draft, self.draw = order, draft, draft.draw
        self.now = draft.at
        self.steps: list[Step] = []
        if draft.platform == "mercadolibre":
            self.now += timedelta(milliseconds=self.draw.randint(1, 999))
        self.latest_payment = _day_end(draft.at) if draft.platform == "shopify" else draft.at + timedelta(days=9)
        self.add("placed")

    def add(self, kind: str, after: timedelta = timedelta(), **more: object) -> None:
        self.now += after
        if kind in {"deposit", "paid"} and self.now > self.latest_payment:
            self.now = self.steps[-1].at + timedelta(seconds=3)
        self.steps.append(replace(Step(self.now, kind), **more))  # type: ignore[arg-type]

    def wait(self, low: int, high: int) -> timedelta:
        return timedelta(seconds=self.draw.randint(low, high))

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
            self.add("paid", self.wait(64800, 108000) if late else self.wait(20, 900))
        if story == "cancelled_after":
            self._cancelled_after()
        elif story in _SHIPS or story == "deposit":
            self._shipped()
            self._after()

    def _before_payment(self) -> None:
        if self.draft.story == "deposit":
            self.add("deposit", self.wait(20, 300), amount=self._state_total() // 5)
            self.now += self.wait(3600, 30 * 3600)
        if self.draft.story == "amended":
            more = {"shipping": self.order.shipping + 350}
            if self.draft.platform != "douyin":
                self.add("amended", self.wait(60, 600), added=self._extra_item())
            else:
                self.add("amended", self.wait(60, 600), **more)

    def _extra_item(self) -> Item:
        first = self.order.items[0]
        line = f"{self.order.order_id}-9" if self.draft.platform == "generic" else str(int(first.line_id) + 500)
        return Item(line, replace(first.product, number=first.product.number), 1, first.unit_price)

    def _cancelled_after(self) -> None:
        if self.draft.platform == "douyin":
            self._refund_lines([item.line_id for item in self.order.items])
            self.add("cancelled", self.wait(2, 5))
            return
        whole = {"ref": self._ref("r", 0), "amount": self._state_total()}
        if self.draft.platform == "mercadolibre":  # one act there: a cancelled order has its money back
            self.add("refunded", self.wait(900, 20000), **whole)
            self.add("cancelled", timedelta(seconds=1))
            return
        self.add("cancelled", self.wait(900, 20000))
        self.add("refunded", self.wait(2, 90), **whole)

    def _shipped(self) -> None:
        lines = [item.line_id for item in self.order.items]
        if self.draft.story != "split":
            self.add("shipped", self.wait(7200, 90000), ref=self._ref("p", 0))
            self.add("delivered", self.wait(50000, 400000), ref=self._ref("p", 0))
            return
        for index, line in enumerate(lines):
            self.add("shipped", self.wait(7200, 60000), ref=self._ref("p", index), lines=(line,))
        for index in range(len(lines)):
            self.add("delivered", self.wait(50000, 150000), ref=self._ref("p", index))

    def _after(self) -> None:
        story = self.draft.story
        if story == "refund_line":
            self._refund_line()
        elif story == "refund_full":
            self._refund_full()
        elif story in {"refund_open", "refund_rejected"}:
            self._claim(story)
        elif story == "exchange":
            self.add("exchanged", self.wait(40000, 200000), ref=self._ref("r", 0), lines=(self.order.items[0].line_id,))
        if story != "refund_full":
            self.add("completed", self.wait(300000, 700000))

    def _refund_line(self) -> None:
        item = self.order.items[-1]
        net = item.gross - item.off_seller - item.off_platform
        share = net if self.draft.platform == "douyin" else net * self.draw.choice((25, 50, 100)) // 100
        if self.draft.platform in {"douyin", "generic"}:
            self.add("refund_requested", self.wait(3600, 80000), ref=self._ref("r", 0), amount=share, lines=(item.line_id,))
        self.add("refunded", self.wait(3600, 90000), ref=self._ref("r", 0), amount=share, lines=(item.line_id,))

    def _refund_full(self) -> None:
        if self.draft.platform == "douyin":
            self._refund_lines([item.line_id for item in self.order.items])
            return
        self.add("refunded", self.wait(7200, 150000), ref=self._ref("r", 0), amount=self._state_total())

    def _refund_lines(self, lines: list[str]) -> None:
        """Douyin gives back by position: one after-sale for each, requested one after the other, then granted."""
        nets = {item.line_id: item.gross - item.off_seller - item.off_platform for item in self.order.items}
        for index, line in enumerate(lines):
            self.add("refund_requested", self.wait(60, 9000), ref=self._ref("r", index), amount=nets[line], lines=(line,))
        for index, line in enumerate(lines):
            self.add("refunded", self.wait(60, 9000), ref=self._ref("r", index), amount=nets[line], lines=(line,))

    def _claim(self, story: str) -> None:
        item = self.order.items[0]
        net = item.gross - item.off_seller - item.off_platform
        self.add("refund_requested", self.wait(3600, 90000), ref=self._ref("r", 0), amount=net, lines=(item.line_id,))
        if story == "refund_rejected":
            self.add("refund_rejected", self.wait(3600, 90000), ref=self._ref("r", 0))

    def _ref(self, kind: str, index: int) -> str:
        digits = int("".join(letter for letter in self.order.order_id if letter.isdigit()))
        if self.draft.platform == "generic":
            return f"{'RF' if kind == 'r' else 'PK'}-{digits}-{index + 1}"
        offset = {"shopify": 109_000_000_000_000_000, "douyin": 2_180_890_000_000_000_000, "mercadolibre": -1_999_962_000_000_000}
        return str(digits + offset[self.draft.platform] + (7 if kind == "r" else 11) + index)

    def _state_total(self) -> int:
        state = replace(self.order, steps=tuple(self.steps)).at(self.now)
        assert state is not None
        return state.total
