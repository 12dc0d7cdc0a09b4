"""Google Analytics 4: what paid traffic brought, by day, source and campaign."""

from connectors.ga4.connector import CONNECTOR

__all__ = ["CONNECTOR"]
