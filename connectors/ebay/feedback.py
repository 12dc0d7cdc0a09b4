"""eBay's feedback: what buyers left, and the shop's one reply. A feedback is for a line of an order, and has no stars."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from chalicelib.contract import Api, Event, Page, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import NOBODY, Answer, Review
from chalicelib.errors import ConfigError, Permanent, Skippable
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.loose import shown
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.texts import text
from connectors.ebay import payloads as shapes
from connectors.ebay import status as words
from connectors.ebay.api import get, speak
from connectors.ebay.values import KEY, READ, ident

PATH = "/commerce/feedback/v1/feedback"
REPLY_PATH = "/commerce/feedback/v1/respond_to_feedback"
SIZE = 200  # the most there may be [spec]
BUYERS = ("filter", "role:BUYER")
RECEIVED = ("feedback_type", "FEEDBACK_RECEIVED")
REMOVED = "--"  # stands for a text that was removed


def one(feedback_id: str, api: Api, delivery_id: str) -> bytes:
    """The page that holds one feedback. Skippable when there is none."""
    body = get(api, PATH, (("user_id", seller(api)), RECEIVED, ("feedback_id", feedback_id)))
    if not READ.decode(shapes.FeedbackList, body, delivery_id).feedback_entries:
        raise Skippable("resource-missing", "eBay has no such feedback", connector=KEY, delivery_id=delivery_id)
    return body


def seller(api: Api) -> str:
    """The seller's user name, which lists of feedback are asked for by. ConfigError without it."""
    found = ident(api.account.options.get("username"))
    if found is None:
        raise ConfigError("option-missing", "the option username (the seller's) is not configured", connector=KEY)
    return found


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """The newest first, until one was left before `since`. Feedback that comes meanwhile moves the others down: seen twice."""
    owner = seller(api)
    if cursor is not None and not (cursor.isdecimal() and len(cursor) < 10):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)

    def fetch(at: str | None) -> tuple[tuple[Event, ...], str | None]:
        offset = int(at or 0)
        query = (("user_id", owner), RECEIVED, BUYERS, ("sort", "TIME"), ("limit", str(SIZE)), ("offset", str(offset)))
        found = READ.decode(shapes.RawFeedbackList, get(api, PATH, query), None)
        rows = [(bytes(raw), READ.decode(shapes.FeedbackShape, bytes(raw), None)) for raw in found.feedback_entries or []]
        following = _following(offset, rows, found.pagination, since)
        return tuple([_event(raw, body) for raw, body in rows if _within(body, since, until)]), following

    for events, following in paged(fetch, cursor, connector=KEY):
        yield Page(events, following)


def _following(
    offset: int, rows: list[tuple[bytes, shapes.FeedbackShape]], pages_: shapes.FeedbackPages | None, since: datetime
) -> str | None:
    total = pages_.total if pages_ else None
    dates = [body.feedback_entered_date for _, body in rows if body.feedback_entered_date]
    if dates and dates[-1] < since and dates[-1] <= dates[0]:  # the last is the oldest: one out of its place ends nothing
        return None
    reached = offset + len(rows)
    if not rows:
        if total is not None and total > reached:
            raise Permanent("pull-truncated", "a page of feedback is empty before its end", connector=KEY)
        return None
    return str(reached) if total is None or reached < total else None


def _within(body: shapes.FeedbackShape, since: datetime, until: datetime) -> bool:
    at = body.feedback_entered_date
    return at is None or since <= at <= until


def _event(raw: bytes, body: shapes.FeedbackShape) -> Event:
    return Event(
        delivery_id=f"pull:feedback:{body.feedback_id}:{hashlib.sha256(raw).hexdigest()[:32]}",
        topic="pull:feedback",
        kind="review",
        resource_id=body.feedback_id,
        occurred_at=utc(body.feedback_entered_date),
        thin=False,
        payload=raw,
    )


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The reviews of a page, or of one feedback alone: each, then its follow-up."""
    top = READ.decode(shapes.FeedbackList, payload, ref.delivery_id)
    if top.feedback_entries is not None:
        entries = top.feedback_entries
    elif top.feedback_id:
        entries = [READ.decode(shapes.FeedbackShape, payload, ref.delivery_id)]
    else:
        raise READ.malformed("no feedback", "$.feedbackEntries", ref.delivery_id)
    return tuple([review for entry in entries for review in _reviews(entry, ref)])


def _reviews(told: shapes.FeedbackShape, ref: Ref) -> Iterator[Review]:
    sold = told.order_line_item_summary
    words_of, gone = _text(told.feedback_comment)
    answer, _ = _text(told.reply_comment)
    entered = utc(told.feedback_entered_date)
    first = Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=told.feedback_id,
        order_id=None,  # a feedback names the line of an order, not the order
        product_id=text(sold.listing_id) if sold else None,
        sku=None,
        rating=words.RATING.get(told.comment_type or ""),
        text=words_of,
        locale=None,
        media=tuple([each.url for each in told.images or () if each.url]),
        buyer=_buyer(told.provider_user_detail),
        created_at=entered,
        updated_at=entered,
        reply=Answer(answer, None) if answer else None,
        deleted=gone,
    )
    yield first
    if told.followup_comment is not None:
        more, withdrawn = _text(told.followup_comment)
        yield replace(
            first,
            review_id=f"{told.feedback_id}:followup",
            rating=None,
            text=more,
            media=(),
            created_at=None,
            updated_at=None,
            follow_up_of=told.feedback_id,
            reply=None,
            deleted=withdrawn,
        )


def _text(comment: shapes.Comment | None) -> tuple[str | None, bool]:
    """What it says, and whether it was taken back or removed."""
    if comment is None:
        return None, False
    found = text(comment.comment_text)
    removed = bool(comment.comment_text_removed_per_policy) and found in (None, REMOVED)
    gone = removed or comment.state in words.GONE
    return (None if gone else found), gone


def _buyer(person: shapes.Provider | None) -> Buyer:
    if person is None:
        return NOBODY
    masked: list[str] = []
    found = shown("nickname", text(person.user_id), masked)
    return Buyer(id=found, nickname=found, masked=tuple(masked))


def reply(target: Target, words_: str, api: Api) -> Sent:
    """Reply to a feedback, once. Permanent: "already-answered" when there is a reply, "reply-refused" when eBay refuses it."""
    feedback_id = ident(target.id)
    if target.kind != "review" or feedback_id is None:
        raise Permanent("target-unknown", "only a feedback can be replied to", connector=KEY)
    found = READ.decode(shapes.FeedbackList, one(feedback_id, api, "reply"), None).feedback_entries or []
    told = next((each for each in found if each.feedback_id == feedback_id), None)
    giver = text(told.provider_user_detail.user_id) if told and told.provider_user_detail else None
    if told is None or giver is None:
        raise Permanent("target-unknown", "eBay does not name who left the feedback", connector=KEY)
    if told.reply_comment is not None:
        raise Permanent("already-answered", "the feedback has its reply", connector=KEY)
    speak(
        api,
        REPLY_PATH,
        {"feedbackId": feedback_id, "recipientUserId": giver, "responseText": words_, "responseType": "REPLY"},
    )
    return Sent(None)
