"""AliExpress: orders by pull and by hint, read through the API. Pushes are refused until an account switches them on."""

from connectors.aliexpress.connector import CONNECTOR

__all__ = ["CONNECTOR"]
