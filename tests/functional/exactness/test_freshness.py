"""Whom a digest waits for: shops that tell orders, and nobody who only speaks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import freshness
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import KINDS, period_of
from tests.functional.stack import CONFIG, NOW, Stack

SPEAKERS = "".join(
    f'[[accounts]]\nplatform = "{platform}"\naccount = "acme"\n' for platform in ("robots", "sms", "ses", "wecom", "googleads")
)


def waited_for(engine: Any) -> list[str]:
    """The platforms whose silence makes a day provisional."""
    stack = Stack(engine, CONFIG.replace("[[campaigns]]", SPEAKERS + "[[campaigns]]", 1))
    report = stack.app.digest.report(period_of("day", local_day(NOW - timedelta(days=1), stack.config.zone)))
    return [source.platform for source in report.freshness]


def test_only_who_tells_orders_is_waited_for(moto_stack: Stack) -> None:
    assert waited_for(moto_stack.engine.inner) == ["shopify", "generic"]


def test_saboteur_everybody_is_waited_for(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freshness.Sources, "_tells_orders", lambda *_: True)
    assert len(waited_for(moto_stack.engine.inner)) == 7


def test_of_a_shop_of_which_nothing_was_heard_no_nought_is_invented(moto_stack: Stack) -> None:
    day = local_day(NOW - timedelta(days=1), moto_stack.config.zone)
    for kind in KINDS:
        report = moto_stack.app.digest.report(period_of(kind, day))
        assert report.provisional
        assert (report.figures, report.channels, report.cohorts, report.profit, report.totals) == ((), (), (), None, ())
        assert {point.net_sales for point in report.trend} == {None}
