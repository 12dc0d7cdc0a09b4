"""Lazada: signed thin pushes, orders and reverse orders through the API, reviews, messages, ad spend."""

from connectors.lazada.connector import CONNECTOR

__all__ = ["CONNECTOR"]
