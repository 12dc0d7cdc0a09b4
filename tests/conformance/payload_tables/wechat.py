"""WeChat's payloads: plain texts of pushes, and one order."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "store_order_get.response.json": Told("order", "accept"),
    # Pushes name what changed and hold none of it.
    "store_order_new.json": Told("order", "permanent"),
    "store_order_cancel.json": Told("order", "permanent"),
    "store_aftersale_update.docs.json": Told("refund", "permanent"),
    "store_aftersale_update.isv_flattened.json": Told("refund", "permanent"),
    "store_complaint_update.json": Told("refund", "permanent"),
    "store_close.json": Told("account", "skippable"),
    "store_spu_audit.json": Told("product", "skippable"),
    "subscribe_popup.array.json": Told("contact", "accept"),
    "subscribe_popup.xml": Told("contact", "accept"),
    "mp_subscribe_popup.xml": Told("contact", "accept", 2),
    "subscribe_change.array.json": Told("contact", "accept"),
    "subscribe_change.object.json": Told("contact", "accept"),
    "subscribe_change.xml": Told("contact", "accept"),
    "subscribe_sent.object.json": Told("message", "accept"),
    "subscribe_sent.xml": Told("message", "accept"),
    "mp_masssendjobfinish.xml": Told("message", "skippable"),  # of messages to all, which we do not send
    "logistics_add_express_path.xml": Told("message", "skippable"),
    "open_product_order_pay_old.xml": Told("order", "permanent"),  # of the retired transaction component
    "aes_vectors.json": Told("order", "permanent"),  # tests/unit/toolkit/test_wechat_aes.py
    "verify_url_docs.json": Told("order", "permanent"),  # tests/unit/toolkit/test_wechat_aes.py
}
