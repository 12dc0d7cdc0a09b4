"""The JD connector: orders and refunds by pull."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from chalicelib.contract import (
    Account,
    Api,
    Authorised,
    Capability,
    ConnectorInfo,
    EventKind,
    Page,
    Ref,
    Secrets,
)
from chalicelib.domain.events import Canonical
from chalicelib.errors import Skippable
from connectors.jd import pull
from connectors.jd.api import API_HOSTS
from connectors.jd.documents import to_canonical
from connectors.jd.values import KEY


class Jd:
    """Stateless; see docs/connectors/jd.md. There is no webhook: a POST to its address is refused."""

    info = ConnectorInfo(
        key=KEY,
        name="JD.com (京东)",
        capabilities=frozenset({Capability.PULLS_ORDERS, Capability.AUTHORISES}),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("app_key", "app_secret", "access_token", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=API_HOSTS,
        doc="docs/connectors/jd.md",
    )

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Orders that changed in the window, then refunds; see pull.py."""
        return pull.pages(since, until, cursor, api)

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The page where the owner consents; see consent.py."""
        from connectors.jd.consent import authorise_url

        return authorise_url(account, secrets, redirect_uri, state, now)

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Their code for a token; see consent.py."""
        from connectors.jd.consent import exchange

        return exchange(answer, redirect_uri, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Orders and refunds, of our documents and of JOS's own answers."""
        if kind in ("order", "refund"):
            return to_canonical(payload, ref)
        raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)


CONNECTOR = Jd()
