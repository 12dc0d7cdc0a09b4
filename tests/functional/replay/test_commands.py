"""`huitou quarantine`, `replay`, `redrive` and `audit` over the core."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from ops import cli
from ops.cli import app, audit, quarantine, redrive, replay
from ops.runtime.dead_letters import local_dead_letters
from ops.runtime.queue import open_queues
from tests.functional.exactness.world import deliver, erp
from tests.functional.replay.test_redrive import body
from tests.functional.stack import Stack

BROKEN = json.loads(erp("R2", 1, "paid", 100).body) | {"status": 7, "buyer": {"email": "wang.wei@example.com"}}


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop with one good order, one that cannot be mapped, and a dead letter."""
    stack = Stack(moto_engine)
    queues = open_queues(now=stack.clock.now, max_receive_count=1)
    stack.app.parts.dead_letters = lambda: local_dead_letters(queues)
    queues.inbound.send([body(1), body(2, merchant="other")])
    while queues.inbound.receive(visibility=timedelta(0)):
        pass
    deliver(stack, [erp("R1", 1, "paid", 100)])
    assert stack.push("generic", "erp", json.dumps(BROKEN).encode()) == 200
    stack.normalise()
    for module in (audit, quarantine, redrive, replay):
        monkeypatch.setattr(module, "open_application", lambda *_: stack.app)
    return stack


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output + str(result.exception)
    return result


def told(*arguments: str, code: int = 0) -> Any:
    return json.loads(run(*arguments, "--json", code=code).stdout)


def test_looking_shows_no_value_until_it_is_asked_for_by_name(shop: Stack) -> None:
    listed = told("quarantine", "list")
    assert listed["counts"] == [{"platform": "generic", "reason": "payload-malformed", "count": 1}]
    digest = listed["held"][0]["digest"]
    shown = run("quarantine", "show", digest)
    assert "$.buyer.email" in shown.stdout
    assert told("quarantine", "show", digest)["outline"][0] == ["$", "object"]
    assert "wang" not in shown.output + str(listed) and told("audit") == []
    assert "wang.wei@example.com" in run("quarantine", "show", digest, "--reveal").stdout
    (row,) = told("audit")
    assert (row["act"], row["subject"], row["actor"].startswith("cli:")) == ("quarantine.reveal", digest, True)
    assert "payload-malformed" in run("quarantine", "list").stdout


def test_dropping_needs_a_selection(shop: Stack) -> None:
    run("quarantine", "drop", code=2)
    run("quarantine", "drop", "--reason", "payload-malformed", "--dry-run")
    assert shop.app.work.held("demo") == 1
    run("quarantine", "drop", "--reason", "payload-malformed")
    assert shop.app.work.held("demo") == 0


def test_replaying(shop: Stack) -> None:
    found = told("replay", "--archived", "--dry-run")
    assert (found["found"], found["sent"], found["refused"], found["resumed"], found["refusals"]) == (1, 0, 0, False, [])
    assert [(each["platform"], each["count"]) for each in found["by"]] == [("generic", 1)]
    assert (shop.bulk.bodies, told("audit")) == ([], [])
    assert told("replay", "--quarantined")["sent"] == 1
    assert told("replay", "--archived")["sent"] == 1
    assert told("replay", "generic/erp/R1")["sent"] == 1
    assert len(shop.bulk.bodies) == 3
    assert {row["act"] for row in told("audit")} == {"replay"}
    run("replay", code=2)
    run("replay", "--archived", "--reason", "payload-malformed", code=2)
    run("replay", "--archived", "--rate", "0", code=2)
    for name in list(shop.archive.names("raw/")):
        shop.archive.objects[name] = shop.archive.objects[name][:-1] + b"x"
    found = told("replay", "--archived", "--afresh", code=1)
    assert (found["sent"], found["refused"], found["refusals"][0]["reason"]) == (0, 1, "seal-broken")


def test_redriving(shop: Stack) -> None:
    assert told("redrive") == {"inbound": 2, "bulk": 0, "jobs": 0, "feed": 0, "stream": 0}
    (letter,) = told("redrive", "inbound", "--list")
    assert (letter["merchant"], letter["platform"], letter["topic"]) == ("demo", "shopify", "orders/paid")
    assert len(told("redrive", "inbound", "--list", "--everybody")) == 2
    assert told("redrive", "inbound", "--platform", "douyin")["sent"] == 0
    assert told("redrive", "inbound", "--dry-run") == {
        "found": 1,
        "sent": 0,
        "by": [{"platform": "shopify", "account": "acme", "count": 1}],
        "left": {},
    }
    shop.clock.at += timedelta(seconds=1)
    assert told("redrive", "inbound")["sent"] == 1
    assert told("redrive")["inbound"] == 1
    assert "inbound" in run("redrive").stdout and "shopify" in run("redrive", "inbound", "--list", "--everybody").stdout
    assert "1 come again" in run("redrive", "inbound", "--everybody").output


def test_a_queue_that_is_none_is_one_line(shop: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["huitou", "redrive", "nonsense"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    assert "inbound, bulk, jobs, feed, stream" in capsys.readouterr().err
