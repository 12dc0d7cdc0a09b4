"""TikTok Shop: signed thin pushes, orders, returns and cancellations through the API, chat."""

from connectors.tiktokshop.connector import CONNECTOR

__all__ = ["CONNECTOR"]
