"""Receipts and withdrawals, of Aliyun and of AWS."""

from __future__ import annotations

from datetime import datetime

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.receipt import Objection
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.beijing import moment
from chalicelib.toolkit.loose import Odd, epoch, ident, number, text
from connectors.sms import status
from connectors.sms.feed import unwrapped
from connectors.sms.payloads import Detail, Record
from connectors.sms.values import CHANNEL, KEY, READ, e164, from_aliyun, stops


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """A receipt, or the consent that an answer withdraws. Skippable for the other kinds, and for answers that end nothing."""
    if kind not in ("message", "buyer"):
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
    if payload.lstrip()[:1] == b"[":
        thin = "a push names messages, it does not prove what became of them"
        raise Permanent("payload-thin", thin, connector=KEY, path="$", delivery_id=ref.delivery_id)
    record = unwrapped(payload, ref.delivery_id)
    if kind == "buyer":
        return (_withdrawal(record, ref),)
    if record.eventType is not None:
        return _aws_receipt(record, ref)
    if record.details is None:
        raise READ.malformed("not what became of a message", "$.details", ref.delivery_id)
    return tuple([_receipt(record, detail, ref, f"$.details[{index}]") for index, detail in enumerate(record.details)])


def _receipt(record: Record, detail: Detail, ref: Ref, path: str) -> Receipt:
    biz_id = ident(record.biz_id)
    if biz_id is None:
        raise READ.malformed("a receipt without an id", "$.biz_id", ref.delivery_id)
    try:
        state = status.STATES.get(number(detail.SendStatus, "SendStatus") or 0)
        at = moment(detail.ReceiveDate, "ReceiveDate") or moment(detail.SendDate, "SendDate")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    if state is None:
        raise READ.malformed("a state of no known kind", f"{path}.SendStatus", ref.delivery_id)
    code = text(detail.ErrCode)
    return _of(ref, biz_id, (state, None if code in status.ARRIVED else code, at), text(detail.OutId))


def _aws_receipt(record: Record, ref: Ref) -> tuple[Canonical, ...]:
    """A receipt; and where the number is none at all, that nothing goes there any more."""
    word = record.eventType or ""
    if word in status.AWS_PENDING:
        raise Skippable("nothing-told", "nothing became of it yet", connector=KEY, delivery_id=ref.delivery_id)
    state = status.AWS_STATES.get(word)
    if state is None or not record.messageId:
        name = "messageId" if state else "eventType"
        raise READ.malformed("a receipt of no known kind", f"$.{name}", ref.delivery_id)
    ours = record.context.message if record.context is not None else None
    at, phone = _stamp(record, ref), e164(record.destinationPhoneNumber)
    receipt = _of(ref, record.messageId, (state, word if state == "failed" else None, at), ours)
    if word not in status.AWS_NO_NUMBER or phone is None:
        return (receipt,)
    account = ref.account
    place = (account.merchant, KEY, account.account)
    return receipt, Objection(*place, CHANNEL, phone, "bounced", record.messageId, ours, at)


def _stamp(record: Record, ref: Ref) -> datetime | None:
    try:
        return epoch(record.eventTimestamp, "eventTimestamp")
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None


def _of(ref: Ref, message_id: str, told: tuple[str, str | None, datetime | None], ours: str | None) -> Receipt:
    """`told`: state, reason and time; `ours`: what travelled along."""
    return Receipt(ref.account.merchant, KEY, ref.account.account, message_id, *told, ours)


def _withdrawal(record: Record, ref: Ref) -> Consent:
    """Who answered is known by the number alone, which is the buyer's id here."""
    if not stops(record.content or record.messageBody):
        raise Skippable("nothing-told", "an answer that ends nothing", connector=KEY, delivery_id=ref.delivery_id)
    phone = e164(record.originationNumber) or from_aliyun(ident(record.phone_number))
    if phone is None:
        raise READ.malformed("an answer from nobody", "$.phone_number", ref.delivery_id)
    try:
        at = moment(record.send_time, "send_time")
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
    return Consent(ref.account.merchant, KEY, ref.account.account, phone, CHANNEL, False, at, "answer")
