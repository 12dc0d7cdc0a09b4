"""`huitou pull`, `huitou accounts pause` and `resume`, over a stack."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from chalicelib.errors import ConfigError, HuitouError, Retriable
from ops.cli import app, pulling, shops
from ops.cli.pulling import moment_ago
from tests.functional.runs.platform import Desk, Listed, every
from tests.functional.stack import NOW, Stack

SHOP = "fake/acme"


@pytest.fixture
def platform() -> Listed:
    return Listed(every(30, timedelta(hours=47), NOW))


@pytest.fixture
def desk(moto_stack: Stack, platform: Listed, monkeypatch: pytest.MonkeyPatch) -> Desk:
    desk = Desk(moto_stack, platform)
    moto_stack.app.__dict__ |= {"jobs": desk.jobs, "backfills": desk.backfills, "pauses": desk.pauses}
    for module in (pulling, shops):
        monkeypatch.setattr(module, "open_application", lambda *_: moto_stack.app)
    return desk


def huitou(*words: str) -> Result:
    """One command; an error of ours is raised."""
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, HuitouError):
        raise result.exception
    return result


def test_now_and_queued(desk: Desk) -> None:
    assert json.loads(huitou("pull", SHOP, "--json").stdout) == {"queued": 0}  # of the last day
    assert json.loads(huitou("pull", SHOP, "--queue", "--json").stdout)["state"] == "queued"
    assert desk.work() == 1


def test_history_goes_to_its_end_and_says_so(desk: Desk) -> None:
    said = huitou("pull", SHOP, "--since", "2m")
    assert said.exit_code == 0 and "done" in said.stderr and "events" in said.stderr
    told = json.loads(huitou("pull", SHOP, "--watch", "--json").stdout)
    assert (told["state"], told["permille"], told["events"], told["left"]) == ("done", 1000, 30, None)
    assert told["since"] == "2026-09-21T04:00:00Z"


def test_queued_history_is_done_by_the_installation(desk: Desk) -> None:
    told = json.loads(huitou("pull", SHOP, "--since", "60d", "--queue", "--json").stdout)
    assert (told["state"], told["events"]) == ("running", 0)
    desk.work()
    assert json.loads(huitou("pull", SHOP, "--watch", "--json").stdout)["events"] == 30


def test_interrupted_it_stands_and_goes_on(desk: Desk, platform: Listed) -> None:
    def ctrl_c() -> None:
        if len(platform.asked) == 4:
            raise KeyboardInterrupt

    platform.before = ctrl_c
    said = huitou("pull", SHOP, "--since", "2m")
    assert said.exit_code == 1 and "goes on there" in said.stderr
    assert desk.backfills.all()[0].state == "stopped"
    assert desk.jobs.fan_out() == 1, "the pull of what is new alone"
    assert huitou("pull", SHOP, "--since", "2m").exit_code == 0
    assert {str(number) for number in range(30)} == set(desk.queued())


def test_a_platform_that_is_away_is_waited_for(desk: Desk, platform: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("ops.cli.pulling.time.sleep", slept.append)

    def throttled() -> None:
        if len(platform.asked) in (3, 5, 6):
            raise Retriable("platform-throttled", after=7)

    platform.before = throttled
    assert huitou("pull", SHOP, "--since", "2m").exit_code == 0
    assert slept == [7, 7, 7]
    platform.asked.clear()

    def gone() -> None:
        raise Retriable("platform-unavailable")

    platform.before = gone
    with pytest.raises(Retriable, match="platform-unavailable"):
        huitou("pull", SHOP, "--since", "2m")
    assert len(slept) == 3 + pulling.TRIES - 1


def test_paused_it_has_to_be_forced(desk: Desk) -> None:
    assert huitou("accounts", "pause", "fake", "acme").exit_code == 0
    assert desk.pauses.state("fake", "acme").paused
    with pytest.raises(ConfigError, match="paused"):
        huitou("pull", SHOP)
    assert huitou("pull", SHOP, "--force").exit_code == 0
    assert huitou("accounts", "resume", "fake", "acme").exit_code == 0
    assert not desk.pauses.state("fake", "acme").paused


def test_so_long_ago() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    for text, days in (("2y", 730), ("6m", 180), ("8w", 56), ("30d", 30), ("48h", 2)):
        assert moment_ago(text, now) == now - timedelta(days=days)
    assert moment_ago("2026-01-01T00:00:00Z", now) == datetime(2026, 1, 1, tzinfo=UTC)


def test_history_that_was_never_asked_for(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="ever asked"):
        huitou("pull", SHOP, "--watch")
