"""What SNS delivers: over HTTP, signed, or as a record of the feed's queue, which only the topic may write to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from chalicelib.contract import Account, Event, EventKind, RawRequest, Ref, Reply, Secrets, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected, Skippable
from chalicelib.toolkit import sns
from chalicelib.toolkit.clocks import from_iso
from connectors.ses import status
from connectors.ses.payloads import Record
from connectors.ses.values import KEY, READ, SET_OPTION, TOPIC_OPTION

PUBLIC_KEY = "public_key"
NOTICE = "notice"  # what SES writes to a topic in words, to see whether it may
VALIDATED = b"Successfully validated SNS topic"


def told_by(request: RawRequest) -> sns.Envelope:
    """The envelope of a request; Rejected 400 for what SNS never sends, raw delivery included: it is not signed."""
    found = sns.envelope(request.body)
    if found is None:
        raise Rejected("body-malformed", "not a message of SNS with its envelope", status=400, connector=KEY)
    return found


def check(request: RawRequest, account: Account, secrets: Secrets) -> Verified:
    """Signed by SNS, and of the account's own topic: Rejected 401 otherwise. What is queued is the signed part alone."""
    told = told_by(request)
    topic = account.options.get(TOPIC_OPTION)
    if not topic:
        raise ConfigError("option-missing", f"the option {TOPIC_OPTION} is not configured", connector=KEY)
    if told.TopicArn != topic:
        raise Rejected("topic-foreign", "a message of another topic", connector=KEY)
    sns.require_signed(told, _keys(told, secrets))
    return Verified(told.MessageId, told.Type, Reply(), opened=sns.believed(told))


def _keys(told: sns.Envelope, secrets: Secrets) -> tuple[str, ...]:
    if secrets.values.get(PUBLIC_KEY):
        return secrets.all(PUBLIC_KEY)
    name = f"{PUBLIC_KEY}:{sns.key_id(told)}"
    if name not in secrets.values:
        raise Rejected("key-unknown", "signed with a key that was not fetched", connector=KEY)
    return secrets.all(name)


def signed(request: RawRequest, secrets: Secrets) -> bytes:
    """A message of SNS, or its signed part, under the secret `private_key`, which only tests have; another body as it is."""
    told = sns.envelope(request.body)
    if told is None:
        return request.body
    try:
        fields = msgspec.json.decode(request.body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):  # in fields that `envelope` does not know, and passes over
        return request.body
    names = sorted(name.removeprefix(f"{PUBLIC_KEY}:") for name in secrets.values if name.startswith(f"{PUBLIC_KEY}:"))
    fields.setdefault("SignatureVersion", "2")
    if names:
        fields.setdefault("SigningCertURL", sns.certificate_url(names[0]))
    told.SignatureVersion = fields["SignatureVersion"]
    fields["Signature"] = sns.signed(told, secrets.one("private_key"))
    return msgspec.json.encode(fields)


def address(body: bytes) -> Mapping[str, str]:
    """The topic that a record came by; of a raw one the configuration set that its mail was sent with, and for which merchant.

    Several merchants may send with one set: the tag that the mail was given says whose it was.
    Skippable for SES's words about the topic, which are nobody's.
    """
    told = sns.envelope(body)
    if sns.unwrapped(body).startswith(VALIDATED):
        # Written while the event destination is made, when there is hardly an account yet.
        raise Skippable("nothing-told", "SES has validated the topic", connector=KEY)
    if told is not None and told.TopicArn:
        return {TOPIC_OPTION: told.TopicArn}
    mail = READ.decode(Record, body, None).mail
    named = (mail.tags or {}).get("ses:configuration-set") if mail is not None else None
    if not named or not named[0]:
        raise Permanent("owner-missing", "the record names no configuration set", connector=KEY, path="$.mail.tags")
    merchant = (mail.tags or {}).get("merchant") if mail is not None else None
    return {SET_OPTION: named[0]} | ({"merchant": merchant[0]} if merchant and merchant[0] else {})


def to_event(body: bytes, ref: Ref) -> Event:
    """The one event of a delivery or record."""
    told = sns.envelope(body)
    name = told.MessageId if told is not None and told.MessageId else hashlib.sha256(body).hexdigest()
    if told is not None and told.Type != sns.NOTIFICATION:
        return Event(name, told.Type or "", "account", told.TopicArn, None, thin=True, payload=sns.believed(told))
    inner = sns.unwrapped(body)
    if not inner.lstrip().startswith(b"{"):
        return Event(name, NOTICE, "account", None, None, thin=False, payload=body)
    record = READ.decode(Record, inner, ref.delivery_id)
    kind: EventKind = "message" if record.kind in status.READ_EVENTS | status.IGNORED_EVENTS else "other"
    mail = record.mail.messageId if record.mail is not None else None
    return Event(name, record.kind or "", kind, mail, moment(record, ref), thin=False, payload=inner)


def moment(record: Record, ref: Ref) -> datetime | None:
    """When it happened: the time of the event's own part, else that of the mail."""
    parts = (record.bounce, record.complaint, record.delivery, record.deliveryDelay, record.subscription, record.mail)
    stamp = next((part.timestamp for part in parts if part is not None and part.timestamp), None)
    if stamp is None:
        return None
    try:
        return from_iso(stamp)
    except ValueError:
        raise READ.malformed("not a time", "$.timestamp", ref.delivery_id) from None
