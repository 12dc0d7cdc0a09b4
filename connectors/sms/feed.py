"""Records of AWS: delivery events of a configuration set, and answers of two-way numbers, through SNS into the feed's queue.

They are believed as far as IAM goes: only the topic may write to the queue.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from chalicelib.contract import Event, EventKind, Ref
from chalicelib.errors import Permanent
from chalicelib.toolkit.loose import Odd, epoch
from connectors.sms.payloads import Record
from connectors.sms.values import KEY, READ, stops

OPTION = "origination"


def unwrapped(body: bytes, delivery_id: str | None) -> Record:
    """A record, without the envelope that SNS puts around it."""
    record = READ.decode(Record, body, delivery_id)
    if record.Type == "Notification" and record.Message is not None:
        return READ.decode(Record, record.Message.encode("utf-8", "surrogatepass"), delivery_id, "$.Message")
    return record


def address(body: bytes) -> Mapping[str, str]:
    """The number of ours that it is about: the account has it as the option `origination`."""
    record = unwrapped(body, None)
    ours = record.originationPhoneNumber if record.eventType is not None else record.destinationNumber
    if not ours:
        raise Permanent("owner-missing", "the record names no number of ours", connector=KEY, path="$.originationPhoneNumber")
    return {OPTION: ours}


def to_event(body: bytes, ref: Ref) -> Event:
    """The one event of a record."""
    record = unwrapped(body, ref.delivery_id)
    kind: EventKind = "other"
    if record.eventType is not None:
        kind, topic, resource = "message", record.eventType, record.messageId
    else:
        topic, resource = "inbound", record.inboundMessageId
        kind = "buyer" if stops(record.messageBody) else "other"
    return Event(hashlib.sha256(body).hexdigest(), topic, kind, resource, _moment(record, ref), thin=False, payload=body)


def _moment(record: Record, ref: Ref) -> datetime | None:
    try:
        return epoch(record.eventTimestamp, "eventTimestamp")
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
