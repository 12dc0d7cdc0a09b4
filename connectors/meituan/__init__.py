"""Meituan Waimai and Shangou (美团外卖·闪购): one signed address a kind of push, orders, refunds, reviews and replies."""

from connectors.meituan.connector import CONNECTOR

__all__ = ["CONNECTOR"]
