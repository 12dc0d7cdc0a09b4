"""What people say: reviews, questions, messages; and what the platform lets a shop say back.

Ids are strings; times are the platform's, aware and in UTC, or None. Masked texts and names are states, as with buyers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.domain.order import Buyer

NOBODY = Buyer()
Unit = Literal["characters", "utf16", "bytes", "gbk_bytes"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The shop's public answer to a review, comment or question."""

    text: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """A review, follow-up, comment or mention. `rating` 1 to 5, None where the platform has none.

    `follow_up_of` names the review that this one adds to. `platform_default`: written by the platform because the buyer said
    nothing. `deleted`: withdrawn or hidden; its text is then None.
    """

    merchant: str
    platform: str
    account: str
    review_id: str
    order_id: str | None
    product_id: str | None
    sku: str | None
    rating: int | None
    text: str | None
    locale: str | None
    media: tuple[str, ...] = ()
    buyer: Buyer = NOBODY
    created_at: datetime | None = None
    updated_at: datetime | None = None
    follow_up_of: str | None = None
    reply: Answer | None = None
    platform_default: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question before the purchase, public under a product. `status` open, answered, closed or unknown."""

    merchant: str
    platform: str
    account: str
    question_id: str
    product_id: str | None
    text: str | None
    status: str
    platform_status: str | None
    buyer: Buyer = NOBODY
    created_at: datetime | None = None
    updated_at: datetime | None = None
    reply: Answer | None = None


@dataclass(frozen=True, slots=True)
class BuyerMessage:
    """One message of a private thread between a buyer and the shop. `sender` buyer, shop, platform or unknown."""

    merchant: str
    platform: str
    account: str
    message_id: str
    thread_id: str
    order_id: str | None
    sender: str
    text: str | None
    media: tuple[str, ...] = ()
    buyer: Buyer = NOBODY
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message we sent. `state` sent, delivered, read or failed; `reason` the platform's own word.

    `message_id` is the platform's id of it; `reference` ours (domain.receipt), where it travelled along and came back.
    """

    merchant: str
    platform: str
    account: str
    message_id: str
    state: str
    reason: str | None
    at: datetime | None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class SayLimits:
    """What a platform lets a shop say, as data. `unit` is how it counts `longest`; None: it names no limit.

    `once`: a second answer is refused. `window`: how long after the buyer's word (or the order's delivery, on platforms that
    count from there) one may speak; None: no limit. `order_only`: nothing but what concerns an order. `templates_only`:
    outside the window only templates the platform approved. `editable`: an answer can be changed later. `html`: the platform
    reads markup, so a plain text is escaped before it is sent.
    """

    longest: int | None
    unit: Unit = "characters"
    once: bool = False
    window: timedelta | None = None
    order_only: bool = False
    templates_only: bool = False
    editable: bool = False
    html: bool = False


def length(text: str, unit: Unit) -> int:
    """How long the platform finds a text, in its unit. A character GBK lacks counts four bytes, as GB 18030 has it."""
    if unit == "characters":
        return len(text)
    if unit == "utf16":
        return len(text.encode("utf-16-le")) // 2
    return len(text.encode("utf-8" if unit == "bytes" else "gb18030"))
