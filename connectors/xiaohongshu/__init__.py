"""Xiaohongshu (小红书): unsigned bodies as hints, orders and after-sales through the Ark API."""

from connectors.xiaohongshu.connector import CONNECTOR

__all__ = ["CONNECTOR"]
