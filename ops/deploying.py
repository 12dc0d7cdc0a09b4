"""`make deploy STAGE=` and `make rollback STAGE=`: a release of code, template and configuration, and the way back.

    python -m ops.deploying deploy STAGE [--yes] [--accept-drift]
    python -m ops.deploying rollback STAGE [--yes]

A release is kept in the bucket of artifacts under STACK/releases/ID: the template (it names its bundle), the stage's parameters and
the configurations. `current.json` beside it says which one is deployed, and which was before. docs/deploy.md tells each step.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from chalicelib.errors import ConfigError, HuitouError
from chalicelib.merchants import named
from ops.deploy_stack import Change, Stack
from ops.deploy_stage import ROOT, STAGES, Aws, CommandFailed, Stage, read_stage
from ops.installation import check_config

TRIES = 10  # looks at a new release: functions read a new configuration within a minute


@dataclass(frozen=True, slots=True)
class Current:
    """Which release is deployed, and which was before; "" where there is none."""

    release: str = ""
    before: str = ""


class Deployment:
    """One stage, and what can be done to it. `say` prints, `agree` asks; `pause` is seconds between two looks."""

    def __init__(self, stage: Stage, say: Callable[[str], None], agree: Callable[[str], bool], pause: float = 10) -> None:
        self._stage, self._say, self._agree, self._pause = stage, say, agree, pause
        self._aws = Aws(stage.region)
        self._stack = Stack(self._aws, stage.stack, pause)
        self._place = f"s3://{stage.artifacts}/{stage.stack}/releases"

    def deploy(self, template: Path, *, accept_drift: bool) -> bool:
        """Package, show what would change, change it, look whether it works, and go back where it does not. True: it stands."""
        check_config(Path(self._stage.configuration))
        state = self._stack.state()
        current = self._current()
        if state and (drifted := self._stack.drift()) and not accept_drift:
            raise ConfigError("stack-drifted", f"changed by hand since: {', '.join(drifted)}. Take it back, or --accept-drift")
        release = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        self._keep(release, template)
        if not self._change(release, self._stage.parameters, self._stage.watch_minutes, new=state is None):
            return False
        self._hand_over(release)
        if self._works():
            self._point(Current(release, current.release))
            self._say(f"{release} is deployed. base URL: {self._stack.outputs().get('EndpointURL', '')}")
            return True
        if not current.release:
            raise CommandFailed("the first release does not work, and there is none before it: see the log of api_handler")
        self._say(f"{release} does not work: back to {current.release}")
        self._restore(current.release)
        return False

    def rollback(self) -> bool:
        """Back to the release before the one that is deployed. True: it stands."""
        if self._stack.state() is None:
            raise ConfigError("stack-missing", f"there is no stack {self._stage.stack}")
        current = self._current()
        if not current.before:
            raise ConfigError("release-missing", "there is no release before the one that is deployed")
        if self._stage.ask and not self._agree(f"Back from {current.release} to {current.before}?"):
            return False
        self._restore(current.before)
        self._point(Current(current.before, ""))
        return True

    def _restore(self, release: str) -> None:
        """A kept release, without asking and without alarms, which may still be on; it has to work as well."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "parameters.json"
            self._aws.run("s3", "cp", f"{self._place}/{release}/parameters.json", str(path))
            parameters: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        self._change(release, parameters, 0, new=False, asks=False)
        self._hand_over(release)
        if not self._works():
            raise CommandFailed(f"{release} is deployed again, and does not work either: it is not the release. See docs/alarms.md")
        self._say(f"{release} is deployed again")

    def _keep(self, release: str, template: Path) -> None:
        """Upload bundle, template, parameters and configurations."""
        packed = template.with_name(f"deploy-{self._stage.stack}.yaml")
        place = ("--s3-bucket", self._stage.artifacts, "--s3-prefix", f"{self._stage.stack}/bundles")
        self._aws.run("cloudformation", "package", "--template-file", str(template), *place, "--output-template-file", str(packed))
        self._aws.run("s3", "cp", str(packed), f"{self._place}/{release}/template.yaml")
        self._upload(f"{release}/parameters.json", self._stage.parameters)
        for path in configurations(Path(self._stage.configuration)):
            self._aws.run("s3", "cp", str(path), f"{self._place}/{release}/config/{_kept_name(path, self._stage)}")
        if self._stack.state() is not None:
            lines = self._stack.difference(packed.read_text(encoding="utf-8"))
            told = template.with_name(f"deploy-{self._stage.stack}.diff")
            told.write_text("\n".join(lines) + "\n", encoding="utf-8")
            self._say(f"{len(lines)} lines of difference to the deployed template: {told}")

    def _change(self, release: str, parameters: dict[str, str], watch: int, *, new: bool, asks: bool = True) -> bool:
        """Show what would change, and change it. False: somebody said no. ConfigError: data would be lost."""
        name = f"release-{release}-{int(time.time())}"
        host = (
            f"{self._stage.artifacts}.s3.{self._stage.region}.amazonaws.com{'.cn' if self._stage.region.startswith('cn-') else ''}"
        )
        url = f"https://{host}/{self._stage.stack}/releases/{release}/template.yaml"
        changes = self._stack.propose(name, url, parameters, watch, new=new)
        if changes is None:
            self._say("the stack is as the template says: only the configuration is handed over")
            return True
        for each in changes:
            self._say(_line(each))
        if lost := [each.name for each in changes if each.dangerous]:
            self._stack.discard(name)
            raise ConfigError("data-at-risk", f"made anew or taken away: {', '.join(lost)}. Nothing was changed")
        if asks and self._stage.ask and not self._agree(f"Change {len(changes)} resources of {self._stage.stack}?"):
            self._stack.discard(name)
            return False
        self._stack.execute(name, new=new)
        return True

    def _hand_over(self, release: str) -> None:
        """The release's configurations into the stack's bucket; a merchant's own before the list that names it."""
        bucket = self._stack.outputs()["Bucket"]
        source, target = f"{self._place}/{release}/config", f"s3://{bucket}/config"
        self._aws.run("s3", "cp", source, target, "--recursive", "--exclude", "huitou.toml")
        self._aws.run("s3", "cp", f"{source}/huitou.toml", f"{target}/huitou.toml")

    def _works(self) -> bool:
        """Whether the API answers, and takes a signed probe for each account that the stage names."""
        url = f"{self._stack.outputs()['EndpointURL'].rstrip('/')}/healthz"
        checks: list[tuple[str, Callable[[], bool]]] = [("healthz", lambda: answers(url))]
        environ = {**os.environ, **self._stack.settings(), "AWS_REGION": self._stage.region} if self._stage.probes else {}
        checks += [(each, lambda each=each: probed(each, environ)) for each in self._stage.probes]  # type: ignore[misc]  # bound now
        for name, works in checks:
            for left in range(TRIES, 0, -1):
                if works():
                    self._say(f"  works: {name}")
                    break
                if left == 1:
                    self._say(f"  does not work: {name}")
                    return False
                time.sleep(self._pause)
        return True

    def _current(self) -> Current:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "current.json"
            try:
                self._aws.run("s3", "cp", f"{self._place}/current.json", str(path))
            except CommandFailed as error:
                if "404" in str(error) or "Not Found" in str(error):
                    return Current()
                raise
            return Current(**json.loads(path.read_text(encoding="utf-8")))

    def _point(self, current: Current) -> None:
        self._upload("current.json", {"release": current.release, "before": current.before})

    def _upload(self, name: str, content: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "content.json"
            path.write_text(json.dumps(content), encoding="utf-8")
            self._aws.run("s3", "cp", str(path), f"{self._place}/{name}")


def configurations(path: Path) -> list[Path]:
    """The configuration, and where it is a list of several merchants, theirs before it."""
    return [*(path.with_name(f"{merchant}.toml") for merchant in named(path.read_text(encoding="utf-8")) or ()), path]


def answers(url: str) -> bool:
    """Whether /healthz says that all is well."""
    try:
        return requests.get(url, timeout=15, allow_redirects=False).status_code == HTTPStatus.OK
    except requests.RequestException:
        return False


def probed(account: str, environ: dict[str, str]) -> bool:
    """Whether an account's check is sound: its secrets, a signed push to our own webhook, one read of its platform."""
    merchant, _, shop = account.rpartition(":")
    words = ["huitou", *(["--merchant", merchant] if merchant else []), "accounts", "check", *shop.split("/"), "--json"]
    return subprocess.run(words, env=environ, capture_output=True, timeout=120, check=False).returncode == 0


def _kept_name(path: Path, stage: Stage) -> str:
    return "huitou.toml" if path == Path(stage.configuration) else path.name


def _line(change: Change) -> str:
    mark = {"True": ", made anew", "Conditional": ", perhaps made anew"}.get(change.replaced, "")
    return f"  {change.action:<7} {change.name} ({change.kind}){mark}"


def _agreed(question: str) -> bool:
    return input(f"{question} [yes/no] ").strip() == "yes"


def main(arguments: Sequence[str]) -> int:
    """0: done; 1: refused, failed or taken back, with the reason; 2: wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m ops.deploying", description="Deploy a stage, or go back.")
    parser.add_argument("act", choices=["deploy", "rollback"])
    parser.add_argument("stage")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--accept-drift", action="store_true", help="deploy over what was changed by hand")
    parser.add_argument("--stages", type=Path, default=STAGES, help="folder of the stages' files")
    parser.add_argument("--template", type=Path, default=ROOT / "out" / "sam.yaml", help="what `make package` made")
    parser.add_argument("--pause", type=float, default=10, help="seconds between two looks")
    told = parser.parse_args(arguments)
    agree = (lambda _: True) if told.yes else _agreed
    try:
        deployment = Deployment(read_stage(told.stage, told.stages), lambda line: print(line, flush=True), agree, told.pause)
        done = deployment.rollback() if told.act == "rollback" else deployment.deploy(told.template, accept_drift=told.accept_drift)
    except (CommandFailed, HuitouError) as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
