"""Saying something on Mercado Libre: answers to questions, replies to feedback, messages about a sale."""

from __future__ import annotations

import re
from typing import Any

from chalicelib.contract import Api, HttpResponse, Sent, Target
from chalicelib.errors import HuitouError, Permanent, Retriable
from chalicelib.toolkit.saying import said_once
from connectors.mercadolibre import status
from connectors.mercadolibre import voice_payloads as shapes
from connectors.mercadolibre.api import MESSAGES, get, post
from connectors.mercadolibre.payloads import OrderShape
from connectors.mercadolibre.values import KEY, decode, ident, moment, number_id
from connectors.mercadolibre.voice import FEEDBACK, known_pack
from connectors.mercadolibre.voice_hydrate import conversation, seller_of

POST_SALE = (("tag", "post_sale"),)
_WORD = re.compile(r"[a-z][a-z_]{2,60}", re.ASCII)
_OK = frozenset({200, 201})


def reply(target: Target, text: str, api: Api) -> Sent:
    """Answer a question, or reply to a buyer's feedback. Product reviews cannot be answered on this platform."""
    head, _, rest = target.id.partition(":")
    number = number_id(rest if f"{head}:" == FEEDBACK else target.id)
    if target.kind == "question" and number:
        _say(api, "/answers", {"question_id": int(number), "text": text})
        return Sent(None)
    if target.kind == "review" and number and f"{head}:" == FEEDBACK:
        _say(api, f"/feedback/{number}/reply", {"reply": text})
        return Sent(None)
    raise Permanent("target-unknown", "only questions and feedback on sales can be answered", connector=KEY)


def send_message(target: Target, text: str, api: Api) -> Sent:
    """Write to the buyer of an order, or into its conversation.

    Where the buyer has not written yet, the platform wants a reason for it, and takes one message; the reason is "other".
    """
    pack, buyer = _where(target, api)
    told = decode(shapes.Conversation, conversation(pack, "", api), None)
    state = told.conversation_status or shapes.ConversationStatus()
    if state.status == "blocked" and state.substatus != status.STARTED_BY_SELLER:
        raise Permanent("conversation-blocked", f"the conversation is closed: {_slug(state.substatus) or 'no word'}", connector=KEY)
    counterpart = _counterpart(told, seller_of(api))
    if counterpart:
        return _direct(pack, counterpart, text, api)
    try:
        body = {"option_id": "OTHER", "text": text}
        return _sent(_say(api, f"/messages/action_guide/packs/{pack}/option", body, messages=True))
    except Permanent as error:
        if error.reason != status.REFUSALS[status.EXCEPTED_CASE] or buyer is None:
            raise
    return _direct(pack, buyer, text, api)


def _where(target: Target, api: Api) -> tuple[str, str | None]:
    """The conversation, which is named after the pack, or after an order without one; and the buyer, where that is told."""
    if target.kind == "thread":
        return known_pack(target.id), None
    number = number_id(target.id)
    if target.kind != "order" or number is None:
        raise Permanent("target-unknown", "a message goes into a conversation or to an order's buyer", connector=KEY)
    order = decode(OrderShape, get(api, f"/orders/{number}"), None)
    seller = number_id(order.seller.id) if order.seller else None
    if seller not in (None, seller_of(api)):
        raise Permanent("target-unknown", "the order is another seller's sale", connector=KEY)
    return number_id(order.pack_id) or number, number_id(order.buyer.id) if order.buyer else None


def _counterpart(told: shapes.Conversation, ours: str) -> str | None:
    """Who wrote to the shop last: the buyer, or the platform's user that stands between."""
    written = [
        (moment(each.message_date.created if each.message_date else None, "$.messages", None), number_id(each.sender.user_id))
        for each in told.messages or ()
        if each.sender and ident(each.sender.user_id) != ours
    ]
    known = sorted([(at, writer) for at, writer in written if at and writer])
    return known[-1][1] if known else next((writer for _, writer in written if writer), None)


def _direct(pack: str, to: str, text: str, api: Api) -> Sent:
    seller = seller_of(api)
    body = {"from": {"user_id": int(seller)}, "to": {"user_id": int(to)}, "text": text}
    return _sent(_say(api, f"/messages/packs/{pack}/sellers/{seller}", body, messages=True))


def _say(api: Api, path: str, body: dict[str, Any], *, messages: bool = False) -> HttpResponse:
    """Say it once; a refusal is Permanent with the platform's own word for it."""
    with said_once(api, KEY) as once:
        answer = post(once, path, body, POST_SALE if messages else (), rate=MESSAGES if messages else None)
    if answer.status not in _OK:
        raise _refusal(answer, path)
    return answer


def _refusal(answer: HttpResponse, path: str) -> HuitouError:
    try:
        told = decode(shapes.Refusal, answer.body, None)
    except Permanent:
        told = shapes.Refusal()
    word = _slug(told.cause if isinstance(told.cause, str) else None) or _slug(told.error)
    shown = f"{path.split('/')[1]} answers HTTP {answer.status}"
    if answer.status == 409:
        return Retriable("platform-throttled", f"{shown}: another message of this sale is under way", after=30, connector=KEY)
    if answer.status == 404:
        return Permanent("target-missing", shown, connector=KEY)
    # Of the platform's words only those that are known are a reason: a reason has consequences, and others would name it.
    return Permanent(status.REFUSALS.get(word or "", "platform-refused"), f"{shown}, {word or 'no word'}", connector=KEY)


def _slug(word: str | None) -> str | None:
    return word if word and _WORD.fullmatch(word) else None


def _sent(answer: HttpResponse) -> Sent:
    """The id of what was sent. One that moderation holds back never arrives, although it was accepted."""
    try:
        told = decode(shapes.MessageShape, answer.body, None)
    except Permanent:
        return Sent(None)  # it was said; only its id is not told
    moderation = told.message_moderation.status if told.message_moderation else None
    if told.status in status.MODERATED or moderation in status.MODERATED:
        raise Permanent("message-moderated", "the platform's moderation holds the message back", connector=KEY)
    return Sent(ident(told.id))
