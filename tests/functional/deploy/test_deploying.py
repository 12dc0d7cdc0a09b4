"""Deploying and going back, as the script does it, before an `aws` that plays CloudFormation and S3. AWS itself was never called.

One test has it on the PATH; in the others each call is answered in this process, which is quicker.
"""

from __future__ import annotations

import json
import stat
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import ConfigError
from ops import deploying
from ops.deploy_stage import STAGES, Aws, CommandFailed, read_stage
from tests.functional.deploy.fake_aws import FakeAws, Refused

CONFIG = 'merchant = "demo"\nname = "Demo"\ntime_zone = "Asia/Shanghai"\ncurrency = "CNY"\nbase_url = "https://hooks.example.com"\n'
FAKE = Path(__file__).with_name("fake_aws.py")
PROBES = 'probes = ["shopify/acme"]'
RUN = Aws.run


@dataclass
class World:
    """A stage before a fake AWS. `broken` templates are those whose /healthz fails."""

    home: Path
    broken: str = "broken"

    def play(self, **script: Any) -> None:
        """What AWS does from now on."""
        kept = json.loads((self.home / "script.json").read_text())
        (self.home / "script.json").write_text(json.dumps({"url": kept["url"], **script}))

    def run(self, act: str, body: str = "Description: one\n", *words: str, config: str = CONFIG) -> int:
        """`python -m ops.deploying ACT dev`."""
        (self.home / "sam.yaml").write_text(body)
        (self.home / "huitou.toml").write_text(config)
        given = ["--stages", str(self.home / "stages"), "--template", str(self.home / "sam.yaml"), "--pause", "0"]
        return deploying.main([act, "dev", *given, *words])

    @property
    def calls(self) -> list[str]:
        """What was called, by its first words."""
        lines = (self.home / "calls").read_text().splitlines() if (self.home / "calls").exists() else []
        return [" ".join(json.loads(line)[:3]) for line in lines]

    def said(self, word: str) -> int:
        """How often a call began so."""
        return sum(each.startswith(word) for each in self.calls)

    @property
    def deployed(self) -> str:
        """The template that is deployed."""
        return FakeAws(self.home, ()).place((self.home / "deployed").read_text()).read_text()

    @property
    def handed_over(self) -> str:
        """The configuration in the stack's bucket."""
        return (self.home / "s3" / "data" / "config" / "huitou.toml").read_text()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    found = World(tmp_path)

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(503 if found.broken in found.deployed else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    tools = tmp_path / "bin"
    tools.mkdir()
    (tmp_path / "probe").write_text("exit 0\n")
    script(tools / "aws", f'exec "{sys.executable}" -S -E "{FAKE}" "$@"')
    script(tools / "huitou", f'echo "$HUITOU_TABLE $*" >> "{tmp_path}/probes"; . "{tmp_path}/probe"')
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(Aws, "run", lambda _, *words: answered(tmp_path, words))
    monkeypatch.setenv("FAKE_AWS", str(tmp_path))
    (tmp_path / "script.json").write_text(json.dumps({"url": f"http://127.0.0.1:{server.server_port}/api/"}))
    (tmp_path / "stages").mkdir()
    (tmp_path / "stages" / "dev.toml").write_text(filled(STAGES / "dev.toml"))
    yield found
    server.shutdown()
    server.server_close()


def answered(home: Path, words: tuple[str, ...]) -> str:
    try:
        return json.dumps(FakeAws(home, words).play())
    except Refused as refused:
        raise CommandFailed(str(refused)) from None


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def filled(path: Path) -> str:
    changes = {"../../huitou.toml": "../huitou.toml", "watch_minutes = 0": "watch_minutes = 5", "probes = []": PROBES}
    text = path.read_text(encoding="utf-8")
    for name, value in (("artifacts", "artifacts"), ("mail_domain", "demo.example"), ("alarm_email", "ops@demo.example")):
        text = text.replace(f'{name} = ""', f'{name} = "{value}"')
    for before, after in changes.items():
        text = text.replace(before, after)
    return text


def test_a_release_is_packed_shown_watched_probed_and_handed_over(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Aws, "run", RUN)  # through the PATH
    assert world.run("deploy") == 0
    assert world.run("deploy", "Description: two\n") == 0
    said = capsys.readouterr().out
    assert "two" in world.deployed and world.handed_over == CONFIG
    assert "Modify  Normalise" in said and "lines of difference" in said and "works: shopify/acme" in said
    assert "-Description: one" in (world.home / "deploy-huitou-dev.diff").read_text()
    assert (world.home / "probes").read_text().splitlines()[-1] == "table accounts check shopify acme --json"
    proposals = [line for line in (world.home / "calls").read_text().splitlines() if "create-change-set" in line]
    assert "RollbackTriggers" not in proposals[0], "a new stack has no alarms yet"
    assert "alarm:IntakeDownAlarm,Type=AWS::CloudWatch::CompositeAlarm" in proposals[1]
    assert "MonitoringTimeInMinutes=5" in proposals[1]


def test_a_release_that_does_not_work_is_taken_back_with_its_configuration(world: World) -> None:
    assert world.run("deploy") == 0
    assert world.run("deploy", "Description: broken\n", config=CONFIG + "# new\n") == 1
    assert "one" in world.deployed and world.handed_over == CONFIG
    assert world.run("deploy", "Description: three\n") == 0, "and the next one stands on what worked"
    assert world.run("rollback") == 0
    assert "one" in world.deployed


def test_a_probe_that_is_not_taken_takes_the_release_back(world: World) -> None:
    assert world.run("deploy") == 0
    (world.home / "probe").write_text('tail -1 "$FAKE_AWS/deployed" | grep -q "$(cat $FAKE_AWS/first)"\n')
    (world.home / "first").write_text((world.home / "deployed").read_text())
    assert world.run("deploy", "Description: two\n") == 1
    assert "one" in world.deployed


def test_going_back_and_having_nothing_to_go_back_to(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("rollback") == 1
    assert world.run("deploy") == 0
    assert world.run("rollback") == 1
    assert "there is no release before" in capsys.readouterr().err
    assert world.run("deploy", "Description: two\n", config=CONFIG + "# new\n") == 0
    assert world.run("rollback") == 0
    assert "one" in world.deployed and world.handed_over == CONFIG


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"drift": True}, "stack-drifted"),
        ({"status": "UPDATE_IN_PROGRESS"}, "stack-busy"),
        ({"refusal": "Template error: instance of Fn::GetAtt"}, "Fn::GetAtt"),
        ({"changes": [["Modify", "Table", "AWS::DynamoDB::Table", "True"]]}, "data-at-risk"),
        ({"changes": [["Remove", "InboundQueue", "AWS::SQS::Queue", "False"]]}, "data-at-risk"),
    ],
)
def test_refused_before_anything_changes(
    world: World, script: dict[str, Any], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert world.run("deploy") == 0
    world.play(**script)
    assert world.run("deploy", "Description: two\n") == 1
    assert reason in capsys.readouterr().err
    assert "one" in world.deployed and world.said("cloudformation execute-change-set") == 1


def test_a_broken_configuration_calls_nobody(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy", config=CONFIG.replace("CNY", "no currency")) == 1
    assert "currency" in capsys.readouterr().err
    assert world.calls == []


def test_an_update_that_cloudformation_takes_back_hands_nothing_over(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert world.run("deploy") == 0
    world.play(update_fails=True)
    assert world.run("deploy", "Description: two\n", config=CONFIG + "# new\n") == 1
    assert "Normalise: an alarm" in capsys.readouterr().err
    assert "one" in world.deployed and world.handed_over == CONFIG


def test_drift_may_be_accepted_and_nothing_to_change_is_no_fault(world: World) -> None:
    assert world.run("deploy") == 0
    world.play(drift=True, refusal="The submitted information didn't contain changes.")
    assert world.run("deploy", "Description: one\n", "--accept-drift", config=CONFIG + "# new\n") == 0
    assert world.handed_over.endswith("# new\n")


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_a_stage_as_it_comes_is_refused_until_it_is_filled_in(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="fill in alarm_email, artifacts, mail_domain"):
        read_stage(name)
    (tmp_path / f"{name}.toml").write_text(filled(STAGES / f"{name}.toml"))
    assert read_stage(name, tmp_path).ask is (name == "prod")
    with pytest.raises(ConfigError, match="there is no stage"):
        read_stage("other", tmp_path)
