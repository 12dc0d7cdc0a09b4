"""Text messages: sent by Aliyun, reports read again before they are believed, AWS's delivery events from its own queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.channels import Recipient
from chalicelib.contract import Account, Api, Capability, ConnectorInfo, Event, EventKind, RawRequest, Ref, Secrets, Sent, Verified
from connectors.sms import feed, hydrate, push, send
from connectors.sms.aliyun import HOST
from connectors.sms.objects import canonical
from connectors.sms.values import CHANNEL, KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Sms:
    """Stateless; see docs/connectors/sms.md."""

    info = ConnectorInfo(
        key=KEY,
        name="SMS",
        capabilities=frozenset(
            {Capability.RECEIVES_WEBHOOKS, Capability.HYDRATES, Capability.RECEIVES_FEED, Capability.SENDS_TEMPLATES}
        ),
        push_trust="hint",
        pushes_again=True,
        verify_secrets=("url_secret",),
        api_secrets=("access_key_id", "access_key_secret"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        marketing=frozenset({CHANNEL}),
        doc="docs/connectors/sms.md",
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """There is no signature: the secret path must fit."""
        return push.check(request, secrets)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request at the secret path; the newest secret."""
        secret, base = secrets.one("url_secret"), request.url.rstrip("/")
        if request.topic is not None:
            base = base.removesuffix(f"/{request.topic}")
        return replace(request, topic=secret, url=f"{base}/{secret}")

    def address(self, body: bytes) -> Mapping[str, str]:
        """Whose a record of AWS's is."""
        return feed.address(body)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The rows of a push, thin; or a record of the feed, which comes without a path of its own and is believed."""
        if request.topic is None and request.body.lstrip()[:1] == b"{":
            return (feed.to_event(request.body, ref),)
        return push.to_events(request.body, ref)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read what became of a message."""
        return hydrate.hydrate(event, api) if event.thin else event

    def send_template(self, to: Recipient, template: str, values: Mapping[str, str], message_id: str, api: Api) -> Sent:
        """Send by an approved template; see send.py."""
        return send.send_template(to, template, values, message_id, api)

    def check_template(self, template: str, values: Mapping[str, str]) -> Mapping[str, str]:
        """The values as they will be sent; see send.py."""
        return send.check_template(template, values)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Receipts, and consent that an answer withdraws; Skippable for the other kinds."""
        return canonical(kind, payload, ref)


CONNECTOR = Sms()
