"""Chat of TikTok Shop. The platform grants its customer service scope to few: nothing is sent until the account says so."""

from __future__ import annotations

import msgspec

from chalicelib.contract import Api, Ref, Sent, Target
from chalicelib.domain.voice import BuyerMessage, SayLimits
from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.loose import Odd, epoch, ident, text, told
from chalicelib.toolkit.saying import said_once
from chalicelib.toolkit.texts import digits
from connectors.tiktokshop import status
from connectors.tiktokshop.api import call
from connectors.tiktokshop.hydrate import orders_of
from connectors.tiktokshop.payloads import Message, MessageContent, Order, Said
from connectors.tiktokshop.push import parse
from connectors.tiktokshop.values import KEY, READ

LIMITS = SayLimits(longest=None)  # no limit is documented where we could read
OPTION = "customer_service"
CONVERSATIONS = "/customer_service/202309/conversations"


def to_message(body: bytes, ref: Ref) -> BuyerMessage:
    """The message of a chat push. The id of who wrote it is another than that of orders, so it names no buyer."""
    push, _ = parse(body, ref.delivery_id)
    if push.type != status.MESSAGE or not told(push.data):
        raise READ.malformed("not a message", "$.type", ref.delivery_id)
    message = READ.decode(Message, bytes(push.data), ref.delivery_id, "$.data")
    message_id, thread_id = ident(message.message_id), ident(message.conversation_id)
    if message_id is None or thread_id is None:
        raise READ.malformed("a message without ids", "$.data.message_id", ref.delivery_id)
    try:
        at = epoch(message.create_time, "create_time")
    except Odd as odd:
        raise READ.of(odd, "$.data", ref.delivery_id) from None
    content = _content(message.content)
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=message_id,
        thread_id=thread_id,
        order_id=None,
        sender=status.SENDER.get(message.sender.role or "" if message.sender else "", "unknown"),
        text=text(content.content),
        media=(content.url,) if content.url else (),
        created_at=at,
    )


def _content(value: str | None) -> MessageContent:
    """Cards have shapes of their own: they are shown without text."""
    try:
        return READ.decode(MessageContent, (value or "{}").encode("utf-8", "surrogatepass"), None)
    except Permanent:
        return MessageContent()


def send_message(target: Target, words: str, api: Api) -> Sent:
    """Write to the buyer of an order, or into a conversation. ConfigError until the option `customer_service` is "true"."""
    if api.account.options.get(OPTION) != "true":
        raise ConfigError("scope-not-granted", f"the option {OPTION} is not switched on for this account", connector=KEY)
    conversation = digits(target.id) if target.kind == "thread" else _opened(target, api)
    if conversation is None:
        raise Permanent("target-refused", "only the buyer of an order or a thread can be written to", connector=KEY)
    content = msgspec.json.encode({"content": words}).decode()
    with said_once(api, KEY) as once:
        data = call(once, "POST", f"{CONVERSATIONS}/{conversation}/messages", (), {"type": "TEXT", "content": content})
    return Sent(ident(READ.decode(Said, bytes(data), None, "$.data").message_id))


def _opened(target: Target, api: Api) -> str | None:
    """The conversation with the buyer of an order."""
    order_id = digits(target.id) if target.kind == "order" else None
    if order_id is None:
        return None
    raw = orders_of([order_id], api).get(order_id)
    buyer = ident(READ.decode(Order, bytes(raw), None, "$.data.orders[0]").user_id) if raw is not None else None
    if buyer is None:
        raise Permanent("target-refused", "the platform names no buyer of this order", connector=KEY)
    data = call(api, "POST", CONVERSATIONS, (), {"buyer_user_id": buyer})
    conversation = digits(READ.decode(Said, bytes(data), None, "$.data").conversation_id)
    if conversation is None:
        raise Permanent("platform-refused", f"{CONVERSATIONS} answers no conversation", connector=KEY)
    return conversation
