"""Amazon Ads: what campaigns cost, by day."""

from connectors.amazonads.connector import CONNECTOR

__all__ = ["CONNECTOR"]
