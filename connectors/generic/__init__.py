"""Generic: any system of the merchant's own, over signed webhooks and files. Documentation: docs/connectors/generic.md."""

from connectors.generic.connector import CONNECTOR

__all__ = ["CONNECTOR"]
