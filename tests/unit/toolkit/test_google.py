"""Errors of Google's APIs by their codes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.google import refusal


def problem(status: str, *codes: dict[str, str]) -> bytes:
    told: dict[str, Any] = {"code": 400, "message": "Ada Example", "status": status}
    return json.dumps(
        {"error": {**told, "details": [{"errors": [{"errorCode": code, "message": "Ada"} for code in codes]}]}}
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "error", "reason", "shown"),
    [
        (429, b"<html>", Retriable, "platform-throttled", "no code"),
        (400, problem("X", {"quotaError": "RESOURCE_EXHAUSTED"}), Retriable, "platform-throttled", "RESOURCE_EXHAUSTED"),
        (403, problem("RESOURCE_EXHAUSTED"), Retriable, "platform-throttled", "RESOURCE_EXHAUSTED"),
        (400, problem("X", {"quotaError": "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION"}), Retriable, "platform-throttled", ""),
        (500, problem("INTERNAL"), Retriable, "platform-unavailable", "INTERNAL"),
        (400, problem("UNAVAILABLE"), Retriable, "platform-unavailable", "UNAVAILABLE"),
        (403, problem("X", {"authorizationError": "DEVELOPER_TOKEN_NOT_APPROVED"}), ConfigError, "application-refused", ""),
        (403, problem("PERMISSION_DENIED", {"authorizationError": "USER_PERMISSION_DENIED"}), Permanent, "permission-missing", ""),
        (
            400,
            problem("INVALID_ARGUMENT", {"queryError": "REQUESTED_METRICS_FOR_MANAGER"}),
            Permanent,
            "platform-refused",
            "MANAGER",
        ),
        (404, b"<html>", Permanent, "platform-refused", "HTTP 404"),
        (400, problem("Ada Example"), Permanent, "platform-refused", "no code"),
        (400, b"[]", Permanent, "platform-refused", "no code"),
    ],
)
def test_each_code_has_its_error(status: int, body: bytes, error: type[HuitouError], reason: str, shown: str) -> None:
    found = refusal(status, body, connector="x")
    assert type(found) is error and (found.reason, found.connector) == (reason, "x")
    assert shown in str(found) and "Ada" not in str(found)
