"""From a hint to what was said: the question, the feedback, the message or its conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec

from chalicelib.contract import Api, Event
from chalicelib.errors import ConfigError, Permanent, Skippable
from connectors.mercadolibre import voice_payloads as shapes
from connectors.mercadolibre.api import MESSAGES, get
from connectors.mercadolibre.values import KEY, decode, ident, malformed, number_id

SIZE = 100  # messages a page
MAX_MESSAGES = 2_000
UNREAD = (("tag", "post_sale"), ("mark_as_read", "false"))  # reading for the record is no reading of the shop's


def hydrate(event: Event, resource: str, prefix: str, api: Api) -> Event:
    """The event with what the API tells of `resource`, a path of plain segments without the prefix of Global Selling."""
    parts = resource.strip("/").split("/")
    read = {"question": _question, "review": _feedback, "message": _message}[event.kind]
    resource_id, payload = read(parts, prefix, api, event.delivery_id)
    return replace(event, thin=False, resource_id=resource_id, payload=payload)


def _question(parts: list[str], prefix: str, api: Api, delivery_id: str) -> tuple[str, bytes]:
    number = number_id(parts[-1])
    if parts[:-1] != ["questions"] or number is None:
        raise malformed("the resource is no question", "$.resource", delivery_id)
    body = get(api, f"{prefix}/questions/{number}", (("api_version", "4"),))
    told = decode(shapes.QuestionShape, body, delivery_id)
    if number_id(told.id) != number:
        raise malformed("an answer about another question", "$.id", delivery_id)
    _require_ours(ident(told.seller_id), "the question was put to another seller", api, delivery_id)
    return number, body


def _feedback(parts: list[str], prefix: str, api: Api, delivery_id: str) -> tuple[str, bytes]:
    number = number_id(parts[1]) if len(parts) == 3 else None
    if number is None or (parts[0], parts[2]) != ("orders", "feedback"):
        raise malformed("the resource is no feedback on an order", "$.resource", delivery_id)
    told = decode(shapes.Feedbacks, get(api, f"{prefix}/orders/{number}/feedback"), delivery_id)
    if bytes(told.purchase) in (b"", b"null"):
        raise Skippable("nothing-told", "the buyer has given no feedback yet", connector=KEY, delivery_id=delivery_id)
    return number, msgspec.json.encode({"order_id": number, "purchase": told.purchase})


def _message(parts: list[str], prefix: str, api: Api, delivery_id: str) -> tuple[str, bytes]:
    """One message by its id, or the conversation of a pack: the platform names either."""
    trail = parts[1:] if parts[0] == "messages" else parts
    if trail[0] == "packs" and len(trail) in (2, 4):
        pack = number_id(trail[1])
        if pack is None or (len(trail) == 4 and trail[2] != "sellers"):
            raise malformed("the resource is no conversation", "$.resource", delivery_id)
        if len(trail) == 4:
            _require_ours(number_id(trail[3]), "the conversation is another seller's", api, delivery_id)
        return pack, conversation(pack, prefix, api)
    if len(trail) != 1:
        raise malformed("the resource is no message", "$.resource", delivery_id)
    return trail[0], get(api, f"{prefix}/messages/{trail[0]}", UNREAD, rate=MESSAGES)


def _require_ours(seller: str | None, why: str, api: Api, delivery_id: str) -> None:
    """An account that buys is told of its purchases too."""
    if seller is not None and seller != seller_of(api):
        raise Skippable("sale-of-another", why, connector=KEY, delivery_id=delivery_id)


def seller_of(api: Api) -> str:
    """The account's own id. ConfigError where it is not configured."""
    seller = number_id(api.account.options.get("user_id"))
    if seller is None:
        raise ConfigError("option-missing", "the option user_id (the seller's id) is not configured", connector=KEY)
    return seller


def conversation(pack: str, prefix: str, api: Api) -> bytes:
    """`{"pack_id", "conversation_status", "messages"}` of a pack, or of an order without one. Permanent past its bound."""
    where = f"{prefix}/messages/packs/{pack}" + ("" if prefix else f"/sellers/{seller_of(api)}")
    found: list[msgspec.Raw] = []
    document: dict[str, Any] = {"pack_id": pack}
    while True:
        page = (("limit", str(SIZE)), ("offset", str(len(found))))
        body = get(api, where, (*UNREAD, *page), rate=MESSAGES)
        told = decode(shapes.RawConversation, body, None)
        if not found:
            document |= decode(_Status, body, None).as_told()
        found += told.messages
        total = told.paging.total if told.paging else len(found)
        if len(found) >= total:
            return msgspec.json.encode({**document, "messages": found})
        if not told.messages or len(found) >= MAX_MESSAGES:
            raise Permanent("pull-truncated", "a conversation tells less than it counts", connector=KEY, path="$.paging")


class _Status(msgspec.Struct, gc=False):
    conversation_status: msgspec.Raw = msgspec.Raw(b"null")

    def as_told(self) -> dict[str, msgspec.Raw]:
        return {"conversation_status": self.conversation_status}
