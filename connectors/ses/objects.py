"""Receipts, and addresses that take no more mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Literal

from chalicelib.contract import EventKind, Ref
from chalicelib.domain.events import Canonical
from chalicelib.domain.receipt import Objection
from chalicelib.domain.voice import Receipt
from chalicelib.errors import Skippable
from chalicelib.toolkit import sns
from connectors.ses import status
from connectors.ses.payloads import Address, Record
from connectors.ses.push import moment
from connectors.ses.values import CHANNEL, KEY, READ, TAG

Why = Literal["bounced", "complained", "listed", "unsubscribed"]


def canonical(kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
    """What an event tells. Skippable for the other kinds, and for what tells nothing of a mail."""
    if kind != "message":
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
    record = READ.decode(Record, sns.unwrapped(payload), ref.delivery_id)
    return _Reading(record, ref).canonical()


class _Reading:
    """One event."""

    def __init__(self, record: Record, ref: Ref) -> None:
        mail = record.mail
        if record.kind is None or mail is None or not mail.messageId:
            name = "eventType" if record.kind is None else "mail.messageId"
            raise READ.malformed("not an event about a mail", f"$.{name}", ref.delivery_id)
        self._record, self._ref = record, ref
        self._id, self._to = mail.messageId, mail.destination or []
        self._reference = next(iter((mail.tags or {}).get(TAG, ())), None)
        self._at: datetime | None = moment(record, ref)

    def canonical(self) -> tuple[Canonical, ...]:
        """What it tells."""
        ways: dict[str, Callable[[], Iterator[Canonical]]] = {
            "Send": lambda: self._receipt("sent"),
            "Delivery": lambda: self._receipt("delivered"),
            "Bounce": self._bounce,
            "Complaint": self._complaint,
            "Reject": lambda: self._receipt("failed", "rejected"),
            "DeliveryDelay": self._delay,
            "Rendering Failure": lambda: self._receipt("failed", "rendering-failure"),
            "Subscription": self._subscription,
        }
        way = ways.get(self._record.kind or "")
        if way is None:
            if self._record.kind in status.IGNORED_EVENTS:
                raise Skippable(
                    "nothing-told", "who looked at a mail is not kept", connector=KEY, delivery_id=self._ref.delivery_id
                )
            raise READ.malformed("an event of no known kind", "$.eventType", self._ref.delivery_id)
        return tuple(way())

    def _receipt(self, state: str, reason: str | None = None) -> Iterator[Canonical]:
        account = self._ref.account
        yield Receipt(account.merchant, KEY, account.account, self._id, state, reason, self._at, self._reference)

    def _bounce(self) -> Iterator[Canonical]:
        bounce = self._record.bounce
        kind = status.BOUNCE_TYPES.get((bounce.bounceType if bounce else None) or "")
        if bounce is None or kind is None:
            raise READ.malformed("a bounce of no known type", "$.bounce.bounceType", self._ref.delivery_id)
        subtype = status.BOUNCE_SUBTYPES.get(bounce.bounceSubType or "", "other")
        yield from self._receipt("failed", f"bounce-{kind}-{subtype}")
        if bounce.bounceType == status.PERMANENT:
            why: Why = "listed" if bounce.bounceSubType in status.NOT_TRIED else "bounced"
            yield from self._objections(self._named(bounce.bouncedRecipients), why, "$.bounce.bouncedRecipients")

    def _complaint(self) -> Iterator[Canonical]:
        complaint = self._record.complaint
        if complaint is None:
            raise READ.malformed("a complaint without its part", "$.complaint", self._ref.delivery_id)
        people, path = self._named(complaint.complainedRecipients), "$.complaint.complainedRecipients"
        if complaint.complaintFeedbackType == status.NOT_SPAM:
            # Somebody takes the mail out of the spam folder: good to know, and no complaint. It takes no earlier one back.
            yield from self._receipt("delivered", "not-spam")
        elif complaint.complaintSubType in status.NOT_TRIED:
            yield from self._receipt("failed", "complaint-listed")
            yield from self._objections(people, "listed", path)
        else:
            yield from self._receipt("delivered", "complaint")
            yield from self._objections(people, "complained", path)

    def _delay(self) -> Iterator[Canonical]:
        """SES has it, and goes on trying."""
        delay = self._record.deliveryDelay
        kind = status.DELAYS.get((delay.delayType if delay else None) or "", "other")
        return self._receipt("sent", f"delayed-{kind}")

    def _subscription(self) -> Iterator[Canonical]:
        """Somebody used SES's own link. A choice among several topics is no withdrawal, unless none is left."""
        chosen = self._record.subscription.newTopicPreferences if self._record.subscription else None
        if chosen is None:
            raise READ.malformed("a subscription without its choice", "$.subscription.newTopicPreferences", self._ref.delivery_id)
        topics = [topic.subscriptionStatus for topic in chosen.topicSubscriptionStatus or ()]
        none_left = chosen.unsubscribeAll or (bool(topics) and all(topic == "OptOut" for topic in topics))
        if not none_left:
            raise Skippable("nothing-told", "somebody still takes a topic", connector=KEY, delivery_id=self._ref.delivery_id)
        return self._objections(self._to, "unsubscribed", "$.mail.destination")

    def _named(self, people: list[Address] | None) -> list[str]:
        """Who is named, and of a mail to one person whom it was sent to.

        A bounce names the last address that the mail was passed on to [docs notification-contents, bouncedRecipients]: where a
        mailbox passes its mail on, that is nobody to us, and the address we know would be written to for ever.
        """
        told = _addresses(people)
        known = {parseaddr(each)[1].lower() for each in told}
        sent_to = {parseaddr(each)[1] for each in self._to} if told and len(self._to) == 1 else set()
        return [*told, *(each for each in sent_to if "@" in each and each.lower() not in known)]

    def _objections(self, given: Sequence[str], why: Why, path: str) -> Iterator[Canonical]:
        account = self._ref.account
        if not given:
            raise READ.malformed("nobody is named", path, self._ref.delivery_id)
        for each in given:
            address = parseaddr(each)[1]
            if "@" not in address:
                raise READ.malformed("not an address", path, self._ref.delivery_id)
            yield Objection(account.merchant, KEY, account.account, CHANNEL, address, why, self._id, self._reference, self._at)


def _addresses(people: list[Address] | None) -> list[str]:
    return [each.emailAddress for each in people or () if each.emailAddress]
