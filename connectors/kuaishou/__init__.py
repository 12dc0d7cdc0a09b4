"""Kuaishou shop (快手小店): sealed pushes as hints, orders, fees and refunds through the API, reviews and replies."""

from connectors.kuaishou.connector import CONNECTOR

__all__ = ["CONNECTOR"]
