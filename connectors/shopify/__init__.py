"""Shopify: signed fat webhooks, GraphQL and REST pull, privacy topics. Documentation: docs/connectors/shopify.md."""

from connectors.shopify.connector import CONNECTOR

__all__ = ["CONNECTOR"]
