"""eBay's conversations between members: what was written, and writing into one, or to an order's buyer about its listing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.contract import Api, Ref, Sent, Target
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import BuyerMessage
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.texts import text
from connectors.ebay import payloads as shapes
from connectors.ebay.api import FULFILMENT, get, speak
from connectors.ebay.values import KEY, READ, ident

PATH = "/commerce/message/v1"
MEMBERS = ("conversation_type", "FROM_MEMBERS")
SIZE = 25
MAX_PAGES = 40
LATE = timedelta(days=7)  # how long before its notice a message may lie that was not told yet


class _Answer(msgspec.Struct, gc=False, rename="camel"):
    messages: list[msgspec.Raw] | None = None
    total: int | None = None


class _Written(msgspec.Struct, gc=False, rename="camel"):
    created_date: datetime | None = None


class _Said(msgspec.Struct, gc=False, rename="camel"):
    message_id: str | None = None


def conversation(conversation_id: str, told_at: datetime | None, api: Api) -> bytes:
    """`{"conversationId", "messages"}`, back to a week before the notice (all where it has no time). Bounded; truncated raises."""
    kept: list[msgspec.Raw] = []

    def fetch(at: str | None) -> tuple[None, str | None]:
        query = (MEMBERS, ("limit", str(SIZE)), ("offset", at or "0"))
        page = READ.decode(_Answer, get(api, f"{PATH}/conversation/{conversation_id}", query), None)
        rows = page.messages or []
        kept.extend(rows)
        if not rows and page.total is not None and page.total > len(kept):
            raise Permanent("pull-truncated", "a page of messages is empty before its end", connector=KEY, path="$.messages")
        ended = len(kept) >= page.total if page.total is not None else len(rows) < SIZE
        return None, None if ended or _reaches(kept, told_at) else str(len(kept))

    for _ in paged(fetch, None, connector=KEY, limit=MAX_PAGES):
        pass
    return msgspec.json.encode({"conversationId": conversation_id, "messages": kept})


def _reaches(kept: Sequence[msgspec.Raw], told_at: datetime | None) -> bool:
    """Whether what was read goes from the notice's time to long before it. A conversation told the oldest first never does."""
    first, last = (READ.decode(_Written, bytes(raw), None).created_date for raw in (kept[0], kept[-1]))
    return bool(told_at and first and last and last < told_at - LATE <= first)


def to_messages(payload: bytes, ref: Ref) -> tuple[BuyerMessage, ...]:
    """The messages of a conversation. Who is the shop shows by the option `username`; without it the sender is unknown."""
    told = READ.decode(shapes.Conversation, payload, ref.delivery_id)
    return tuple([_message(each, told.conversation_id, ref) for each in told.messages or ()])


def _message(told: shapes.MessageShape, thread: str, ref: Ref) -> BuyerMessage:
    shop, sender = ref.account.options.get("username"), text(told.sender_username)
    ours = shop is not None and sender == shop
    who = "unknown" if shop is None or sender is None else "shop" if ours else "buyer"
    other = text(told.recipient_username) if ours else sender
    return BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=told.message_id,
        thread_id=thread,
        order_id=None,
        sender=who,
        text=text(told.message_body),
        media=tuple([each.media_url for each in told.message_media or () if each.media_url]),
        buyer=Buyer(id=other, nickname=other),
        created_at=utc(told.created_date),
    )


def send(target: Target, words: str, api: Api) -> Sent:
    """Write once: into a conversation (`thread`), or to an order's buyer about the listing that was bought (`order`)."""
    where = ident(target.id)
    if where is None or target.kind not in ("thread", "order"):
        raise Permanent("target-unknown", "a message goes into a conversation or to an order's buyer", connector=KEY)
    body = {"conversationId": where} if target.kind == "thread" else _about_order(where, api)
    answer = speak(api, f"{PATH}/send_message", {**body, "messageText": words})
    try:
        return Sent(READ.decode(_Said, answer, None).message_id)
    except Permanent:
        return Sent(None)  # it was said; only its id is not told


def _about_order(order_id: str, api: Api) -> dict[str, object]:
    body = READ.decode(shapes.OrderShape, get(api, f"/sell/fulfillment/v1/order/{order_id}", rate=FULFILMENT), None)
    buyer = text(body.buyer.username) if body.buyer else None
    listing = body.line_items[0].legacy_item_id if body.line_items else None
    if buyer is None or listing is None:
        raise Permanent("target-unknown", "the order names no buyer or no listing", connector=KEY)
    return {"otherPartyUsername": buyer, "reference": {"referenceType": "LISTING", "referenceId": listing}}
