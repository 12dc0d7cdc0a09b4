"""Google Ads: what campaigns cost, by day."""

from connectors.googleads.connector import CONNECTOR

__all__ = ["CONNECTOR"]
