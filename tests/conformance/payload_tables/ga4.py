"""Google Analytics' payloads, which lie beside those of other sources of cost."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

FOLDER = "adspend"
TABLE = {
    "ga4_row_docs.txt": Told("spend", "permanent"),  # a part of a row, as published
    "google_ads_search_community_fixture.json": Told("spend", "permanent"),
    "meta_insights_docs.json": Told("spend", "permanent"),
    "meta_insights_actions_docs.json": Told("spend", "permanent"),
}
