"""What people say on Mercado Libre to the canonical model: questions, product reviews, feedback on sales, messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from chalicelib.contract import Ref
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import NOBODY, Answer, BuyerMessage, Question, Review
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.records import quick
from connectors.mercadolibre import status
from connectors.mercadolibre import voice_payloads as shapes
from connectors.mercadolibre.values import KEY, decode, ident, malformed, moment, number_id

FEEDBACK = "feedback:"
# See chalicelib/toolkit/records.py.
new_review, new_question, new_message, new_buyer = quick(Review), quick(Question), quick(BuyerMessage), quick(Buyer)
_PACK = re.compile(r"/packs/([0-9]{1,20})/", re.ASCII)


def questions(payload: bytes, ref: Ref) -> tuple[Question, ...]:
    """One question. Permanent with the path on one without an id."""
    told = decode(shapes.QuestionShape, payload, ref.delivery_id)
    question_id = ident(told.id)
    if question_id is None:
        raise malformed("a question without an id", "$.id", ref.delivery_id)
    asked = moment(told.date_created, "$.date_created", ref.delivery_id)
    answer = _answer(told.answer, ref)
    asker = ident(told.asker.id) if told.asker else None
    found = new_question(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        question_id=question_id,
        product_id=ident(told.item_id),
        text=told.text or None,
        status=status.QUESTION_STATUS.get(told.status or "", "unknown"),
        platform_status=told.status,
        buyer=new_buyer(id=asker) if asker else NOBODY,
        created_at=asked,
        updated_at=_later(asked, answer.at if answer else None),
        reply=answer,
    )
    return (found,)


def _answer(told: shapes.AnswerShape | None, ref: Ref) -> Answer | None:
    """What can be read of an answer: a banned one has no text."""
    at = moment(told.date_created, "$.answer.date_created", ref.delivery_id) if told else None
    return Answer(told.text, at) if told and told.text else None


def reviews(payload: bytes, ref: Ref) -> tuple[Review, ...]:
    """Product reviews, or the buyer's feedback on a sale. Skippable where there is none yet."""
    told = decode(shapes.Told, payload, ref.delivery_id)
    if told.reviews is not None:
        found = [_review(each, told, ref, f"$.reviews[{index}]") for index, each in enumerate(told.reviews)]
    elif told.purchase is not None:
        found = [_feedback(told.purchase, told, ref)]
    elif bytes(told.sale) in (b"", b"null"):
        raise malformed("not a review", "$.reviews", ref.delivery_id)
    else:
        found = []
    if not found:
        raise Skippable("nothing-told", "no buyer has said anything yet", connector=KEY, delivery_id=ref.delivery_id)
    return tuple(found)


def _review(told: shapes.ReviewShape, within: shapes.Told, ref: Ref, path: str) -> Review:
    """A product review: it names neither its writer nor the order."""
    review_id = ident(told.id)
    if review_id is None:
        raise malformed("a review without an id", f"{path}.id", ref.delivery_id)
    if told.rate is not None and not 0 <= told.rate <= 5:
        raise malformed("a rating out of range", f"{path}.rate", ref.delivery_id)
    gone = told.status in status.WITHDRAWN
    at = moment(told.date_created, f"{path}.date_created", ref.delivery_id)
    about = told.reviewable_object
    return new_review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=None,
        product_id=(ident(about.id) if about else None) or ident(within.item_id),
        sku=None,
        rating=told.rate or None,
        text=None if gone else "\n".join([part for part in (told.title, told.content) if part]) or None,
        locale=None,
        created_at=at,
        updated_at=at,
        deleted=gone,
    )


def _feedback(told: shapes.FeedbackShape, within: shapes.Told, ref: Ref) -> Review:
    """The buyer's feedback on a sale: named apart from product reviews, since it alone can be answered."""
    number = number_id(told.id)
    if number is None:
        raise malformed("feedback without an id", "$.purchase.id", ref.delivery_id)
    giver = told.giver
    at = moment(told.date_created, "$.purchase.date_created", ref.delivery_id)
    return new_review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=f"{FEEDBACK}{number}",
        order_id=ident(within.order_id) or ident(told.order_id),
        product_id=ident(told.item.id) if told.item else None,
        sku=None,
        rating=status.FEEDBACK_RATING.get((told.rating or "").lower()),
        text=told.message or None,
        locale=None,
        buyer=new_buyer(id=ident(giver.id), nickname=giver.nickname or None) if giver and ident(giver.id) else NOBODY,
        created_at=at,
        updated_at=_later(at, moment(told.modified, "$.purchase.modified", ref.delivery_id)),
        reply=Answer(told.reply, None) if told.reply else None,
    )


def messages(payload: bytes, ref: Ref) -> tuple[BuyerMessage, ...]:
    """The messages of a conversation that are about sales of the account's own."""
    told = decode(shapes.Conversation, payload, ref.delivery_id)
    if told.messages is None:
        raise malformed("not a conversation", "$.messages", ref.delivery_id)
    found = tuple(_messages(told, told.messages, ref))
    if not found:
        raise Skippable("nothing-told", "no message of a sale of this account", connector=KEY, delivery_id=ref.delivery_id)
    return found


def _messages(told: shapes.Conversation, each: list[shapes.MessageShape], ref: Ref) -> Iterator[BuyerMessage]:
    ours = ref.account.options.get("user_id")
    path = _PACK.search(f"{told.conversation_status.path}/") if told.conversation_status else None
    pack = number_id(told.pack_id) or (path[1] if path else None)
    for index, message in enumerate(each):
        about = {one.name: ident(one.id) for one in message.message_resources or ()}
        if not ours or about.get("sellers") in (None, ours):
            yield _message(message, ours or about.get("sellers"), pack or about.get("packs"), about.get("orders"), ref, index)


def _message(  # noqa: PLR0917
    told: shapes.MessageShape, ours: str | None, pack: str | None, order: str | None, ref: Ref, index: int
) -> BuyerMessage:
    path = f"$.messages[{index}]"
    message_id = ident(told.id)
    writer, reader = (ident(side.user_id) if side else None for side in (told.sender, told.receiver))
    sender = "unknown" if ours is None else "shop" if writer == ours else "buyer" if reader == ours else "unknown"
    other = {"shop": reader, "buyer": writer}.get(sender)
    thread = pack or (f"user:{other or writer}" if other or writer else None)
    if message_id is None or thread is None:
        raise malformed("a message without an id or a conversation", f"{path}.id", ref.delivery_id)
    buyer = None if other in agents(ref.account.options.get("messaging_agents")) else other
    written = told.text.plain if isinstance(told.text, shapes.PlainText) else told.text
    created = told.message_date.created if told.message_date else None
    return new_message(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=message_id,
        thread_id=thread,
        order_id=order,
        sender=sender,
        text=written or None,
        buyer=new_buyer(id=buyer) if buyer else NOBODY,
        created_at=moment(created, f"{path}.message_date.created", ref.delivery_id),
    )


def agents(option: str | None) -> frozenset[str]:
    """The users that stand between sellers and buyers, so that no two buyers are taken for one."""
    return status.AGENTS | frozenset(part.strip() for part in (option or "").split(",") if part.strip())


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def known_pack(target: str) -> str:
    """The conversation that a thread's id names; Permanent for one that names only a person."""
    pack = number_id(target)
    if pack is None:
        raise Permanent("target-unknown", "not a conversation of this platform", connector=KEY)
    return pack
