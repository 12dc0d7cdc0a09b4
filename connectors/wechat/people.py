"""What WeChat tells of people: permissions for one message, followers and members, messages, what became of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec

from chalicelib.contract import Ref
from chalicelib.domain.contact import Contact, Permission, State
from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import BuyerMessage, Receipt
from chalicelib.errors import Skippable
from chalicelib.toolkit.loose import Odd, epoch, ident, number, shown, text, told
from connectors.wechat import status
from connectors.wechat.payloads import Listed, Member, Message, Subscription
from connectors.wechat.push import moment, parse
from connectors.wechat.values import KEY, READ

CHANNEL = "wechat"
MEMBER = "vip"
_STATES: dict[str, State] = {
    "subscribe": "active",
    "unsubscribe": "left",
    "channels_ec_vip_join": "active",
    "channels_ec_vip_close": "active",
}


def contacts(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """Permissions of a subscription event; who follows or is a member, with the consent that leaving withdraws."""
    message, _ = parse(payload, ref.delivery_id)
    if message.Event in (status.POPUP_EVENT, status.CHANGE_EVENT):
        return _some(tuple(_permissions(message, ref)), ref)
    state = _STATES.get(message.Event or "")
    if state is None:
        raise Skippable("nothing-told", "nothing to keep of a person", connector=KEY, delivery_id=ref.delivery_id)
    contact = _contact(message, state, ref)
    if state != "left":
        return (contact,)
    account = ref.account
    gone = Consent(
        account.merchant, KEY, account.account, contact.contact_id, CHANNEL, False, contact.updated_at, message.Event or ""
    )
    return contact, gone


def _some(found: tuple[Canonical, ...], ref: Ref) -> tuple[Canonical, ...]:
    if not found:
        raise Skippable("nothing-told", "nothing that is known of a permission", connector=KEY, delivery_id=ref.delivery_id)
    return found


def _contact(message: Message, state: State, ref: Ref) -> Contact:
    person, at = _person(message, ref), moment(message, ref.delivery_id)
    joined, masked = Member(), list[str]()
    if bytes(message.user_info)[:1] == b"{":  # flattened to text for service providers: no name tells what is what
        joined = READ.decode(Member, bytes(message.user_info), ref.delivery_id, "$.user_info")
    phone = shown("phone", text(joined.phone_number), masked)
    try:
        added_at = epoch(joined.join_time, "user_info.join_time")
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
    began = message.Event in ("subscribe", "channels_ec_vip_join")
    return Contact(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        contact_id=person,
        employee=None,
        state=state,
        buyer=Buyer(id=person, phone=phone, masked=tuple(masked)),
        tags=(MEMBER,) if message.Event == "channels_ec_vip_join" else (),
        source=text(message.EventKey),
        added_at=added_at or (at if began else None),
        updated_at=at,
    )


def _permissions(message: Message, ref: Ref) -> Iterator[Permission]:
    """One for each template. A change only ever refuses: what else it says is not taken for a permission."""
    person = _person(message, ref)
    for index, (entry, path) in enumerate(_entries(message, ref)):
        word = (entry.SubscribeStatusString or "").lower()
        granted = {"accept": True, "reject": False}.get(word)
        if not entry.TemplateId:
            raise READ.malformed("a permission without a template", f"{path}.TemplateId", ref.delivery_id)
        if granted is None or (granted and message.Event != status.POPUP_EVENT):
            continue
        yield _permission(message, person, entry.TemplateId, index, ref, granted=granted)


def _permission(message: Message, person: str, template: str, index: int, ref: Ref, *, granted: bool) -> Permission:
    """Named by what it says, so that a retry is the same permission and not a second one."""
    told_by = f"{message.ToUserName}|{person}|{message.Event}|{message.CreateTime}|{index}|{template}"
    return Permission(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        permission_id=hashlib.sha256(told_by.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        buyer_id=person,
        template=template,
        granted=granted,
        at=moment(message, ref.delivery_id),
    )


def _entries(message: Message, ref: Ref) -> Iterator[tuple[Subscription, str]]:
    """The entries of a subscription event: a list, or the one object itself; in XML within a part of their own."""
    raw, path = message.List, "$.List"
    for name in ("SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"):
        part = getattr(message, name)
        if told(part):
            raw, path = READ.decode(Listed, bytes(part), ref.delivery_id, f"$.{name}").List, f"$.{name}.List"
    if not told(raw):
        raise READ.malformed("a subscription event without a list", path, ref.delivery_id)
    if bytes(raw)[:1] != b"[":
        yield READ.decode(Subscription, bytes(raw), ref.delivery_id, path), path
        return
    for index, one in enumerate(READ.decode(list[msgspec.Raw], bytes(raw), ref.delivery_id, path)):
        yield READ.decode(Subscription, bytes(one), ref.delivery_id, f"{path}[{index}]"), f"{path}[{index}]"


def messages(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """What a person wrote, or what became of subscribe messages of ours."""
    message, _ = parse(payload, ref.delivery_id)
    if message.Event == status.SENT_EVENT:
        return _some(tuple(_receipts(message, ref)), ref)
    if message.MsgType not in status.SAID:
        raise Skippable("nothing-said", "an event, not a message", connector=KEY, delivery_id=ref.delivery_id)
    message_id, person = ident(message.MsgId), _person(message, ref)
    if message_id is None:
        raise READ.malformed("a message without an id", "$.MsgId", ref.delivery_id)
    said = BuyerMessage(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        message_id=message_id,
        thread_id=person,
        order_id=None,
        sender="buyer",
        text=text(message.Content),
        media=(message.PicUrl,) if message.PicUrl else (),
        buyer=Buyer(id=person),
        created_at=moment(message, ref.delivery_id),
    )
    return (said,)


def _receipts(message: Message, ref: Ref) -> Iterator[Canonical]:
    person, at = _person(message, ref), moment(message, ref.delivery_id)
    for index, (entry, path) in enumerate(_entries(message, ref)):
        message_id = ident(entry.MsgID)
        if message_id is None:
            raise READ.malformed("a receipt without an id", f"{path}.MsgID", ref.delivery_id)
        try:
            code = number(entry.ErrorCode, "ErrorCode")
        except Odd as odd:
            raise READ.of(odd, path, ref.delivery_id) from None
        if code is None:
            raise READ.malformed("a receipt without a code", f"{path}.ErrorCode", ref.delivery_id)
        account, state = ref.account, "failed" if code else "delivered"
        yield Receipt(account.merchant, KEY, account.account, message_id, state, f"{code}" if code else None, at)
        if code == status.PERMISSION_USED and entry.TemplateId:
            yield _permission(message, person, entry.TemplateId, index, ref, granted=False)


def _person(message: Message, ref: Ref) -> str:
    found = text(message.FromUserName)
    if found is None:
        raise READ.malformed("a message from nobody", "$.FromUserName", ref.delivery_id)
    return found
