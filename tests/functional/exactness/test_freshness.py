"""Whom a digest waits for: shops that tell orders, and nobody who only speaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.order import local_day
from chalicelib.pipeline import digest
from tests.functional.stack import CONFIG, NOW, Stack

SPEAKERS = "".join(
    f'[[accounts]]\nplatform = "{platform}"\naccount = "acme"\n' for platform in ("robots", "sms", "ses", "wecom", "googleads")
)


def waited_for(engine: Any) -> list[str]:
    """The platforms whose silence makes a day provisional."""
    stack = Stack(engine, CONFIG.replace("[[campaigns]]", SPEAKERS + "[[campaigns]]", 1))
    report = stack.app.digest.report(local_day(NOW - timedelta(days=1), stack.config.zone))
    return [source.platform for source in report.freshness]


def test_only_who_tells_orders_is_waited_for(moto_stack: Stack) -> None:
    assert waited_for(moto_stack.engine.inner) == ["shopify", "generic"]


def test_saboteur_everybody_is_waited_for(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest.Digest, "_tells_orders", lambda *_: True)
    assert len(waited_for(moto_stack.engine.inner)) == 7
