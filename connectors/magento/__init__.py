"""Magento and Adobe Commerce: Adobe I/O events, Commerce webhooks, or polling alone for Open Source."""

from connectors.magento.connector import CONNECTOR

__all__ = ["CONNECTOR"]
