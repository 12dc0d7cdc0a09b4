"""The Meta connector: Instagram, Messenger and WhatsApp. There are no orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
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
from chalicelib.domain.voice import SayLimits
from connectors.meta import push
from connectors.meta import status as words
from connectors.meta.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Meta:
    """Stateless; see docs/connectors/meta.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Meta",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_REVIEWS,
                Capability.REPLIES_TO_REVIEWS,
                Capability.SENDS_MESSAGES,
                Capability.PULLS_SPEND,
                Capability.SENDS_TEMPLATES,
            }
        ),
        push_trust="signed",
        verify_secrets=("verify_token", "app_secret"),
        api_secrets=("access_token",),
        push_headers=frozenset({push.HEADER}),
        api_hosts=("graph.facebook.com", "graph.instagram.com"),
        doc="docs/connectors/meta.md",
        shop_options=tuple(words.ASSETS.values()),
        replies={"review": SayLimits(longest=2200)},
        # The strictest of the three channels; WhatsApp takes templates outside the window, the others nothing.
        messages=SayLimits(longest=1000, unit="bytes", window=timedelta(hours=24), templates_only=True),
        messages_about=frozenset({"review"}),  # a private reply to a comment
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """A GET must know the verify token (403 otherwise); anything else must be signed under a live app secret (401)."""
        if request.method.upper() == "GET":
            return push.check_address(request, secrets)
        return push.check(request, account, secrets)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with the signature, by the newest app secret."""
        value = push.signature(secrets.one("app_secret"), request.body)
        return replace(request, headers={**request.headers, push.HEADER: (value,)})

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """One event an update; mentions are thin."""
        return push.events(request.body, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the comment or post that mentions the account."""
        from connectors.meta.pull import hydrate

        return hydrate(event, api) if event.thin else event

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Comments under the account's posts, and ratings of the page."""
        from connectors.meta.pull import pages

        return pages(since, until, cursor, api)

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Reply in public to a comment, mention or rating."""
        from connectors.meta.speak import reply

        return reply(target, text, api)

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """Write into a thread, or privately to whoever commented."""
        from connectors.meta.speak import send

        return send(target, text, api)

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
        """Send one of WhatsApp's templates; see templates.py for the names of its values."""
        from connectors.meta.templates import send

        return send(to, template, values, message_id, api)

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent."""
        from connectors.meta.templates import checked

        return checked(template, values)

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """The ad account's insights by campaign and day."""
        from connectors.meta.spend import pages

        return pages(first, last, cursor, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Reviews, messages with receipts, opt-outs, spend; Skippable for the other kinds."""
        from connectors.meta.objects import canonical

        return canonical(kind, payload, ref)


CONNECTOR = Meta()
