"""Amazon: notifications by a queue or a bus, orders by the Selling Partner API, order-related messages."""

from connectors.amazon.connector import CONNECTOR

__all__ = ["CONNECTOR"]
