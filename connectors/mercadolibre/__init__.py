"""Mercado Libre: unsigned notifications, read again through the API; order search."""

from connectors.mercadolibre.connector import CONNECTOR

__all__ = ["CONNECTOR"]
