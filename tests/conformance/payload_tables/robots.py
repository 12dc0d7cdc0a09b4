"""Messages to robots and their answers: nothing of it is read as a payload; tests/unit/connectors/test_robots.py plays them."""

from __future__ import annotations

from tests.conformance.payload_tables import Told

TABLE = {
    "dingtalk_action_card_btns.json": Told("message", "skippable"),
    "dingtalk_error_rate.json": Told("message", "skippable"),
    "dingtalk_link.json": Told("message", "skippable"),
    "dingtalk_text_at.json": Told("message", "skippable"),
    "feishu_card_v1.json": Told("message", "skippable"),
    "feishu_response_bad_request.json": Told("message", "skippable"),
    "feishu_response_ok.json": Told("message", "skippable"),
    "feishu_response_sign_fail.json": Told("message", "skippable"),
    "feishu_text.json": Told("message", "skippable"),
    "sign_vectors.json": Told("message", "skippable"),
}
