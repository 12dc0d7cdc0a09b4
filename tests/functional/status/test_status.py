"""The status of an installation: what is read, what it means, and what it costs to read it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.belongings import Seed
from chalicelib.contract import Token
from chalicelib.domain.events import PrivacyRequest
from chalicelib.domain.facts import Cell
from chalicelib.domain.health import Health, QueueDepth
from chalicelib.leases import JobName
from ops.cli.output import print_json
from ops.cli.status import as_plain
from tests.functional.stack import CONFIG, NOW, Stack

BOTH = ("moto_engine", pytest.param("dynamodb_local_engine", marks=pytest.mark.dynamodb_local))
SHOPS = CONFIG.replace('account = "acme"\n', 'account = "acme"\n[[accounts]]\nplatform = "douyin"\naccount = "95250"\n', 1).replace(
    "enabled = true", "enabled = false"
)


class FullQueues:
    """Gauges with something in every queue."""

    def depths(self) -> list[QueueDepth]:
        """See the port."""
        old = NOW - timedelta(hours=1)
        return [
            QueueDepth("inbound-dead", 2, dead=True, oldest_at=old),
            QueueDepth("inbound", 7, 1, 0, old),
            QueueDepth("bulk", 900, 0, 0, old),
        ]


@pytest.fixture(params=BOTH)
def stack(request: pytest.FixtureRequest) -> Stack:
    """The whole core over fresh tables, with three shops."""
    return Stack(request.getfixturevalue(request.param), SHOPS)


def found(health: Health) -> set[tuple[str, str, str]]:
    """Findings as (grade, code, about)."""
    return {(each.grade, each.code, each.about) for each in health.findings}


def ail(stack: Stack) -> None:
    """Everything that can be wrong, at once."""
    app, marks, merchant = stack.app, stack.app.marks, "demo"
    for name, ago in (("shopify#acme#push", 2), ("shopify#acme#pull", 90), ("generic#erp#push", 60 * 30)):
        marks.put(merchant, f"heard#{name}", (NOW - timedelta(minutes=ago)).isoformat(), expected_version=0)
    marks.beat(merchant, NOW - timedelta(seconds=30))
    marks.put(merchant, "projected", (NOW - timedelta(minutes=7)).isoformat(), expected_version=0)
    marks.put(
        merchant, "halted#sms", json.dumps({"halted": True, "at": NOW.isoformat(), "reason": "complained"}), expected_version=0
    )
    marks.put(merchant, "digests", json.dumps({"day": ["2026-11-18", "x"]}), expected_version=0)
    app.work.park(merchant, "d1", "{}", NOW + timedelta(hours=1), "platform-throttled")
    app.work.quarantine(merchant, "d2", "no envelope", "envelope-malformed", "nothing")
    app.cells.raise_dirty([Cell(merchant, NOW.date(), "orders", "shopify", "acme", 0)])
    fail(stack, "orders", "platform-throttled", minutes=90)
    app.pauses.pause("douyin", "95250", "ops@demo.example")
    app.parts.gauges = FullQueues
    stack.clock.at = NOW


def fail(stack: Stack, kind: str, reason: str, *, minutes: int) -> None:
    """A job of the shop that failed first so long ago, and once more now."""
    leases = stack.app.leases
    for ago in (minutes, 0):
        stack.clock.at = NOW - timedelta(minutes=ago)
        lease = leases.take("demo", JobName(kind, "shopify", "acme"))
        assert lease is not None
        lease.release(reason=reason)


def test_all_that_is_wrong_is_found(stack: Stack) -> None:
    ail(stack)
    health = stack.app.status.read()
    assert health.grade == "bad"
    assert found(health) == {
        ("bad", "failing", "shopify/acme"),
        ("warn", "late", "shopify/acme"),
        ("warn", "silent", "generic/erp"),
        ("warn", "paused", "douyin/95250"),
        ("warn", "stream_behind", ""),
        ("bad", "dead_letters", "inbound-dead"),
        ("warn", "queue_waits", "inbound"),
        ("warn", "quarantined", "-"),
        ("ok", "parked", ""),
        ("bad", "halted", "sms"),
        ("ok", "sending_off", ""),
        ("warn", "digest_missing", ""),
    }
    assert [each.grade for each in health.findings] == sorted((e.grade for e in health.findings), key=("bad", "warn", "ok").index)
    assert health.lag_s == 7 * 60
    assert health.look.cells.count == 1


def test_what_people_asked_and_nobody_has_seen_to_is_named(stack: Stack) -> None:
    app = stack.app
    asked = PrivacyRequest("demo", "shopify", "acme", "export", "b1", (), NOW - timedelta(days=1))
    app.privacy.petitions.take(asked, NOW)
    app.privacy.erasing.begin(Seed(("nobody",)), "ops", at=NOW)
    stack.clock.at = NOW + timedelta(hours=12)
    assert ("warn", "hand_out", "") in found(app.status.read())
    assert not any(code == "erasures_late" for _, code, _ in found(app.status.read()))
    stack.clock.at = NOW + timedelta(days=30)
    late = app.status.read()
    assert {("bad", "hand_out", ""), ("bad", "erasures_late", "")} <= found(late)
    assert (late.look.rights.erasing, late.look.rights.late, late.look.rights.to_hand_out) == (1, 1, 1)


def test_an_installation_that_was_heard_of_is_well(stack: Stack) -> None:
    for name in ("shopify#acme#push", "shopify#acme#pull", "douyin#95250#pull", "generic#erp#push"):
        stack.app.marks.put("demo", f"heard#{name}", (NOW - timedelta(minutes=2)).isoformat(), expected_version=0)
    stack.app.marks.beat("demo", NOW)
    stack.project()
    health = stack.app.status.read()
    assert health.grade == "ok"
    assert found(health) == {("ok", "sending_off", "")}


def test_nothing_ever_heard_and_no_clock(stack: Stack) -> None:
    told = found(stack.app.status.read())
    assert {("warn", "never_heard", "shopify/acme"), ("bad", "schedules_never", "")} <= told


def test_what_stands_beside_a_token_is_told_without_opening_it(stack: Stack) -> None:
    api: Any = stack.app.hub.api(_shop("douyin", "95250"))
    until = NOW + timedelta(days=7)
    api.tokens.get(lambda _: Token("access-SECRET", until, "refresh-SECRET"))
    health = stack.app.status.read()
    (account,) = [each for each in health.accounts if each.look.platform == "douyin"]
    assert account.look.token is not None
    assert (account.look.token.until, account.look.token.revoked) == (until, False)
    assert "SECRET" not in repr(health)


def test_as_json_it_holds_words_and_no_python(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    ail(stack)
    for locale, word in (("en", "not fetched from"), ("zh-CN", "暂停")):
        print_json(as_plain(stack.app.status.read(), locale))
        told = json.loads(capsys.readouterr().out)
        assert told["grade"] == "bad"
        assert any(word in each["what"] for each in told["findings"])
        assert {each["grade"] for each in told["accounts"]} <= {"ok", "warn", "bad"}
        assert told["quarantine"] == {"-/envelope-malformed": 1}


def test_sources_that_are_late_are_counted_but_not_those_that_somebody_paused(stack: Stack) -> None:
    ail(stack)
    assert stack.app.status.stale() == {"shopify": 1, "generic": 1}
    assert stack.counters.total("source_stale", platform="shopify") == 1
    stack.app.pauses.resume("douyin", "95250", "ops@demo.example")
    assert stack.app.status.stale() == {"shopify": 1, "generic": 1, "douyin": 1}  # never heard of


def _shop(platform: str, account: str) -> Any:
    from chalicelib.contract import Account

    return Account("demo", platform, account, {})
