"""The Google Analytics 4 connector: spend and what it brought. There are no orders, and nothing is pushed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from chalicelib.contract import Api, Capability, ConnectorInfo, EventKind, Page, Ref
from chalicelib.errors import Skippable
from chalicelib.toolkit.google import TOKEN_HOST

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

KEY = "ga4"
HOST = "analyticsdata.googleapis.com"


class Ga4:
    """Stateless; see docs/connectors/ga4.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Google Analytics 4",
        capabilities=frozenset({Capability.PULLS_SPEND}),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(HOST, TOKEN_HOST),
        doc="docs/connectors/ga4.md",
    )

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """The property's paid traffic, a page a day."""
        from connectors.ga4 import spend

        return spend.pages(first, last, cursor, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Rows of a report; Skippable for the other kinds."""
        if kind != "spend":
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        from connectors.ga4 import spend

        return spend.rows(payload, ref)


CONNECTOR = Ga4()
