"""Youzan (有赞): signed pushes, some of them whole orders; orders, refunds and reviews through the API."""

from connectors.youzan.connector import CONNECTOR

__all__ = ["CONNECTOR"]
