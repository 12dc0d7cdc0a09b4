"""eBay: notifications signed by eBay's own keys, orders read through the Fulfillment API, feedback, messages."""

from connectors.ebay.connector import CONNECTOR

__all__ = ["CONNECTOR"]
