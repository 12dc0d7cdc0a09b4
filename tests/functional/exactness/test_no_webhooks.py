"""Platforms that send no webhooks: whatever is posted to their address is refused, and nothing is queued."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.contract import RawRequest
from connectors.registry import KEYS
from tests.functional.stack import CONFIG, Stack

SILENT = [key for key in ("taobao", "jd", "pinduoduo") if key in KEYS]
BODIES = (
    b"",
    b"{}",
    json.dumps({"topic": "taobao_trade_TradeBuyerPay", "id": 1, "user_id": 1, "content": '{"tid":1}'}).encode(),
    json.dumps({"id": 1, "commandType": "Common", "message": {"type": "pdd_trade_TradeConfirmed", "content": "{}"}}).encode(),
)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("key", SILENT)
def test_a_webhook_is_always_refused(key: str, method: str, moto_engine: Any) -> None:
    """Connected or not, signed as a call would be or not: there is nothing to verify, so nothing is taken."""
    account = f'\n[[accounts]]\nplatform = "{key}"\naccount = "acme"\npull_minutes = 0\n'
    stack = Stack(moto_engine, CONFIG + account)
    for name in ("acme", "somebody"):
        for body in BODIES:
            headers = {"content-type": ("application/json",), "sign": ("0" * 32,)}
            request = RawRequest(method, stack.config.webhook_url(key, name), headers, (), body)
            assert stack.app.receive.handle(key, name, request).status == 404
    assert stack.inbound.bodies == []
