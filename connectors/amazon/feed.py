"""Amazon's notifications, from its queue or through EventBridge: envelopes in PascalCase and camelCase.

They are believed as far as IAM goes: only Amazon may write to the queue, and only Amazon's event source feeds the bus. All
that is taken from them is which order to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.contract import Account, Event
from chalicelib.errors import Permanent
from chalicelib.toolkit.clocks import utc
from chalicelib.toolkit.decode import decoder, read
from chalicelib.toolkit.loose import told
from connectors.amazon import status
from connectors.amazon.payloads import ABSENT, Time
from connectors.amazon.values import KEY, READ, ident

SOURCE = "aws.partner/sellingpartnerapi.amazon.com/"


class Metadata(msgspec.Struct, gc=False):
    """Ids of a notification, in either spelling."""

    pascal_id: str | None = msgspec.field(name="NotificationId", default=None)
    camel_id: str | None = msgspec.field(name="notificationId", default=None)
    pascal_app: str | None = msgspec.field(name="ApplicationId", default=None)
    camel_app: str | None = msgspec.field(name="applicationId", default=None)


class Envelope(msgspec.Struct, gc=False):
    """A notification in either spelling, or EventBridge's event around one."""

    pascal_type: str | None = msgspec.field(name="NotificationType", default=None)
    camel_type: str | None = msgspec.field(name="notificationType", default=None)
    pascal_time: Time | None = msgspec.field(name="EventTime", default=None)
    camel_time: Time | None = msgspec.field(name="eventTime", default=None)
    pascal_payload: msgspec.Raw = msgspec.field(name="Payload", default=ABSENT)
    camel_payload: msgspec.Raw = msgspec.field(name="payload", default=ABSENT)
    pascal_meta: Metadata | None = msgspec.field(name="NotificationMetadata", default=None)
    camel_meta: Metadata | None = msgspec.field(name="notificationMetadata", default=None)
    source: str | None = None
    detail: msgspec.Raw = ABSENT


class Related(msgspec.Struct, gc=False):
    """What a transaction belongs to."""

    name: str | None = msgspec.field(name="RelatedIdentifierName", default=None)
    value: str | None = msgspec.field(name="RelatedIdentifierValue", default=None)


class Partner(msgspec.Struct, gc=False):
    """The seller, as TRANSACTION_UPDATE names it."""

    pascal: str | None = msgspec.field(name="SellingPartnerId", default=None)
    camel: str | None = msgspec.field(name="sellingPartnerId", default=None)


class Trigger(msgspec.Struct, gc=False):
    """When an order changed."""

    at: Time | None = msgspec.field(name="TimeOfOrderChange", default=None)


class Notice(msgspec.Struct, gc=False):
    """The inside of a notification, as far as it names seller and order."""

    pascal_seller: str | None = msgspec.field(name="SellerId", default=None)
    camel_seller: str | None = msgspec.field(name="sellerId", default=None)
    pascal_partner: Partner | None = msgspec.field(name="SellingPartnerMetadata", default=None)
    camel_partner: Partner | None = msgspec.field(name="sellingPartnerMetadata", default=None)
    pascal_order: str | None = msgspec.field(name="AmazonOrderId", default=None)
    camel_order: str | None = msgspec.field(name="amazonOrderId", default=None)
    related: list[Related] | None = msgspec.field(name="RelatedIdentifiers", default=None)
    trigger: Trigger | None = msgspec.field(name="OrderChangeTrigger", default=None)

    def seller(self) -> str | None:
        """The seller's id."""
        partner = self.pascal_partner or self.camel_partner
        return self.pascal_seller or self.camel_seller or (partner and (partner.pascal or partner.camel)) or None

    def order(self) -> str | None:
        """The order's id."""
        related = next((each.value for each in self.related or () if each.name in ("OrderId", "ORDER_ID")), None)
        return self.pascal_order or self.camel_order or related


class Record(msgspec.Struct, gc=False):
    """A notification, whatever its spelling."""

    topic: str
    at: datetime | None
    notification_id: str | None
    application: str | None
    notice: Notice


def record(body: bytes, delivery_id: str | None) -> Record:
    """Read a record. Permanent with the path on what is no notification of Amazon."""
    top = READ.decode(Envelope, body, delivery_id)
    path = "$"
    if told(top.detail):
        if not (top.source or "").startswith(SOURCE):
            raise READ.malformed("an event of another source", "$.source", delivery_id)
        top, path = READ.decode(Envelope, bytes(top.detail), delivery_id, "$.detail"), "$.detail"
    topic = top.pascal_type or top.camel_type
    pascal = told(top.pascal_payload)
    if not topic or not (pascal or told(top.camel_payload)):
        raise READ.malformed("no notification", f"{path}.NotificationType", delivery_id)
    meta = top.pascal_meta or top.camel_meta or Metadata()
    notice = _notice(bytes(top.pascal_payload if pascal else top.camel_payload), f"{path}.Payload", delivery_id)
    return Record(
        topic,
        utc((notice.trigger.at if notice.trigger else None) or top.pascal_time or top.camel_time),
        meta.pascal_id or meta.camel_id,
        meta.pascal_app or meta.camel_app,
        notice,
    )


def _notice(payload: bytes, path: str, delivery_id: str | None) -> Notice:
    """Most kinds wrap their inside once more, under a name of their own; some do not."""
    parts = READ.decode(dict[str, msgspec.Raw], payload, delivery_id, path)
    for name, raw in parts.items():
        if name.lower().endswith("notification"):
            return READ.decode(Notice, bytes(raw), delivery_id, f"{path}.Notification")
    try:
        return read(decoder(Notice), payload, connector=KEY, delivery_id=delivery_id)
    except Permanent as error:
        error.path = path + (error.path or "$")[1:]
        raise


def address(body: bytes) -> Mapping[str, str]:
    """Whose record it is: `{"seller_id": ...}`. Permanent on a record that names no seller."""
    seller = ident(record(body, None).notice.seller())
    if seller is None:
        raise Permanent("seller-unknown", "the record names no seller", connector=KEY, path="$.Payload")
    return {"seller_id": seller}


def to_event(body: bytes, account: Account, delivery_id: str) -> Event:
    """The event of a record; orders are thin. Permanent when it is another application's or seller's."""
    found = record(body, delivery_id)
    ours, seller = account.options.get("application_id"), account.options.get("seller_id")
    if ours and found.application and found.application != ours:
        raise Permanent("application-mismatch", "the record is another application's", connector=KEY, path="$.NotificationMetadata")
    told_seller = found.notice.seller()
    if seller and told_seller and told_seller != seller:
        raise Permanent("seller-mismatch", "the record is another seller's", connector=KEY, path="$.Payload")
    kind = status.TOPICS.get(found.topic, "other")
    resource = ident(found.notice.order())
    if kind == "order" and resource is None:
        kind = "other"  # a transaction without an order: a fee, a transfer
    return Event(
        delivery_id=found.notification_id or delivery_id,
        topic=found.topic,
        kind=kind,
        resource_id=resource,
        occurred_at=found.at,
        thin=kind == "order",
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )
