"""Weibo's payloads: a comment and a post, and pushes, which are hints and hold nothing that is believed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.conformance.payload_tables import Told

TABLE = {
    "api_comment.json": Told("review", "accept"),
    "api_repost.json": Told("review", "accept"),
    "api_rate_limit_status.json": Told("review", "permanent"),
    "push_event_follow.json": Told("contact", "permanent"),
    "push_message_text.json": Told("message", "permanent"),
    "url_verification.txt": Told("message", "permanent"),
}


def secrets(told: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """The secret of the documented address check."""
    return {"app_secret": (str(told["app_secret"]),)}


def now(told: Mapping[str, Any]) -> datetime:
    """When it was made."""
    return datetime.fromtimestamp(int(told["timestamp"]) // 1000, UTC)
