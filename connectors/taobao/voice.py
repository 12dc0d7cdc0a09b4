"""Ratings: what buyers say on Taobao in three grades, on Tmall in words alone, and what the shop explains."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.contract import Api, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Answer, Review, SayLimits
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident, shown, text, yes
from chalicelib.toolkit.saying import said_once
from connectors.taobao import status
from connectors.taobao.api import answer
from connectors.taobao.payloads import Rate, Rates, RatesDocument, RatesInner, TmallRate
from connectors.taobao.values import KEY, READ, digits

# [docs taobao.traderate.explain.add]; nor after the buyer added to the rating, which the platform itself refuses.
REPLIES = {"review": SayLimits(longest=500, once=True, window=timedelta(days=30))}
APPENDED = "append"


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The ratings of a payload. Permanent with the path on what holds none."""
    document = READ.decode(RatesDocument, payload, ref.delivery_id)
    found: list[Review] = []
    for name in ("", "traderates_get_response", "tmall_traderate_feeds_get_response"):
        inner = getattr(document, name) if name else document
        if inner is not None:
            found += _inside(inner, ref, f"$.{name}".rstrip("."))
    if not found:
        raise READ.malformed("no rating", "$.trade_rates", ref.delivery_id)
    return tuple(found)


def _inside(told: RatesInner, ref: Ref, path: str) -> Iterator[Review]:
    rows = told.trade_rates.trade_rate if isinstance(told.trade_rates, Rates) else told.trade_rates
    for index, row in enumerate(rows or ()):
        yield _located(row, ref, f"{path}.trade_rates[{index}]")
    if told.tmall_rate_info is not None:
        yield from _tmall(told, told.tmall_rate_info, ref, path)


def _located(row: Rate, ref: Ref, path: str) -> Review:
    review_id = ident(row.oid)
    if review_id is None:
        raise READ.malformed("a rating without oid", f"{path}.oid", ref.delivery_id)
    try:
        created_at = moment(row.created, "created")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    content, reply = text(row.content), text(row.reply)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=ident(row.tid),
        product_id=ident(row.num_iid),
        sku=None,
        rating=status.RATING.get(row.result or ""),
        text=content,
        locale=None,
        buyer=_buyer(row.ouid, row.nick),
        created_at=created_at,
        updated_at=None,
        reply=Answer(reply, None) if reply else None,
        platform_default=content in status.DEFAULT_TEXTS,
    )


def _tmall(told: RatesInner, rate: TmallRate, ref: Ref, path: str) -> Iterator[Review]:
    """The rating, and what the buyer added to it later as a review of its own. Neither has stars or names its line."""
    oid = ident(told.oid)
    if oid is None:
        raise READ.malformed("a rating of Tmall without oid", f"{path}.oid", ref.delivery_id)
    try:
        times = moment(rate.comment_time, "comment_time"), moment(rate.append_time, "append_time")
    except Odd as odd:
        raise READ.of(odd, f"{path}.tmall_rate_info", ref.delivery_id) from None
    words: list[tuple[str, str | None, datetime | None, str | None]] = [(oid, rate.content, times[0], None)]
    if text(rate.append_content):
        words.append((f"{oid}:{APPENDED}", rate.append_content, times[1], oid))
    for review_id, content, at, follows in words:
        yield Review(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            review_id=review_id,
            order_id=ident(told.tid),
            product_id=None,
            sku=None,
            rating=None,
            text=text(content),
            locale=None,
            buyer=_buyer(rate.ouid, rate.user_nick),
            created_at=at,
            updated_at=None,
            follow_up_of=follows,
            platform_default=follows is None and text(content) in status.DEFAULT_TEXTS,
        )


def _buyer(ouid: str | None, nick: str | None) -> Buyer:
    masked: list[str] = []
    nickname = shown("nickname", nick, masked)
    return Buyer(id=text(ouid), nickname=nickname, masked=tuple(masked))


def reply(target: Target, words: str, api: Api) -> Sent:
    """Explain a rating, once. Permanent when it cannot be explained (any more), "outcome-unknown" when nobody can tell."""
    oid = digits(target.id)
    if target.kind != "review" or oid is None:
        raise Permanent("target-refused", "only a first rating can be explained", connector=KEY)
    with said_once(api, KEY) as once:
        try:
            said = answer(once, "taobao.traderate.explain.add", [("oid", oid), ("reply", words)])
        except Permanent as error:
            if error.reason != "payload-malformed":
                raise
            raise Retriable("answer-malformed", "the answer is not as documented", connector=KEY) from None
    if not yes(said.is_success):
        raise Permanent("platform-refused", "the platform took no explanation", connector=KEY)
    return Sent(None)
