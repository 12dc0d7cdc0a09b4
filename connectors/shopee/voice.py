"""Comments, chat messages and days of ads to canonical objects; and what a shop may say back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from chalicelib.contract import Api, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import NOBODY, Answer, BuyerMessage, Review
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.clocks import from_iso
from chalicelib.toolkit.floats import money_in_floats
from chalicelib.toolkit.loose import Odd, epoch, ident, shown, told
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from connectors.shopee.api import call
from connectors.shopee.payloads import (
    ChatData,
    ChatMessage,
    ChatText,
    Comment,
    OrderBody,
    Push,
    Response,
    Results,
    SentMessage,
    SpendBody,
)
from connectors.shopee.values import KEY, READ, region_of, serial

ATTRIBUTION = "any item of the shop, 7 days after a click"


def to_review(comment: Comment, ref: Ref, path: str) -> Review:
    """One comment. A hidden one is withdrawn."""
    review_id = ident(comment.comment_id)
    if review_id is None:
        raise READ.malformed("a comment without an id", f"{path}.comment_id", ref.delivery_id)
    if comment.rating_star is not None and not 0 <= comment.rating_star <= 5:
        raise READ.malformed("a rating out of range", f"{path}.rating_star", ref.delivery_id)
    masked: list[str] = []
    name = shown("nickname", comment.buyer_username, masked)
    said = comment.comment_reply or comment.cmt_reply
    media = comment.media
    try:
        at = epoch(comment.create_time, "create_time")
        reply = Answer(said.reply, epoch(said.create_time, "comment_reply.create_time")) if said and said.reply else None
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=comment.order_sn or None,
        product_id=ident(comment.item_id),
        sku=str(comment.model_id_list[0]) if comment.model_id_list and comment.model_id_list[0] else None,
        rating=comment.rating_star or None,
        text=None if comment.hidden else comment.comment or None,
        locale=None,
        media=(*(media.image_url_list or ()), *(media.video_url_list or ())) if media else (),
        buyer=Buyer(nickname=name, masked=tuple(masked)) if name or masked else NOBODY,
        created_at=at,
        updated_at=max(at, reply.at) if at and reply and reply.at else at,
        reply=reply,
        deleted=bool(comment.hidden),
    )


def to_message(push: Push, ref: Ref) -> BuyerMessage:
    """A chat message. Who of the two is the buyer shows once the option `user_id` names the shop's own chat account."""
    data = READ.decode(ChatData, bytes(push.data), ref.delivery_id, "$.data")
    if data.type != "message" or data.content is None:
        raise Skippable("message-notice", "a notice of the chat, no message", connector=KEY, delivery_id=ref.delivery_id)
    content = data.content
    message_id = ident(content.message_id)
    if message_id is None:
        raise READ.malformed("a message without an id", "$.data.content.message_id", ref.delivery_id)
    sender, thread, buyer = _sides(content, ref)
    try:
        at = epoch(content.created_timestamp, "created_timestamp")
    except Odd as odd:
        raise READ.of(odd, "$.data.content", ref.delivery_id) from None
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=message_id,
        thread_id=thread,
        order_id=None,
        sender=sender,
        text=_words(content, ref),
        buyer=buyer,
        created_at=at,
    )


def _sides(content: ChatMessage, ref: Ref) -> tuple[str, str, Buyer]:
    """Sender, thread and buyer. A thread is named by its buyer, to whom an answer goes."""
    ours, writer, reader = digits(ref.account.options.get("user_id")), ident(content.from_id), ident(content.to_id)
    masked: list[str] = []
    if ours and writer == ours and reader:
        name = shown("nickname", content.to_user_name, masked)
        return "shop", reader, Buyer(reader, name, masked=tuple(masked))
    if ours and reader == ours and writer:
        name = shown("nickname", content.from_user_name, masked)
        return "buyer", writer, Buyer(writer, name, masked=tuple(masked))
    conversation = ident(content.conversation_id)
    if conversation is None:
        raise READ.malformed("a message of no conversation", "$.data.content.conversation_id", ref.delivery_id)
    return "unknown", f"conversation:{conversation}", NOBODY


def _words(content: ChatMessage, ref: Ref) -> str | None:
    if content.message_type != "text" or not told(content.content):
        return None
    return READ.decode(ChatText, bytes(content.content), ref.delivery_id, "$.data.content.content").text or None


def to_spend(row: SpendBody, reported_at: str | None, ref: Ref, path: str) -> SpendRow:
    """A day of all ads, in the market's currency and zone. `day` is written day-month-year."""
    region = region_of(ref.account)
    money = money_in_floats(region.currency)
    try:
        return SpendRow(
            merchant=ref.account.merchant,
            platform=KEY,
            account=ref.account.account,
            product="ads",
            campaign_id="all",
            campaign=None,
            day=day_of(row.date),
            zone=region.zone,
            currency=region.currency,
            impressions=row.impression,
            clicks=row.clicks,
            spend=money(row.expense, "expense"),
            orders=row.broad_order,
            revenue=money(row.broad_gmv, "broad_gmv"),
            attribution=ATTRIBUTION,
            reported_at=from_iso(reported_at) if reported_at else None,
        )
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    except ValueError:
        raise READ.malformed("expected a day", f"{path}.date", ref.delivery_id) from None


def day_of(text: str | None) -> date:
    """`17-03-2021`. ValueError otherwise."""
    parts = (text or "").split("-")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValueError("expected day-month-year")
    return date(int(parts[2]), int(parts[1]), int(parts[0]))


def reply(target: Target, text: str, api: Api) -> Sent:
    """Answer a comment, once."""
    comment = digits(target.id)
    if target.kind != "review" or comment is None:
        raise Permanent("target-malformed", "an answer goes to a comment, by its number", connector=KEY)
    body = {"comment_list": [{"comment_id": int(comment), "comment": text}]}
    with said_once(api, KEY) as once:
        answer = call(once, "product/reply_comment", body=body)
    results = READ.decode(Results, answer, None, "$.response").result_list
    if len(results) != 1:
        raise Permanent("outcome-unknown", "the answer names no result", connector=KEY, path="$.response.result_list")
    if results[0].fail_error:
        raise Permanent("platform-refused", "the comment cannot be answered (any more)", connector=KEY)
    return Sent(None)


def send_message(target: Target, text: str, api: Api) -> Sent:
    """Write to a buyer: by their own number, or the number of one of their orders."""
    buyer = digits(target.id) if target.kind == "thread" else _buyer_of(target, api)
    if buyer is None:
        raise Permanent("target-malformed", "a message goes to a buyer by number, or by an order that tells one", connector=KEY)
    body: dict[str, Any] = {"to_id": int(buyer), "message_type": "text", "content": {"text": text}}
    with said_once(api, KEY) as once:
        answer = call(once, "sellerchat/send_message", body=body)
    return Sent(ident(READ.decode(SentMessage, answer, None, "$.response").message_id))


def _buyer_of(target: Target, api: Api) -> str | None:
    number = serial(target.id) if target.kind == "order" else None
    if number is None:
        return None
    params = (("order_sn_list", number), ("response_optional_fields", "buyer_user_id"))
    orders = READ.decode(Response, call(api, "order/get_order_detail", params), None, "$.response").order_list or []
    found: list[OrderBody] = [each for each in orders if each.order_sn == number]
    return digits(found[0].buyer_user_id) if found else None


def stamp_of(at: datetime) -> str:
    """When a report was read, to the second."""
    return at.replace(microsecond=0).isoformat()
