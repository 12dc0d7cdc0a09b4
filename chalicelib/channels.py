"""What a connector can say to people, beside answers on its own platform: templates, tasks, greetings, tags, notices.

Capabilities like those of `contract`, which names them all; kept apart because a platform without them need not know them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from chalicelib.contract import Api, Event, Sent


@dataclass(frozen=True, slots=True, repr=False)
class Recipient:
    """A person as a channel knows them: a platform user id (`openid`), or an E.164 phone number. Its repr never shows it."""

    kind: Literal["user", "phone"]
    id: str


@runtime_checkable
class SendsTemplates(Protocol):
    """Messages by a template the platform approved: subscribe messages, SMS, WhatsApp templates."""

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
        """As `RepliesToReviews.reply`. `message_id` is ours; it travels along where the platform lets it, for receipts.

        Permanent("permission-used") when the person's one-off permission is gone, Permanent("recipient-refused") when the
        person or the platform blocks the shop for good, Permanent("template-refused") when values do not fit the template.
        """

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent, cut to the platform's limits; Permanent("template-refused") names one that cannot be."""


@dataclass(frozen=True, slots=True)
class Task:
    """A sending that an employee confirms: the platform's id, and to whom it cannot go (contact ids)."""

    platform_id: str
    failed: tuple[str, ...]


class TextChannel(Protocol):
    """Text messages whose words are ours."""

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """As SendsTemplates."""

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str) -> Sent:
        """As SendsTemplates."""


@runtime_checkable
class SendsTasks(Protocol):
    """Group-send tasks that an employee confirms (WeCom)."""

    def send_task(self, employee: str, contacts: Sequence[str], text: str, api: Api) -> Task:
        """Make the task, once. Partial success is success with `failed`."""

    def task_receipts(self, task_id: str, api: Api) -> tuple[Event, ...]:
        """What became of it, contact by contact, as `message` events that map to Receipt."""


@runtime_checkable
class Welcomes(Protocol):
    """A greeting right after a contact was added, while the platform's code lives."""

    def welcome(self, code: str, text: str, api: Api) -> None:
        """Greet, once. Permanent when the code is used or too old."""


@runtime_checkable
class TagsContacts(Protocol):
    """Segments as tags in the platform's directory."""

    def set_tags(self, employee: str, contact: str, add: Sequence[str], remove: Sequence[str], api: Api) -> None:
        """Make a contact carry `add` and not `remove` (tag names; those that do not exist are made). Idempotent."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a robot says in a group: plain lines under headings, already in the reader's language; `links` (text, URL)."""

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    links: tuple[tuple[str, str], ...] = ()
    urgent: bool = False


@runtime_checkable
class PostsNotices(Protocol):
    """Robots in chat groups: digests and alarms."""

    def post(self, notice: Notice, api: Api) -> Sent:
        """Post once. Retriable when it was certainly not taken; Permanent("outcome-unknown") when nobody knows."""
