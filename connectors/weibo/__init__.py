"""Weibo (微博): comments and mentions with replies, messages of the fans' service, followers. There are no orders."""

from connectors.weibo.connector import CONNECTOR

__all__ = ["CONNECTOR"]
