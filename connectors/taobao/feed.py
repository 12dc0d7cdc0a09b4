"""TMC, Taobao's messages: asked for by REST in the application's name, kept by the platform until they are confirmed.

They are not signed: our own signed call over TLS to a fixed host is what they are trusted for, and nothing but ids is taken
from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from chalicelib.contract import Account, Api, Event, EventKind, FeedRecord
from chalicelib.errors import Permanent, Retriable
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Id, Odd, ident, text, yes
from connectors.taobao import status
from connectors.taobao.api import Params, answer
from connectors.taobao.payloads import Content, Message, MessageHead, RawList
from connectors.taobao.values import KEY, READ

QUANTITY = 200  # messages a batch, the most that both calls take [docs]
MAX_BATCHES = 500


def poll(api: Api) -> Iterator[tuple[FeedRecord, ...]]:
    """Batches until none is left. A batch without a message that is new ends it too: what nobody confirms comes again.

    A message without an id cannot be confirmed: Permanent, after all the others were given.
    """
    seen: set[str] = set()
    nameless = False
    params = [*_group(api), ("quantity", str(QUANTITY))]
    for _ in range(MAX_BATCHES):
        told = answer(api, "taobao.tmc.messages.consume", params, session=False).messages
        rows = (told.tmc_message if isinstance(told, RawList) else told) or []
        named = [(receipt, raw) for raw in rows if (receipt := _receipt(raw))]
        nameless = nameless or len(named) < len(rows)
        fresh = tuple([FeedRecord(receipt, bytes(raw).decode()) for receipt, raw in named if receipt not in seen])
        if not fresh:
            break
        yield fresh
        seen.update([record.receipt for record in fresh])
    if nameless:
        raise READ.malformed("a message without an id", "$.messages", None)


def confirm(records: Sequence[FeedRecord], api: Api) -> None:
    """Confirm messages that are durable here. Retriable when the platform does not say that it took them."""
    for start in range(0, len(records), QUANTITY):
        ids = ",".join([record.receipt for record in records[start : start + QUANTITY]])
        said = answer(api, "taobao.tmc.messages.confirm", [*_group(api), ("s_message_ids", ids)], session=False)
        if not yes(said.is_success):
            raise Retriable("confirmation-refused", "messages were not confirmed", connector=KEY)


def _group(api: Api) -> Params:
    group = api.account.options.get("tmc_group", "")
    return [("group_name", group)] if group else []


def _receipt(raw: msgspec.Raw) -> str | None:
    """Its id alone: the rest is read by whom it is for, so that one odd message does not hold up the others."""
    try:
        return ident(READ.decode(MessageHead, bytes(raw), None).id)
    except Permanent:
        return None


def address(body: bytes) -> Mapping[str, str]:
    """Whose message it is: `{"user_id": ...}`, or `{"user_nick": ...}` where it names no id. Permanent on neither."""
    message = READ.decode(Message, body, None)
    user_id, nick = ident(message.user_id), text(message.user_nick)
    if user_id:
        return {"user_id": user_id}
    if nick:
        return {"user_nick": nick}
    raise Permanent("seller-unknown", "the message names no seller", connector=KEY, path="$.user_id")


def to_event(body: bytes, account: Account, delivery_id: str) -> Event:
    """The event of a message; orders, refunds and ratings are thin. Permanent when it is another seller's."""
    message = READ.decode(Message, body, delivery_id)
    topic = message.topic
    if not topic:
        raise READ.malformed("a message without a topic", "$.topic", delivery_id)
    ours, seller = account.options.get("user_id"), ident(message.user_id)
    if ours and seller and ours != seller:
        raise Permanent(
            "seller-mismatch", "the message is another seller's", connector=KEY, path="$.user_id", delivery_id=delivery_id
        )
    kind: EventKind = next((kind for prefix, kind in status.PREFIXES if topic.startswith(prefix)), "other")
    thin = kind in ("order", "refund", "review")
    content = content_of(message, delivery_id) if thin else Content()
    resource = _resource(kind, topic, content)
    if thin and resource is None:
        raise READ.malformed("a message without the id of what changed", "$.content", delivery_id)
    try:
        at = moment(content.modified, "content.modified") or moment(message.pub_time, "pub_time")
    except Odd as odd:
        raise READ.of(odd, "$", delivery_id) from None
    return Event(
        delivery_id=ident(message.id) or delivery_id,
        topic=topic,
        kind=kind,
        resource_id=resource,
        occurred_at=at,
        thin=thin,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )


def content_of(message: Message, delivery_id: str | None) -> Content:
    """The JSON inside the message."""
    return READ.decode(Content, (message.content or "").encode("utf-8", "surrogatepass"), delivery_id, "$.content")


def _resource(kind: EventKind, topic: str, content: Content) -> str | None:
    told: Id = content.tid
    if topic.startswith(status.IDLE):
        told = content.biz_order_id or content.order_id
    elif kind == "refund":
        told = content.refund_id
    elif kind == "review":
        told = content.oid
    elif kind != "order":
        told = None
    return ident(told)
