"""Reviews of Meituan, pulled by day, and the shop's answers to them. They name neither an order nor a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page, Ref, Sent, Target
from chalicelib.domain.voice import Answer, Review, SayLimits
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import ZONE
from chalicelib.toolkit.loose import Odd, ident, number, text
from chalicelib.toolkit.saying import said_once
from connectors.meituan.api import call, rows_of
from connectors.meituan.payloads import Comment, CommentDocument
from connectors.meituan.pull import pulled
from connectors.meituan.values import KEY, READ, day, digits, poi_of

REPLIES = {"review": SayLimits(longest=None)}
QUERY, REPLY = "comment/query", "poi/comment/add_reply"
SIZE = 20  # [code]
BACK = timedelta(days=29)  # the platform looks 30 days back [code]
MOST = 500  # pages (ours)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of reviews written on the days of the window, yesterday the last. The cursor is the offset."""
    today = api.now().astimezone(ZONE).date()
    first = max(since.astimezone(ZONE).date(), today - BACK)
    last = min(until.astimezone(ZONE).date(), today - timedelta(days=1))
    if cursor and not (cursor.isdecimal() and len(cursor) < 7):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    if last < first:
        return
    offset = int(cursor or 0)
    for _ in range(MOST):
        params = [
            ("app_poi_code", poi_of(api.account)),
            ("start_time", f"{first:%Y%m%d}"),
            ("end_time", f"{last:%Y%m%d}"),
            ("pageoffset", str(offset)),
            ("pagesize", str(SIZE)),
            ("replyStatus", "-1"),
        ]
        rows = rows_of(call(api, QUERY, params))
        offset += len(rows)
        more = bool(rows)  # a page may hold less than it is asked for: only an empty one is the last
        yield Page(tuple([_event(raw, index) for index, raw in enumerate(rows)]), str(offset) if more else None)
        if not more:
            return
    raise Permanent("pull-truncated", f"there is more after {MOST} pages of reviews", connector=KEY)


def _event(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.data[{index}]"
    row = READ.decode(Comment, bytes(raw), None, path)
    resource = ident(row.comment_id)
    if resource is None:
        raise READ.malformed("a review without an id", f"{path}.comment_id", None)
    try:
        at = day(row.add_comment_time or row.comment_time, "comment_time")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    return pulled(QUERY, "review", resource, at, msgspec.json.encode({"data": [raw]}))


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The reviews of a document or answer, each before what was added to it."""
    rows = READ.decode(CommentDocument, payload, ref.delivery_id).data
    if not rows:
        raise READ.malformed("no review", "$.data", ref.delivery_id)
    return tuple([each for index, row in enumerate(rows) for each in _reviews(row, ref, f"$.data[{index}]")])


def _reviews(row: Comment, ref: Ref, path: str) -> Iterator[Review]:
    review_id = ident(row.comment_id)
    if review_id is None:
        raise READ.malformed("a review without an id", f"{path}.comment_id", ref.delivery_id)
    pictures = row.comment_pictures
    media = pictures if isinstance(pictures, list) else [each for each in (pictures or "").split(",") if each]
    reply = text(row.e_reply_content)
    try:
        yield Review(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            review_id=review_id,
            order_id=None,
            product_id=None,
            sku=None,
            rating=_rating(row),
            text=text(row.comment_content),
            locale=None,
            media=tuple(media),
            created_at=day(row.comment_time, "comment_time"),
            reply=Answer(reply, day(row.e_reply_time, "e_reply_time")) if reply else None,
        )
        if text(row.add_comment):
            yield Review(
                merchant=ref.account.merchant,
                platform=KEY,
                account=ref.account.account,
                review_id=f"{review_id}-added",  # the platform keeps the same id for both
                order_id=None,
                product_id=None,
                sku=None,
                rating=None,
                text=text(row.add_comment),
                locale=None,
                created_at=day(row.add_comment_time, "add_comment_time"),
                follow_up_of=review_id,
            )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _rating(row: Comment) -> int | None:
    """`food_comment_score` is what buyers see as the overall one."""
    found = number(row.food_comment_score, "food_comment_score") or number(row.order_comment_score, "order_comment_score")
    if found and not 1 <= found <= 5:
        raise Odd("stars out of range", "food_comment_score")
    return found or None


def reply(target: Target, words: str, api: Api) -> Sent:
    """Answer a review, once."""
    review_id = digits(target.id)
    if target.kind != "review" or review_id is None:
        raise Permanent("target-refused", "only a review can be answered", connector=KEY)
    params = [("app_poi_code", poi_of(api.account)), ("comment_id", review_id), ("reply", words)]
    with said_once(api, KEY) as once:
        call(once, REPLY, params, method="POST")
    return Sent(None)
