"""Ele.me (饿了么): signed pushes of orders, cancellations and deliveries; orders, reviews and replies through the NOP API."""

from connectors.eleme.connector import CONNECTOR

__all__ = ["CONNECTOR"]
