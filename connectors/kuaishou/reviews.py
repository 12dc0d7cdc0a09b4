"""Reviews of Kuaishou: listed by the time they were made, answered once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

import msgspec

from chalicelib.contract import Api, Event, Page, Ref, Sent, Target
from chalicelib.domain.voice import Review, SayLimits
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text, yes
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import walk_back
from connectors.kuaishou.api import call
from connectors.kuaishou.payloads import Comment, Comments, Said
from connectors.kuaishou.values import KEY, READ

LIST, ADD = "open.comment.list.get", "open.comment.add"
LIMITS = SayLimits(longest=500, once=True)  # neither is documented where we could read: see the doc page
SIZE = 20  # [docs via third party]
DEPTH = 10_000
UNITS = {"s": 1, "ms": 1000}
UNIT_OPTION = "review_time_unit"


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Reviews made in the window, the last page first: whatever is taken down meanwhile moves no other out of sight."""
    unit = UNITS.get(api.account.options.get(UNIT_OPTION, "s"))
    if unit is None:
        raise ConfigError("option-malformed", f"the option {UNIT_OPTION} is s or ms", connector=KEY)

    def fetch(start: int, end: int, page: int) -> tuple[list[msgspec.Raw], int]:
        param = {"createTimeFrom": start * unit, "createTimeTo": end * unit, "offset": page * SIZE, "limit": SIZE}
        found = READ.decode(Comments, bytes(call(api, LIST, param)), None, "$.data")
        try:
            total = number(found.total, "total")
        except Odd as odd:
            raise READ.of(odd, "$.data", None) from None
        if total is None or total < 0:
            raise READ.malformed("expected a total", "$.data.total", None)
        return found.root_comment or [], total

    first, last = int(since.timestamp()), int(until.timestamp()) + 1
    for rows, following in walk_back(fetch, first, last, cursor, size=SIZE, depth=DEPTH, connector=KEY):
        events = [_event(raw, f"$.data.rootComment[{index}]") for index, raw in enumerate(rows)]
        yield Page(tuple([event for event in events if event is not None]), following)


def _event(raw: msgspec.Raw, path: str) -> Event | None:
    """The event of a row; None for what the shop said itself."""
    told = READ.decode(Comment, bytes(raw), None, path)
    if yes(told.seller_reply):
        return None
    comment_id = ident(told.comment_id)
    if comment_id is None:
        raise READ.malformed("a review without an id", f"{path}.commentId", None)
    try:
        at = epoch(told.update_time, "updateTime") or epoch(told.create_time, "createTime")
    except Odd as odd:
        raise READ.of(odd, path, None) from None
    payload = msgspec.json.encode({"rootComment": [raw]})
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{comment_id}:{mark}", LIST, "review", comment_id, at, thin=False, payload=payload)


def to_review(told: Comment, ref: Ref, path: str) -> Review:
    """An element of `rootComment`. It tells no buyer, and of an answer only that there is one, not its text."""
    review_id = ident(told.comment_id)
    if review_id is None:
        raise READ.malformed("a review without an id", f"{path}.commentId", ref.delivery_id)
    try:
        created_at, updated_at = epoch(told.create_time, "createTime"), epoch(told.update_time, "updateTime")
        stars = number(told.quality_score, "qualityScore") or number(told.credit_score, "creditScore")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    if stars and not 1 <= stars <= 5:
        raise READ.malformed("stars out of range", f"{path}.qualityScore", ref.delivery_id)
    deleted = told.valid is not None and not yes(told.valid)
    root = ident(told.root_comment_id)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=ident(told.order_id),
        product_id=ident(told.item_id),
        sku=ident(told.item_sku_id),
        rating=stars or None,
        text=None if deleted else text(told.content),
        locale=None,
        media=() if deleted else (*(told.image_url or ()), *(told.video_cover_image_url or ())),
        created_at=created_at,
        updated_at=updated_at,
        follow_up_of=root if yes(told.attached) and root != review_id else None,
        platform_default=yes(told.auto),
        deleted=deleted,
    )


def reply(target: Target, words: str, api: Api) -> Sent:
    """Answer a review as the shop, once."""
    review_id = digits(target.id)
    if target.kind != "review" or review_id is None:
        raise Permanent("target-refused", "only a review can be answered", connector=KEY)
    param = {"replyToCommentId": int(review_id), "content": words, "option": {"official": True}}
    with said_once(api, KEY) as once:
        raw = bytes(call(once, ADD, param, post=True))
    return Sent(_named(raw) if raw[:1] == b"{" else None)


def _named(raw: bytes) -> str | None:
    """The id of an answer, None where it cannot be read: it was given all the same."""
    try:
        return ident(READ.decode(Said, raw, None, "$.data").comment_id)
    except Permanent:
        return None
