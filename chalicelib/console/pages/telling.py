"""What orders' and members' pages both show, as plain values: statements that add up, histories, messages and why they went."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chalicelib.config import Config
from chalicelib.console.visit import Visit
from chalicelib.domain.graph import Member
from chalicelib.domain.order import Order
from chalicelib.member_story import time_of
from chalicelib.ports import HistoryRow, Message

_PARTS = (("items", 1), ("discount_seller", -1), ("discount_platform", -1), ("shipping", 1), ("tax", 1), ("other", 1))


def statement(order: Order) -> dict[str, Any]:
    """An order's amounts as lines that add up to its total; `difference` where the platform's own total is another.

    A part of which the platform tells nothing has no line: the difference then says by how much the lines miss the total.
    """
    amounts = order.amounts
    lines = [(name, sign * value) for name, sign in _PARTS if (value := getattr(amounts, name)) and not _inside(order, name)]
    added = sum(value for _, value in lines)
    gap = amounts.total - added if amounts.total is not None and lines else 0
    return {
        "lines": lines,
        "difference": gap,
        "total": amounts.total,
        "tax_inside": amounts.tax if order.tax_included and amounts.tax else None,
        "paid": amounts.paid,
        "refunded": amounts.refunded,
        "left": amounts.total - amounts.refunded if amounts.total is not None and amounts.refunded else None,
    }


def _inside(order: Order, name: str) -> bool:
    """Whether a part is in the others already: tax that prices include."""
    return name == "tax" and bool(order.tax_included)


def history_of(rows: Iterable[HistoryRow]) -> list[dict[str, Any]]:
    """What was told of an order, the newest first: when it came, from where, and what it brought about."""
    told = sorted(rows, key=lambda row: (row.received_at, row.at_millis), reverse=True)
    return [
        {"at": row.received_at, "topic": row.topic, "source": row.source, "effect": row.effect, "raw": bool(row.archive_key)}
        for row in told
    ]


def message_of(message: Message) -> dict[str, Any]:
    """A message with what the gate said: `objected` are its rules that did, in their order."""
    return {
        "kind": message.kind,
        "channel": message.channel,
        "state": message.state,
        "reason": message.reason,
        "campaign": message.campaign,
        "arm": message.arm,
        "objected": [rule for rule, answer in message.decision if answer != "ok" and ":" not in rule],
    }


def messages_of(messages: Iterable[Message], config: Config) -> list[dict[str, Any]]:
    """Messages with their times, the newest first; of which no time is known last."""
    told = [(time_of(each, config), each) for each in messages]
    ordered = sorted(told, key=lambda each: (each[0] is not None, each[0]), reverse=True)
    return [message_of(message) | {"at": at} for at, message in ordered]


def person_of(visit: Visit, buyer: str | None) -> Member | None:
    """The person that an order's buyer is; None for a guest's."""
    return visit.app.people.member(visit.merchant, buyer) if buyer else None
