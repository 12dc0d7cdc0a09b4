"""Stages, and the AWS command line as `make deploy` uses it. See docs/deploy.md."""

from __future__ import annotations

import json
import subprocess
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from chalicelib.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
STAGES = ROOT / "infra" / "stages"
SECONDS = 3 * 60 * 60  # no call takes longer: the longest waits for a whole update


class CommandFailed(Exception):
    """A command of AWS's ended with an error. The text is what it said."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One installation, as its file in infra/stages says."""

    stack: str
    region: str
    artifacts: str
    configuration: str
    mail_domain: str
    alarm_email: str
    set_api_logs_role: str
    secrets_prefix: str
    probes: tuple[str, ...]
    ask: bool
    watch_minutes: int

    @property
    def parameters(self) -> dict[str, str]:
        """The stack's parameters that a stage decides on."""
        return {
            "MailDomain": self.mail_domain,
            "AlarmEmail": self.alarm_email,
            "SetApiLogsRole": self.set_api_logs_role,
            "SecretsPrefix": self.secrets_prefix,
        }


def read_stage(name: str, folder: Path = STAGES) -> Stage:
    """A stage by name. ConfigError when there is none, or something in it is missing, unknown or empty."""
    path = folder / f"{name}.toml"
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in folder.glob("*.toml")))
        raise ConfigError("stage-unknown", f"there is no stage {name}; there are {known}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("stage-malformed", f"{path.name}: {error}") from None
    wanted = {each.name for each in fields(Stage)}
    if told.keys() != wanted:
        raise ConfigError("stage-invalid", f"{path.name}: missing or unknown: {', '.join(sorted(told.keys() ^ wanted))}")
    if empty := sorted(each for each, value in told.items() if value == ""):
        raise ConfigError("stage-incomplete", f"{path.name}: fill in {', '.join(empty)}")
    configuration = str((folder / told["configuration"]).resolve())
    return Stage(**{**told, "configuration": configuration, "probes": tuple(told["probes"])})


class Aws:
    """`aws` on the PATH, in a region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def run(self, *words: str) -> str:
        """What it printed; CommandFailed when it ended with an error."""
        command = ["aws", *words, "--region", self._region, "--output", "json"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
        if done.returncode:
            raise CommandFailed(f"aws {' '.join(words[:2])}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def ask(self, *words: str) -> Any:
        """Its answer."""
        said = self.run(*words)
        return json.loads(said) if said.strip() else {}
