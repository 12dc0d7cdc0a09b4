"""Pinduoduo: messages over a socket that a worker holds, orders and refunds by pull; the platform has no webhook."""

from connectors.pinduoduo.connector import CONNECTOR

__all__ = ["CONNECTOR"]
