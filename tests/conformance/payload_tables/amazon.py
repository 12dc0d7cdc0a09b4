"""Amazon's payloads."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "orders2026_getOrder.json": Told("order", "accept"),
    "orders2026_searchOrders.json": Told("order", "accept"),
    "orders2026_getOrder.sandbox.json": Told("order", "permanent"),  # a list of requests and their answers, not an answer
    "ordersV0_getOrder.json": Told("order", "accept"),
    "ordersV0_getOrders.json": Told("order", "accept"),
    "ordersV0_getOrderItems.json": Told("order", "permanent"),  # lines without their order, in fractions of a yen
    "ordersV0_getOrderAddress.json": Told("order", "permanent"),
    "ordersV0_getOrderBuyerInfo.json": Told("order", "permanent"),
    "notification_ORDER_CHANGE.json": Told("order", "permanent"),  # names an order, holds none
    "notification_TRANSACTION_UPDATE.json": Told("order", "permanent"),
    "notification_FBA_OUTBOUND_SHIPMENT_STATUS.json": Told("order", "permanent"),
    "notification_REPORT_PROCESSING_FINISHED.json": Told("order", "permanent"),
    "notification_SHIPMENT_TRACKING_MILESTONE_CHANGED.json": Told("order", "permanent"),
    "finances2024_listTransactions.sandbox.json": Told("order", "permanent"),
    "efReturns_getReturn.json": Told("order", "permanent"),  # of another API, which is not read
    "customerFeedback_getItemReviewTopics.json": Told("review", "skippable"),  # aggregates, no reviews
    "messaging_getMessagingActionsForOrder.json": Told("message", "skippable"),
    "solicitations_getSolicitationActionsForOrder.json": Told("message", "skippable"),
    # Answers of other calls.
    "notifications_createDestination.json": Told("order", "permanent"),
    "notifications_createSubscription.json": Told("order", "permanent"),
    "solicitations_createProductReviewAndSellerFeedbackSolicitation.sandbox.json": Told("order", "permanent"),
    "tokens_createRestrictedDataToken.sandbox.json": Told("order", "permanent"),
}
