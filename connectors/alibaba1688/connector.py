"""Alibaba 1688: receives signed pushes, reads orders and refunds again, pulls both, fetches what could not be pushed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from chalicelib.contract import (
    Account,
    Api,
    Authorised,
    Capability,
    ConnectorInfo,
    Event,
    EventKind,
    FeedRecord,
    Page,
    RawRequest,
    Ref,
    Reply,
    Secrets,
    Verified,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Permanent, Rejected, Skippable
from chalicelib.toolkit.forms import field, parse_form
from chalicelib.toolkit.loose import ident
from chalicelib.toolkit.signing import require_any
from connectors.alibaba1688 import pull
from connectors.alibaba1688.api import HOST
from connectors.alibaba1688.documents import to_canonical
from connectors.alibaba1688.push import FIELD, MESSAGE, aop_signature, is_bare, parse, to_events, unpack
from connectors.alibaba1688.values import KEY, READ

ACKNOWLEDGEMENT = Reply(200, "", "text/plain")


class Alibaba1688Connector:
    """Stateless; see docs/connectors/alibaba1688.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Alibaba 1688",
        capabilities=frozenset(
            {
                Capability.RECEIVES_WEBHOOKS,
                Capability.HYDRATES,
                Capability.PULLS_ORDERS,
                Capability.RECEIVES_FEED,
                Capability.POLLS_FEED,
                Capability.AUTHORISES,
            }
        ),
        push_trust="signed",
        verify_secrets=("app_secret",),
        api_secrets=("app_key", "app_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST,),
        doc="docs/connectors/alibaba1688.md",
        shop_options=("member_id",),
    )

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:  # noqa: ARG002
        """`_aop_signature` must be the HMAC-SHA1 of `message` as it reads after one decoding. The shop is told to the core.

        There is no timestamp to check. Rejected 401 otherwise.
        """
        app_secrets = secrets.all("app_secret")
        if is_bare(request.body):  # read as a form it may hold a message that was signed once, read as JSON another
            raise Rejected("body-malformed", "a push is a form", connector=KEY)
        try:
            message, given = unpack(request.body)
        except Permanent:
            raise Rejected("body-malformed", "not a form with one message and one signature", connector=KEY) from None
        expected = [aop_signature(secret, "", [(MESSAGE, message)]).encode() for secret in app_secrets]
        require_any(expected, given.upper() if given.isascii() else given)
        try:
            told, _ = parse(request.body, None)
        except Permanent:
            return Verified(None, None, ACKNOWLEDGEMENT)  # signed, yet unreadable: kept, so that it goes to quarantine
        shop = {"member_id": told.userInfo} if told.userInfo else None
        return Verified(ident(told.msgId), told.type, ACKNOWLEDGEMENT, shop=shop)

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:  # noqa: ARG002
        """The form with `_aop_signature` after its message, by the newest secret."""
        message = field(parse_form(request.body, connector=KEY), MESSAGE, connector=KEY)
        kept = [part for part in request.body.split(b"&") if part and part.partition(b"=")[0] != FIELD.encode()]
        signature = aop_signature(secrets.one("app_secret"), "", [(MESSAGE, message)])
        return replace(request, body=b"&".join([*kept, urlencode({FIELD: signature}).encode()]))

    def address(self, body: bytes) -> Mapping[str, str]:
        """The member that a missed message is for."""
        message, _ = parse(body, None)
        if not message.userInfo:
            raise READ.malformed("a message for nobody", "$.userInfo", None)
        return {"member_id": message.userInfo}

    def poll(self, api: Api) -> Iterator[tuple[FeedRecord, ...]]:
        """Messages that could not be pushed; see pull.py."""
        return pull.missed(api)

    def confirm(self, records: Sequence[FeedRecord], api: Api) -> None:
        """Take them off the platform's list."""
        pull.confirm(records, api)

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The events of a push or of a missed message; orders and refunds are thin."""
        return to_events(request.body, ref.delivery_id)

    def hydrate(self, event: Event, api: Api) -> Event:
        """Read the order, and its refunds, in the view of whom the push is for."""
        return pull.hydrate(event, api) if event.thin else event

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders, then refunds, that changed in the window; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.alibaba1688.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.alibaba1688.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds of our documents and of answers of the API."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = Alibaba1688Connector()
