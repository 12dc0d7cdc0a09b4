"""Google Ads' payloads, which lie beside those of other sources of cost."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

FOLDER = "adspend"
OPTIONS = {"ad_currency": "USD", "ad_zone": "America/New_York"}  # the sample was asked for without the account's own
TABLE = {
    "google_ads_search_community_fixture.json": Told("spend", "accept", 2),
    "ga4_row_docs.txt": Told("spend", "permanent"),
    "meta_insights_docs.json": Told("spend", "permanent"),
    "meta_insights_actions_docs.json": Told("spend", "permanent"),
}
