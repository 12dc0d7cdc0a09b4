"""Reviews, questions, messages and spend of others in our JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import Answer, BuyerMessage, Question, Review
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import at, decoder
from connectors.generic import payloads as shapes
from connectors.generic.currencies import known
from connectors.generic.mapping import KEY, buyer, malformed, require_owner


def review(body: shapes.ReviewIn, ref: Ref) -> Review:
    """One review; one that was deleted has neither text nor media."""
    require_owner(body, ref)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=body.review_id,
        order_id=body.order_id or None,
        product_id=body.product_id or None,
        sku=body.sku or None,
        rating=body.rating,
        text=None if body.deleted else body.text or None,
        locale=body.locale or None,
        media=() if body.deleted else tuple(body.media),
        buyer=buyer(body.buyer),
        created_at=utc(body.created_at),
        updated_at=utc(body.updated_at),
        follow_up_of=body.follow_up_of or None,
        reply=_answer(body.reply),
        platform_default=body.platform_default,
        deleted=body.deleted,
    )


def question(body: shapes.QuestionIn, ref: Ref) -> Question:
    """One question."""
    require_owner(body, ref)
    return Question(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        question_id=body.question_id,
        product_id=body.product_id or None,
        text=body.text or None,
        status=body.status,
        platform_status=body.platform_status or None,
        buyer=buyer(body.buyer),
        created_at=utc(body.created_at),
        updated_at=utc(body.updated_at),
        reply=_answer(body.reply),
    )


def message(body: shapes.MessageIn, ref: Ref) -> BuyerMessage:
    """One message of a thread."""
    require_owner(body, ref)
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=body.message_id,
        thread_id=body.thread_id,
        order_id=body.order_id or None,
        sender=body.sender,
        text=body.text or None,
        media=tuple(body.media),
        buyer=buyer(body.buyer),
        created_at=utc(body.created_at),
    )


def spend(body: shapes.SpendIn, ref: Ref) -> SpendRow:
    """One day of one campaign, minor units of its currency; the zone is an IANA name or an offset such as `+08:00`."""
    require_owner(body, ref)
    if not _is_zone(body.zone):
        raise malformed("$.zone", "neither an IANA time zone nor an offset", ref)
    return SpendRow(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        product=body.product,
        campaign_id=body.campaign_id,
        campaign=body.campaign or None,
        day=body.day,
        zone=body.zone,
        currency=at("$.currency", known, body.currency, connector=KEY, delivery_id=ref.delivery_id),
        impressions=body.impressions,
        clicks=body.clicks,
        spend=body.spend,
        orders=body.orders,
        revenue=body.revenue,
        attribution=body.attribution or None,
        reported_at=utc(body.reported_at),
    )


Mapper = Callable[[Any, Ref], Review | Question | BuyerMessage | SpendRow]
# Decoder and mapping by kind; a decoder is built on first use.
BY_KIND: dict[EventKind, tuple[Callable[[], msgspec.json.Decoder[Any]], Mapper]] = {
    "review": (partial(decoder, shapes.ReviewIn), review),
    "question": (partial(decoder, shapes.QuestionIn), question),
    "message": (partial(decoder, shapes.MessageIn), message),
    "spend": (partial(decoder, shapes.SpendIn), spend),
}


def _answer(body: shapes.AnswerIn | None) -> Answer | None:
    return None if body is None else Answer(body.text, utc(body.at))


def _is_zone(text: str) -> bool:
    sign, hours, minutes = text[:1], text[1:3], text[4:]
    if sign in ("+", "-") and text[3:4] == ":" and len(text) == 6 and (hours + minutes).isdecimal() and text.isascii():
        return int(hours) < 15 and int(minutes) < 60
    try:
        return bool(text) and ZoneInfo(text).key == text
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
