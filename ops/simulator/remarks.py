"""What the simulated buyers say in public: a few reviews of what arrived, a few questions asked before buying."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ops.simulator.model import Item, SimOrder, State

ONE_REVIEW_IN, ONE_QUESTION_IN = 4, 6
_REVIEWS = ((5, "Just as described, thank you."), (4, "Good, only the box was dented."), (2, "Smaller than I thought."), (5, ""))
_QUESTIONS = ("Is it in stock in blue?", "Does it fit a small kitchen?", "When would it be sent?")
_ANSWER = "Yes, and it is sent the same day."


@dataclass(frozen=True, slots=True)
class Remark:
    """One review (`stars` 1 to 5) or question (`stars` None), as of now. `number` is its id, good on every platform.

    `changed_at`: when it was edited or taken back (`gone`). `by_platform`: the platform's own praise where a buyer says nothing.
    `follows`: the number of the review that this one was added to.
    """

    number: int
    order: SimOrder
    item: Item
    stars: int | None
    text: str
    at: datetime
    answer: str | None = None
    answered_at: datetime | None = None
    changed_at: datetime | None = None
    gone: bool = False
    by_platform: bool = False
    follows: int | None = None


def reviews(states: Iterable[State], now: datetime) -> list[Remark]:
    """Reviews written until `now`, the newest first: a day after everything arrived."""
    found = []
    for state in states:
        arrived, draw = state.delivered_at, _draw(state.order, "review")
        at = arrived + timedelta(days=1) if arrived else None
        if at is not None and at <= now and draw % ONE_REVIEW_IN == 0:
            stars, text = _REVIEWS[draw // ONE_REVIEW_IN % len(_REVIEWS)]
            answered_at = at + timedelta(hours=6)
            answer = _ANSWER if draw % 3 == 0 and answered_at <= now else None
            found.append(Remark(draw, state.order, state.items[0], stars, text, at, answer, answered_at if answer else None))
    return _sorted(found)


def questions(orders: Iterable[SimOrder], now: datetime) -> list[Remark]:
    """Questions asked until `now`, the newest first: two hours before whoever asked then bought."""
    found = []
    for order in orders:
        at, draw = order.placed_at - timedelta(hours=2), _draw(order, "question")
        if at <= now and draw % ONE_QUESTION_IN == 0:
            text, answered_at = _QUESTIONS[draw // ONE_QUESTION_IN % len(_QUESTIONS)], at + timedelta(hours=1)
            answer = _ANSWER if answered_at <= now else None
            found.append(Remark(draw, order, order.items[0], None, text, at, answer, answered_at if answer else None))
    return _sorted(found)


def _draw(order: SimOrder, word: str) -> int:
    """A number of the order's own, the same in every run: id of its remark, and what chance decides of it."""
    return int(hashlib.sha256(f"{word}/{order.shop.key}/{order.order_id}".encode()).hexdigest()[:12], 16)


def _sorted(found: list[Remark]) -> list[Remark]:
    return sorted(found, key=lambda remark: (remark.at, remark.number), reverse=True)
