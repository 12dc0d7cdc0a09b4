"""Trade reviews of a mini-program: read by the time they were written, answered once. WeChat Store has none by API."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from chalicelib.contract import Api, Event, Page, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Review, SayLimits
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text, told
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from chalicelib.toolkit.windows import walk_back
from connectors.wechat.api import call, said
from connectors.wechat.payloads import Comment, CommentPage, Comments, Picture, Words
from connectors.wechat.values import KEY, MINI_PROGRAM, READ, apps

LIST, REPLY = "/wxaapi/comment/mpcommentlist/get", "/wxaapi/comment/reply/add"
SIZE, DEPTH = 8, 2_000  # rows a page [docs]; the depth is not confirmed
ALL = "6"  # filterType [docs]
LIMITS = {"review": SayLimits(longest=None, once=True)}  # no length is documented where we could read
STAR = 100  # score of one star [docs]


def pages(since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
    """Reviews written in the window, a page each. An appid that is no mini-program has none."""
    if MINI_PROGRAM not in apps(api.account):
        yield Page((), None)
        return
    window = (int(since.timestamp()), int(until.timestamp()) + 1)

    def fetch(start: int, end: int, page: int) -> tuple[Sequence[Event], int]:
        return _page(api, start, end, page)

    for events, following in walk_back(fetch, *window, cursor, size=SIZE, depth=DEPTH, connector=KEY):
        yield Page(tuple(events), following)


def _page(api: Api, start: int, end: int, page: int) -> tuple[list[Event], int]:
    query = (
        ("startTime", str(start)),
        ("endTime", str(end)),
        ("filterType", ALL),
        ("offset", str(page * SIZE)),
        ("limit", str(SIZE)),
    )
    found = READ.decode(CommentPage, call(api, LIST, query=query), None)
    rows = found.commentList or []
    try:
        total = number(found.total, "total")
    except Odd as odd:
        raise READ.of(odd, "$", None) from None
    if total is None:
        raise READ.malformed("a page that does not count", "$.total", None)
    return [_event(bytes(raw), index) for index, raw in enumerate(rows)], total


def _event(raw: bytes, index: int) -> Event:
    path = f"$.commentList[{index}]"
    comment = READ.decode(Comment, raw, None, path)
    resource = ident(comment.commentId)
    if resource is None:
        raise READ.malformed("a review without an id", f"{path}.commentId", None)
    payload = msgspec.json.encode({"commentList": [msgspec.Raw(raw)]})
    mark = hashlib.sha256(payload).hexdigest()[:32]
    return Event(f"pull:{resource}:{mark}", LIST, "review", resource, None, thin=False, payload=payload)


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The reviews of a page of the list."""
    found = READ.decode(Comments, payload, ref.delivery_id).commentList
    if not found:
        raise READ.malformed("no review", "$.commentList", ref.delivery_id)
    return tuple([_review(each, ref, f"$.commentList[{index}]") for index, each in enumerate(found)])


def _review(comment: Comment, ref: Ref, path: str) -> Review:
    review_id = ident(comment.commentId)
    if review_id is None:
        raise READ.malformed("a review without an id", f"{path}.commentId", ref.delivery_id)
    try:
        created_at, score = epoch(comment.createTime, "createTime"), number(comment.score, "score")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    if score is not None and (score % STAR or not STAR <= score <= 5 * STAR):
        raise READ.malformed("stars out of range", f"{path}.score", ref.delivery_id)
    person = comment.userInfo
    words = Words()
    if bytes(comment.content)[:1] == b"{":
        words = READ.decode(Words, bytes(comment.content), ref.delivery_id, f"{path}.content")
    elif told(comment.content):
        words = Words(content=READ.decode(str, bytes(comment.content), ref.delivery_id, f"{path}.content"))
    own = comment.orderInfo.busiOrderId if comment.orderInfo else None
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=ident(own) or ident(comment.orderId),
        product_id=None,
        sku=None,
        rating=score // STAR if score is not None else None,
        text=text(words.txt) or text(words.content),
        locale=None,
        media=_media(words, ref, path),
        buyer=Buyer(id=text(person.openid), nickname=text(person.nickName)) if person else Buyer(),
        created_at=created_at,
    )


def _media(words: Words, ref: Ref, path: str) -> tuple[str, ...]:
    if not told(words.media):
        return ()
    found = READ.decode(list[Picture], bytes(words.media), ref.delivery_id, f"{path}.content.media")
    return tuple([address for each in found if (address := each.img or each.video)])


def reply(target: Target, words: str, api: Api) -> Sent:
    """The first answer to a review, once; see toolkit.saying."""
    review_id = digits(target.id)
    if target.kind != "review" or review_id is None or MINI_PROGRAM not in apps(api.account):
        raise Permanent("target-refused", "only a review of a mini-program can be answered", connector=KEY)
    with said_once(api, KEY) as once:
        answer = call(once, REPLY, {"commentId": review_id, "content": words}, told=True)
    return Sent(ident(said(answer).replyId))
