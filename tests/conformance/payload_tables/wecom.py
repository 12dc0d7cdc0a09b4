"""WeCom's payloads: sealed samples of Tencent's, plain texts of events, answers of the API."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.conformance.payload_tables import Told

TABLE = {
    "event_add_external_contact.xml": Told("contact", "accept"),
    "event_msg_audit_approved.xml": Told("contact", "skippable"),
    "event_template_card.xml": Told("contact", "skippable"),
    "message_text_plain.xml": Told("contact", "permanent"),  # an employee's, not a customer's
    "external_contact_get.json": Told("contact", "accept", 2),
    "get_corp_tag_list.response.json": Told("contact", "permanent"),  # read by set_tags
    "groupmsg_result_old.json": Told("message", "permanent"),  # of a call that is retired
    "verify_url_docs.json": Told("contact", "permanent"),  # tests/unit/connectors/test_wecom_push.py
    # Sealed: verified, and opened by verify().
    "callback_text_docs.xml": Told("contact", "permanent"),
    "callback_text_official_sample.xml": Told("contact", "permanent"),
    "callback_json_official_sample.json": Told("contact", "permanent"),
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The secrets of a sealed payload, as its headers file names them."""
    return {"token": (told["token"],), "aes_key": (told["encoding_aes_key"],), "receive_id": (told["receive_id"],)}


def now(told: Mapping[str, Any]) -> datetime:
    """When it came: what is stamped long ago is refused."""
    return datetime.fromtimestamp(int(told["query"]["timestamp"]), UTC)
