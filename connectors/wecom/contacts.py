"""Customers of WeCom to canonical contacts: from an event, from the customer's details, from a page of the directory."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import msgspec

from chalicelib.contract import Api, Event, Ref
from chalicelib.domain.contact import Contact
from chalicelib.domain.events import Canonical, Consent
from chalicelib.domain.order import Buyer
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.errcodes import Refused
from chalicelib.toolkit.loose import Odd, epoch, ident, text, told
from chalicelib.toolkit.paging import paged
from chalicelib.toolkit.wechat_aes import as_json
from connectors.wecom import status
from connectors.wecom.api import asked
from connectors.wecom.payloads import Contacts, Customer, Follow, FollowHead, Got
from connectors.wecom.push import event_of, moment, parse
from connectors.wecom.values import KEY, READ, channel, known

MAX_PAGES = 200  # of one customer's employees, 500 a page [docs]


def hydrate(event: Event, api: Api) -> Event:
    """The customer's details, as the employee of the event has them. Skippable when they no longer are a customer of theirs."""
    message, _ = parse(event.payload, event.delivery_id)
    employee, contact = known(ident(message.UserID)), known(ident(message.ExternalUserID))
    if employee is None or contact is None:
        raise READ.malformed("a change of nobody", "$.ExternalUserID", event.delivery_id)

    def fetch(cursor: str | None) -> tuple[Got, str | None]:
        query = [("external_userid", contact), *([("cursor", cursor)] if cursor else [])]
        try:
            found = READ.decode(Got, asked(api, "get", query=query), event.delivery_id)
        except Refused as error:
            if error.code in status.GONE:
                raise _gone(event) from None
            raise Permanent("platform-refused", error.detail, connector=KEY) from None
        return found, found.next_cursor or None

    for page, _ in paged(fetch, None, connector=KEY, limit=MAX_PAGES):
        if not told(page.external_contact):
            raise READ.malformed("an answer without a customer", "$.external_contact", event.delivery_id)
        for index, raw in enumerate(page.follow_user or ()):
            if ident(READ.decode(FollowHead, bytes(raw), event.delivery_id, f"$.follow_user[{index}]").userid) == employee:
                document = {"external_contact": page.external_contact, "follow_user": [raw], "at": _seconds(event.occurred_at)}
                return replace(event, thin=False, payload=msgspec.json.encode(document))
    raise _gone(event)


def _seconds(at: datetime | None) -> int | None:
    return int(at.timestamp()) if at else None


def _gone(event: Event) -> Skippable:
    return Skippable("contact-gone", "no customer of that employee any more", connector=KEY, delivery_id=event.delivery_id)


def to_canonical(payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """The contacts of an event, of one customer's details, or of a page; with leaving, the consent that it withdraws."""
    body = as_json(payload, connector=KEY)
    found = READ.decode(Contacts, body, ref.delivery_id)
    if found.Event is not None or found.InfoType is not None:
        return _of_event(body, ref)
    try:
        at = epoch(found.at, "at")
    except Odd as odd:
        raise READ.of(odd, "$", ref.delivery_id) from None
    pairs = [(pair.external_contact, pair.follow_info) for pair in found.external_contact_list or ()]
    pairs += [(found.external_contact, follow) for follow in found.follow_user or ()]
    if not pairs:
        raise READ.malformed("no customer", "$.external_contact", ref.delivery_id)
    path = "$.external_contact_list" if found.external_contact_list else "$.follow_user"
    return tuple([_contact(*pair, at, ref, f"{path}[{index}]") for index, pair in enumerate(pairs)])


def _of_event(body: bytes, ref: Ref) -> tuple[Canonical, ...]:
    message, _ = parse(body, ref.delivery_id)
    if event_of(message) != status.EXTERNAL:
        raise Skippable("nothing-told", "not about a customer", connector=KEY, delivery_id=ref.delivery_id)
    state = status.STATES.get(message.ChangeType or "")
    if state is None:
        if message.ChangeType in status.READ_AGAIN:
            thin = "the event names a customer, it does not hold one"
            raise Permanent("payload-thin", thin, connector=KEY, path="$.ChangeType", delivery_id=ref.delivery_id)
        raise Skippable("nothing-told", "nothing to keep of a customer", connector=KEY, delivery_id=ref.delivery_id)
    employee, contact_id = known(ident(message.UserID)), known(ident(message.ExternalUserID))
    if employee is None or contact_id is None:
        raise READ.malformed("a change of nobody", "$.ExternalUserID", ref.delivery_id)
    at, account = moment(message, ref.delivery_id), ref.account
    began = state in ("active", "pending")
    contact = Contact(
        merchant=account.merchant,
        platform=KEY,
        account=account.account,
        contact_id=contact_id,
        employee=employee,
        state=state,
        buyer=Buyer(id=contact_id),
        source=text(message.State),
        added_at=at if began else None,
        updated_at=at,
        welcome=text(message.WelcomeCode) if began else None,
    )
    if state != "left":
        return (contact,)
    # Another employee may still have them: only this one's channel closes.
    gone = Consent(account.merchant, KEY, account.account, contact_id, channel(employee), False, at, status.LEFT)
    return contact, gone


def _contact(customer: Customer | None, follow: Follow | None, at: datetime | None, ref: Ref, path: str) -> Contact:
    contact_id = known(ident(customer.external_userid)) if customer else None
    employee = known(ident(follow.userid)) if follow else None
    if customer is None or follow is None or contact_id is None or employee is None:
        raise READ.malformed("a customer without ids", f"{path}.userid", ref.delivery_id)
    try:
        added_at = epoch(follow.createtime, "createtime")
    except Odd as odd:
        raise READ.of(odd, path, ref.delivery_id) from None
    return Contact(
        merchant=ref.account.merchant,
        platform=KEY,
        account=ref.account.account,
        contact_id=contact_id,
        employee=employee,
        state="active",
        unionid=text(customer.unionid),
        buyer=Buyer(id=contact_id, nickname=text(customer.name)),
        tags=tuple(sorted({tag.tag_name for tag in follow.tags or () if tag.tag_name})),
        source=text(follow.state),
        added_at=added_at,
        updated_at=at,
    )
