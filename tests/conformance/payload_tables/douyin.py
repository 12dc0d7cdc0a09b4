"""Douyin's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "api_OrderDetailResponse.json": Told("order", "accept"),
    "api_AftersaleListResponse.json": Told("refund", "accept"),
    "api_AftersaleDetailResponse.json": Told("refund", "permanent"),  # the sample is empty
    "api_OrderSearchListRequest.json": Told("order", "permanent"),
    "api_TokenCreateResponse.json": Told("order", "permanent"),
    "api_MemberSearchListResponse.json": Told("order", "permanent"),
    "api_OrderBatchDecryptResponse.json": Told("order", "permanent"),
    # After-sale pushes map on their own; the others name an order and hold none.
    "event_RefundBuyerReturnGoodsEvent.json": Told("refund", "accept"),
    "event_RefundClosedEvent.json": Told("refund", "accept"),
    "event_RefundCreatedEvent.json": Told("refund", "accept"),
    "event_RefundModifiedEvent.json": Told("refund", "accept"),
    "event_RefundRefusedEvent.json": Told("refund", "accept"),
    "event_TradeAddressChangeAppliedEvent.json": Told("order", "permanent"),
    "event_TradeAmountChangedEvent.json": Told("order", "permanent"),
    "event_TradeCanceledEvent.json": Told("order", "permanent"),
    "event_TradeCreateEvent.json": Told("order", "permanent"),
    "event_TradeMemoModifyEvent.json": Told("order", "permanent"),
    "event_TradePaidEvent.json": Told("order", "permanent"),
    "event_TradePendingEvent.json": Told("order", "permanent"),
}
