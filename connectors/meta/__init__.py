"""Meta: Instagram, Messenger and WhatsApp: comments and mentions, messages and receipts, opt-outs, ad spend."""

from connectors.meta.connector import CONNECTOR

__all__ = ["CONNECTOR"]
