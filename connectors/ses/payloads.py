"""Shapes of events, only the fields that are read: no subject, no header, no diagnostic text, which may quote anything."""

from __future__ import annotations

import msgspec


class Mail(msgspec.Struct, gc=False):
    """The mail that an event is about."""

    messageId: str | None = None
    timestamp: str | None = None
    destination: list[str] | None = None
    tags: dict[str, list[str]] | None = None


class Address(msgspec.Struct, gc=False):
    """A recipient."""

    emailAddress: str | None = None


class Bounce(msgspec.Struct, gc=False):
    """It came back."""

    bounceType: str | None = None
    bounceSubType: str | None = None
    bouncedRecipients: list[Address] | None = None
    timestamp: str | None = None


class Complaint(msgspec.Struct, gc=False):
    """Somebody complained."""

    complainedRecipients: list[Address] | None = None
    timestamp: str | None = None
    complaintFeedbackType: str | None = None
    complaintSubType: str | None = None


class Stamped(msgspec.Struct, gc=False):
    """A delivery or a delay."""

    timestamp: str | None = None
    delayType: str | None = None


class Topic(msgspec.Struct, gc=False):
    """What somebody chose for one topic of SES's own lists."""

    subscriptionStatus: str | None = None


class Preferences(msgspec.Struct, gc=False):
    """What somebody chose."""

    unsubscribeAll: bool = False
    topicSubscriptionStatus: list[Topic] | None = None


class Subscription(msgspec.Struct, gc=False):
    """Somebody used SES's own unsubscribe link."""

    timestamp: str | None = None
    newTopicPreferences: Preferences | None = None


class Record(msgspec.Struct, gc=False):
    """An event, or a notification of an identity, which says `notificationType` and has no tags."""

    eventType: str | None = None
    notificationType: str | None = None
    mail: Mail | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: Stamped | None = None
    deliveryDelay: Stamped | None = None
    subscription: Subscription | None = None

    @property
    def kind(self) -> str | None:
        """What happened."""
        return self.eventType or self.notificationType
