"""Evaluations of Youzan to reviews."""

from __future__ import annotations

from chalicelib.contract import Ref
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Answer, Review
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, ident, number, text
from connectors.youzan import status
from connectors.youzan.payloads import Evaluation, EvaluationDocument
from connectors.youzan.pull import review_id
from connectors.youzan.values import KEY, READ, hidden


def to_reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """The evaluations of a document or of an answer. Permanent with the path on what cannot be read."""
    document, path = READ.decode(EvaluationDocument, payload, ref.delivery_id), "$"
    if isinstance(document.data, EvaluationDocument):
        document, path = document.data, "$.data"
    if not document.items:
        raise READ.malformed("no evaluation", f"{path}.items", ref.delivery_id)
    return tuple([_review(each, ref, f"{path}.items[{index}]") for index, each in enumerate(document.items)])


def _review(told: Evaluation, ref: Ref, path: str) -> Review:
    found = review_id(told)
    if found is None:
        raise READ.malformed("an evaluation without an id", path, ref.delivery_id)
    masked: list[str] = []
    encrypted: list[str] = []
    nickname = hidden("nickname", told.fans_nickname, masked, encrypted)
    reply = text(told.seller_comment)
    try:
        return Review(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            review_id=found,
            order_id=ident(told.tid) or ident(told.order_no),
            product_id=ident(told.item_id),
            sku=ident(told.sku_id),
            rating=_rating(told),
            text=text(told.review),
            locale=None,
            media=tuple(told.picture) if isinstance(told.picture, list) else (),
            buyer=Buyer(id=ident(told.yz_open_id), nickname=nickname, masked=tuple(masked), encrypted=tuple(encrypted)),
            created_at=moment(told.created_time, "created_time"),
            updated_at=moment(told.update_time, "update_time"),
            reply=Answer(reply, None) if reply else None,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None


def _rating(told: Evaluation) -> int | None:
    """Stars for the goods, else the three grades as 5, 3 and 1."""
    stars = number(told.desc_rate, "desc_rate")
    if stars:
        if not 1 <= stars <= 5:
            raise Odd("stars out of range", "desc_rate")
        return stars
    return status.RATINGS.get(number(told.rate, "rate") or 0)
