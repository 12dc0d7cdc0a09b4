"""Reviews of Ele.me and the shop's answers to them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Event, Page, Ref, Sent, Target
from chalicelib.domain.voice import Answer, Review, SayLimits
from chalicelib.errors import Permanent
from chalicelib.toolkit.beijing import moment, wall
from chalicelib.toolkit.loose import Odd, ident, number, text
from chalicelib.toolkit.saying import said_once
from connectors.eleme.api import call
from connectors.eleme.payloads import Rate, RateDocument
from connectors.eleme.pull import pulled
from connectors.eleme.values import KEY, READ, digits, shop_of

REPLIES = {"review": SayLimits(longest=None)}
RATES, REPLY = "eleme.ugc.getOrderRatesByShopId", "eleme.ugc.replyRateByRateIdAndShopId"
SIZE = 20  # [memory]
BACK = timedelta(days=89)  # the platform looks 90 days back [code]
MOST = 2_000  # pages (ours)


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Pages of reviews written in the window. The cursor is the offset."""
    first = max(since, api.now() - BACK)
    if cursor and not (cursor.isdecimal() and len(cursor) < 8):
        raise Permanent("cursor-malformed", "a cursor that this connector did not write", connector=KEY)
    if until <= first:
        return
    offset = int(cursor or 0)
    for _ in range(MOST):
        times = {"startTime": _iso(first), "endTime": _iso(until)}
        found = call(api, RATES, {"shopId": shop_of(api.account), **times, "offset": offset, "pageSize": SIZE})
        rows = READ.decode(list[msgspec.Raw], found, None, "$.result") if found not in (b"", b"null") else []
        offset += len(rows)
        more = bool(rows)  # a page may hold less than it is asked for: only an empty one is the last
        yield Page(tuple([_event(raw, index) for index, raw in enumerate(rows)]), str(offset) if more else None)
        if not more:
            return
    raise Permanent("pull-truncated", f"there is more after {MOST} pages of reviews", connector=KEY)


def _iso(at: datetime) -> str:
    return wall(at).replace(" ", "T")


def _event(raw: msgspec.Raw, index: int) -> Event:
    path = f"$.result[{index}]"
    row = READ.decode(Rate, bytes(raw), None, path)
    resource = ident(row.rateId) or ident(row.id)
    if resource is None:
        raise READ.malformed("a review without an id", path, None)
    try:
        at = moment(row.ratedAt, "ratedAt")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    return pulled(RATES, "review", resource, at, msgspec.json.encode({"result": [raw]}))


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The reviews of a document or answer. Permanent with the path on what cannot be read."""
    rows = READ.decode(RateDocument, payload, ref.delivery_id).result
    if not rows:
        raise READ.malformed("no review", "$.result", ref.delivery_id)
    return tuple([_review(row, ref, f"$.result[{index}]") for index, row in enumerate(rows)])


def _review(row: Rate, ref: Ref, path: str) -> Review:
    review_id = ident(row.rateId) or ident(row.id)
    if review_id is None:
        raise READ.malformed("a review without an id", path, ref.delivery_id)
    try:
        rating, at = number(row.rating, "rating"), moment(row.ratedAt, "ratedAt")
        if rating is not None and not 0 <= rating <= 5:
            raise Odd("stars out of range", "rating")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    reply = text(row.orderRateReply)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=ident(row.orderId),
        product_id=None,
        sku=None,
        rating=rating or None,
        text=text(row.rateContent),
        locale=None,
        created_at=at,
        reply=Answer(reply, None) if reply else None,
    )


def reply(target: Target, words: str, api: Api) -> Sent:
    """Answer a review, once."""
    review_id = digits(target.id)
    if target.kind != "review" or review_id is None:
        raise Permanent("target-refused", "only a review can be answered", connector=KEY)
    params = {"rateId": review_id, "shopId": str(shop_of(api.account)), "replyType": "ORDER", "reply": words}
    with said_once(api, KEY) as once:
        call(once, REPLY, params)
    return Sent(None)
