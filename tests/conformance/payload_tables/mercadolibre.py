"""Mercado Libre's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "order_2000003508897196.json": Told("order", "accept"),
    "notification_orders_v2.json": Told("order", "permanent"),  # names an order, holds none
    "notification_orders_2012.txt": Told("order", "permanent"),  # a comma too many, as published
    "notification_items_2012.txt": Told("order", "permanent"),
    "messages_pack.json": Told("message", "accept"),
    "question_v4.json": Told("question", "accept"),
    "reviews_item.json": Told("review", "accept", 2),
    "shipment_costs.json": Told("order", "permanent"),
}
