"""A mail to one recipient, and what a channel promises about sending it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Protocol

from chalicelib.domain.wording import Rendered


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address.

    `message_id` is the idempotency key, `local@domain`, and becomes the Message-ID header. `sender` and `reply_to` may carry
    a display name (`Acme <hello@acme.example>`). `marketing` mails need an `unsubscribe_url`; digests have their reader's own.
    It goes into the headers. `tags` reach the provider's event feed: never put personal data there.
    """

    message_id: str
    sender: str
    recipient: str
    reply_to: str | None
    rendered: Rendered
    unsubscribe_url: str | None
    marketing: bool
    tags: Mapping[str, str] = field(default_factory=dict)


PERSONAL_LINK = (
    "https://reader.invalid/leave"  # stands in a mail that several readers share for the link that each has of their own
)


def personal(rendered: Rendered, url: str) -> Rendered:
    """A mail with its reader's own link in it."""
    return replace(
        rendered,
        html=rendered.html.replace(PERSONAL_LINK, escape(url, quote=True)),
        text=rendered.text.replace(PERSONAL_LINK, url),
    )


class OutcomeUnknown(Exception):
    """The connection broke after the message may have been accepted: nobody knows until the provider's feed tells.

    It is none of the five recovery errors on purpose: whoever catches those and tries again would send twice.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """Hands a mail over at most once a call; it never tries again by itself."""

    def send(self, mail: Mail) -> str:
        """The provider's id of the message.

        Raises Retriable when the provider did certainly not take it and may later; Permanent when it refuses recipient or
        content; ConfigError when the installation is wrong; OutcomeUnknown when it may have been taken.
        """
        ...


def message_id_of(message_id: str, merchant: str, sender: str) -> str:
    """Deterministic, so that a mail that goes once more is the same mail to its reader's client."""
    domain = sender.rpartition("@")[2].rstrip("> ") or "localhost"
    return f"{message_id}.{merchant}@{domain}"


def reader_name(channel: str, name: str) -> str:
    """What a digest's reader is looked up by: an address is one as it is, a chat group's account under its channel."""
    return name if channel == "email" else f"{channel}/{name}"
