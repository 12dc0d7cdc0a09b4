"""Mail through Amazon SES: its events by a queue of our own, or by SNS over HTTP. Sending is the core's (adapters/ses.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.contract import Account, Api, Capability, ConnectorInfo, Event, EventKind, RawRequest, Ref, Secrets, Verified
from chalicelib.toolkit import sns
from connectors.ses import api as calls
from connectors.ses import push
from connectors.ses.objects import canonical
from connectors.ses.values import KEY

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical


class Ses:
    """Stateless; see docs/connectors/ses.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Amazon SES",
        capabilities=frozenset(
            {Capability.RECEIVES_WEBHOOKS, Capability.RECEIVES_FEED, Capability.FETCHES_KEYS, Capability.HYDRATES}
        ),
        push_trust="signed",
        verify_secrets=(),
        # Optional: with it no certificate is fetched.
        api_secrets=(push.PUBLIC_KEY,),
        push_headers=frozenset(),
        api_hosts=sns.HOSTS,
        doc="docs/connectors/ses.md",
    )

    own_key = push.PUBLIC_KEY

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """SNS's signature, and the account's own topic; Rejected otherwise."""
        return push.check(request, account, secrets)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The request with a signature by the secret `private_key`, which tests bring: AWS keeps its own."""
        return replace(request, body=push.signed(request, secrets))

    def key_id(self, request: RawRequest) -> str | None:
        """The certificate that the request names, checked to be one of SNS's own."""
        return sns.key_id(push.told_by(request))

    def fetch_key(self, key_id: str, api: Api) -> str:
        """The certificate's key."""
        return calls.fetch_key(key_id, api)

    def address(self, body: bytes) -> Mapping[str, str]:
        """Whose a record is."""
        return push.address(body)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The one event of a delivery or record."""
        return (push.to_event(request.body, ref),)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Confirm a subscription, which is all that comes thin."""
        return calls.confirm(event, api) if event.thin else event

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Receipts and refused addresses; Skippable for the other kinds."""
        return canonical(kind, payload, ref)


CONNECTOR = Ses()
