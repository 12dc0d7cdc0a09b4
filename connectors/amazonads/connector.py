"""The Amazon Ads connector: spend alone. There are no orders, and nothing is pushed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from chalicelib.contract import Api, Capability, ConnectorInfo, EventKind, Page, Ref
from chalicelib.errors import Skippable

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical

KEY = "amazonads"
REGIONS = {
    "na": ("advertising-api.amazon.com", "api.amazon.com"),
    "eu": ("advertising-api-eu.amazon.com", "api.amazon.co.uk"),
    "fe": ("advertising-api-fe.amazon.com", "api.amazon.co.jp"),
}
# Reports lie in buckets of Amazon's own; the address of each comes from its API.
STORES = tuple(f"*.s3{region}.amazonaws.com" for region in ("", ".us-east-1", ".us-west-2", ".eu-west-1"))


class AmazonAds:
    """Stateless; see docs/connectors/amazonads.md."""

    info = ConnectorInfo(
        key=KEY,
        name="Amazon Ads",
        capabilities=frozenset({Capability.PULLS_SPEND}),
        push_trust="none",
        verify_secrets=(),
        api_secrets=("client_id", "client_secret", "refresh_token"),
        push_headers=frozenset(),
        api_hosts=(*[host for hosts in REGIONS.values() for host in hosts], *STORES),
        doc="docs/connectors/amazonads.md",
    )

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """The reports of three advertising products, which take Amazon up to three hours to make."""
        from connectors.amazonads import spend

        return spend.pages(first, last, cursor, api)

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Rows of a report; Skippable for the other kinds."""
        if kind != "spend":
            raise Skippable("kind-ignored", f"{kind} is not mapped", connector=KEY, delivery_id=ref.delivery_id)
        from connectors.amazonads import spend

        return spend.rows(payload, ref)


CONNECTOR = AmazonAds()
