"""JD.com: orders and refunds by pull; the platform has no webhook."""

from connectors.jd.connector import CONNECTOR

__all__ = ["CONNECTOR"]
