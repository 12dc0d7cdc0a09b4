"""Douyin shop (抖店): pushes of the message service, order and after-sale API."""

from connectors.douyin.connector import CONNECTOR

__all__ = ["CONNECTOR"]
