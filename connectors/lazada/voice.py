"""What people say on Lazada: reviews and chat messages, and what the shop says back."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.contract import Api, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Answer, BuyerMessage, Review, SayLimits
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.iop import THROTTLED
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text, told, yes
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from connectors.lazada import status
from connectors.lazada.api import Params, call
from connectors.lazada.payloads import Message, MessageContent, Said, SaidMessage
from connectors.lazada.payloads import Review as Told
from connectors.lazada.push import parse
from connectors.lazada.values import KEY, READ

REPLIES = {"review": SayLimits(longest=500, once=True)}  # [docs /review/seller/reply/add]
MESSAGES = SayLimits(longest=None, window=timedelta(days=7))  # [docs, guide of the IM API]
TEXT_TEMPLATE = "1"


def to_review(told_review: Told, ref: Ref, path: str) -> Review:
    """An element of `review_list`. It tells neither buyer, locale, when it was answered, nor which review a follow-up adds to."""
    review_id = ident(told_review.id)
    if review_id is None:
        raise READ.malformed("a review without an id", f"{path}.id", ref.delivery_id)
    try:
        created_at = epoch(told_review.submit_time, "submit_time") or epoch(told_review.create_time, "create_time")
        rating = _rating(told_review)
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    videos = [video.video_url for video in told_review.review_videos or () if video.video_url]
    reply = text(told_review.seller_reply)
    return Review(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        review_id=review_id,
        order_id=ident(told_review.order_id),
        product_id=ident(told_review.product_id),
        sku=None,
        rating=rating,
        text=text(told_review.review_content),
        locale=None,
        media=(*(told_review.review_images or ()), *videos),
        created_at=created_at,
        updated_at=None,
        reply=Answer(reply, None) if reply else None,
    )


def _rating(told_review: Told) -> int | None:
    stars = told_review.ratings
    if stars is None:
        return None
    found = number(stars.product_rating, "ratings.product_rating") or number(stars.overall_rating, "ratings.overall_rating")
    if found and not 1 <= found <= 5:
        raise Odd("stars out of range", "ratings")
    return found or None


def to_message(body: bytes, ref: Ref) -> BuyerMessage:
    """The message of an IM push. A recalled one has no text."""
    push, _ = parse(body, ref.delivery_id)
    if push.message_type != status.MESSAGE or not told(push.data):
        raise READ.malformed("not a message", "$.message_type", ref.delivery_id)
    message = READ.decode(Message, bytes(push.data), ref.delivery_id, "$.data")
    if not message.message_id or not message.session_id:
        raise READ.malformed("a message without ids", "$.data.message_id", ref.delivery_id)
    try:
        at = epoch(message.send_time, "send_time")
        kind, state = number(message.from_account_type, "from_account_type"), number(message.status, "status")
        system = number(message.type, "type") == status.SYSTEM_SENT
    except Odd as odd:
        raise READ.of(odd, "$.data", ref.delivery_id) from None
    sender = "platform" if system else status.SENDER.get(kind or 0, "unknown")
    content = _content(message.content) if state != status.RECALLED else MessageContent()
    buyer = {"buyer": message.from_account_id, "shop": message.to_account_id}.get(sender)
    picture = content.imgUrl or content.img_url
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=message.message_id,
        thread_id=message.session_id,
        order_id=None,
        sender=sender,
        text=text(content.txt),
        media=(picture,) if picture else (),
        buyer=Buyer(id=ident(buyer)),
        created_at=at,
    )


def _content(value: str | None) -> MessageContent:
    """Cards other than text and picture have shapes of their own: they are shown without text."""
    try:
        return READ.decode(MessageContent, (value or "{}").encode("utf-8", "surrogatepass"), None)
    except Permanent:
        return MessageContent()


def reply(target: Target, words: str, api: Api) -> Sent:
    """Answer a review, once. Permanent when it cannot be answered (any more), "outcome-unknown" when nobody can tell."""
    review_id = digits(target.id)
    if target.kind != "review" or review_id is None:
        raise Permanent("target-refused", "only a review can be answered", connector=KEY)
    _say(api, "/review/seller/reply/add", [("id", review_id), ("content", words)], "GET")
    return Sent(None)


def send_message(target: Target, words: str, api: Api) -> Sent:
    """Send a chat message to the buyer of an order, or into a thread."""
    session = target.id
    if target.kind == "order":
        order_id = digits(target.id)
        if order_id is None:
            raise Permanent("target-refused", "not an order of this platform", connector=KEY)
        session = _session(READ.decode(Said, call(api, "/im/session/open", [("order_id", order_id)], method="POST"), None))
    elif target.kind != "thread":
        raise Permanent("target-refused", "only the buyer of an order or a thread can be written to", connector=KEY)
    said = _say(api, "/im/message/send", [("session_id", session), ("template_id", TEXT_TEMPLATE), ("txt", words)], "POST")
    return Sent(_inner(said).message_id)


def _say(api: Api, path: str, params: Params, method: str) -> Said:
    with said_once(api, KEY) as once:
        body = call(once, path, params, method=method)
        try:
            said = READ.decode(Said, body, None)
        except Permanent:
            raise Retriable("answer-malformed", f"{path} does not answer as documented", connector=KEY) from None
    refused = _refusal(path, said)
    if refused is not None:
        raise refused
    return said


def _session(said: Said) -> str:
    refused = _refusal("/im/session/open", said)
    session = said.session_id or _inner(said).session_id
    if refused is not None or not session:
        raise refused or Permanent("platform-refused", "/im/session/open answers no session", connector=KEY)
    return session


def _inner(said: Said) -> SaidMessage:
    return READ.decode(SaidMessage, bytes(said.data), None, "$.data") if bytes(said.data)[:1] == b"{" else SaidMessage()


def _refusal(path: str, said: Said) -> HuitouError | None:
    """What the call says of itself inside HTTP 200. Neither code nor success: it is taken at its word of code 0."""
    code, word = text(said.error_code) or text(said.err_code), said.error_msg or said.err_message or ""
    failed = said.success is not None and not yes(said.success)
    if not failed and code in (None, "0"):
        return None
    if not failed and yes(said.success):
        return None
    reason = word if word.isupper() and word.replace("_", "").isalpha() and word.isascii() and len(word) < 60 else ""
    detail = f"{path} answers {code or 'failure'} {reason}".strip()[:200]
    if code in THROTTLED or reason in THROTTLED:
        return Retriable("platform-throttled", detail, connector=KEY)
    if reason in ("NULL_SELLERID",):
        return ConfigError("permission-missing", detail, connector=KEY)
    return Permanent(reason.lower().replace("_", "-") or "platform-refused", detail, connector=KEY)
