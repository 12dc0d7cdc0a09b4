"""Two platforms whose pushes are believed in a way of their own, each alone: by its queue, and by a key that is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.adapters.public_keys import PublicKeys
from chalicelib.intake import Intake
from connectors.ebay import push
from ops.rehearsal import Outcome, Stage, rehearse, stage
from ops.simulator.platforms.amazon.api import AmazonApi
from ops.simulator.platforms.ebay.api import EbayApi
from ops.simulator.world import build


@contextmanager
def played(platform: str) -> Iterator[tuple[Stage, Outcome]]:
    """A small world of one platform, rehearsed."""
    with stage(build(3, history=24, today=36, platforms=(platform,))) as on:
        yield on, rehearse(on, lambda _name, _count, _total: None)


def test_amazon_comes_by_its_queue_and_by_nothing_else() -> None:
    with played("amazon") as (on, outcome):
        sent, feed, api = outcome.day.accepted, on.queues.feeds["amazon"], on.platforms.apis["amazon"]
        assert outcome.differences == []
        assert (outcome.orders, sent["duplicate"] > 0, sent["late"] > 0, outcome.dropped > 0) == (60, True, True, True)
        assert on.counters.total("received", platform="amazon") == sent.total()
        assert feed.empty() and on.queues.feed_dead.empty()
        assert on.runtime.gateway.served == 0
        assert isinstance(api, AmazonApi)
        assert (on.platforms.calls["amazon"] > 60, api.refused) == (True, 0)


def test_saboteur_a_feed_that_forgets_what_it_was_given_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pull makes good what a record told, so that the count of what was received has to tell."""
    monkeypatch.setattr(Intake, "record", lambda *_: None)
    with played("amazon") as (on, outcome):
        assert on.counters.total("received", platform="amazon") == 0 < outcome.day.accepted.total()
        assert outcome.differences == []


def test_ebay_is_believed_by_a_key_that_is_fetched_once_an_hour() -> None:
    with played("ebay") as (on, outcome):
        api = on.platforms.apis["ebay"]
        assert outcome.differences == []
        assert (outcome.orders, outcome.day.refused["forged"] > 0) == (60, True)
        assert isinstance(api, EbayApi)
        assert 0 < api.keys_read <= 26 < outcome.day.accepted.total()


def test_saboteur_any_key_and_any_signature_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicKeys, "get", lambda *_: "any")
    monkeypatch.setattr(push, "_holds", lambda *_: True)
    with played("ebay") as (_on, outcome):
        assert any("(forged): 200" in difference for difference in outcome.differences)
