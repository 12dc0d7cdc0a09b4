"""WeChat: encrypted thin pushes, orders and after-sales of the store, subscribe messages, followers, trade reviews."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.channels import Recipient
from chalicelib.contract import (
    Account,
    Api,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    Page,
    RawRequest,
    Ref,
    Secrets,
    Sent,
    Target,
    Verified,
)
from chalicelib.errors import Skippable
from connectors.wechat import documents, hydrate, people, pull, push, reviews, speak
from connectors.wechat.api import HOST
from connectors.wechat.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class WeChat:
    """Stateless; see docs/connectors/wechat.md."""

    info = ConnectorInfo(
        key=KEY,
        name="WeChat",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.SENDS_MESSAGES,
                Capability.SENDS_TEMPLATES,
            }
        ),
        push_trust="signed",
        verify_secrets=("token", "aes_key", "receive_id"),
        api_secrets=("app_id", "app_secret"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        marketing=frozenset({people.CHANNEL}),
        doc="docs/connectors/wechat.md",
        replies=reviews.LIMITS,
        messages=speak.LIMITS,
        messages_about=frozenset(),
        push_ways={push.PLAIN: ("token",)},
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """A GET must be signed and gets its text back; anything else must be a sealed envelope of this receiver: Rejected 401."""
        if request.method.upper() == "GET":
            return push.check_address(request, secrets)
        return push.check(request, account, secrets)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request sealed and signed, by the newest secrets."""
        return push.sign(request, secrets, now)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of an opened message; orders and after-sales are thin."""
        return (push.to_event(request, ref.delivery_id),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order with its after-sales."""
        return hydrate.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Ids of changed orders, then of after-sales; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Trade reviews of a mini-program; see reviews.py."""
        return reviews.pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Answer a trade review; see reviews.py."""
        return reviews.reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write to whoever wrote within 48 hours; see speak.py."""
        return speak.send_message(target, text, api)

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:  # noqa: ARG002
        """A subscribe message; see speak.py."""
        return speak.send_template(to, template, values, api)

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent; see fields.py."""
        return speak.check_template(template, values)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, permissions and followers, messages and receipts, reviews; Skippable for the other kinds."""
        if kind in ("order", "refund"):
            return documents.to_canonical(payload, ref)
        if kind == "contact":
            return people.contacts(payload, ref)
        if kind == "message":
            return people.messages(payload, ref)
        if kind == "review":
            return reviews.to_reviews(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = WeChat()
