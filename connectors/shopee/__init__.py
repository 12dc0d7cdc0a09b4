"""Shopee: signed thin pushes, orders with their escrow and returns read through the API, comments, chat, ads."""

from connectors.shopee.connector import CONNECTOR

__all__ = ["CONNECTOR"]
