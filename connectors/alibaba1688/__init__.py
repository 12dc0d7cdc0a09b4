"""Alibaba 1688: signed thin pushes in forms, orders and refunds through the API, missed messages fetched and confirmed."""

from connectors.alibaba1688.connector import CONNECTOR

__all__ = ["CONNECTOR"]
