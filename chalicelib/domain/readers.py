"""What each reader of a digest sees, by role. Apart from the report itself: the configuration names roles, and is read by whoever
takes a webhook, who needs nothing else of a digest.
"""

from __future__ import annotations

from collections.abc import Mapping

ALL_SECTIONS = frozenset(
    "products messages channels profit people service structure stock shipping carriers creators storms".split()  # noqa: SIM905
)
# Which sections a role reads besides what every digest has: headline, anomalies, accounts, freshness.
SECTIONS: Mapping[str, frozenset[str]] = {
    "owner": ALL_SECTIONS,
    "marketing": frozenset({"products", "messages", "channels", "profit", "people", "service", "creators", "storms"}),
    "product": frozenset({"products", "service", "structure", "stock"}),
    "supply": frozenset({"stock", "shipping", "carriers"}),
    "service": frozenset({"service", "people", "storms"}),
}
ROLES = tuple(SECTIONS)
