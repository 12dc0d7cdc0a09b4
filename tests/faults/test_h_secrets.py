"""Secrets: none in the repository, none in what is printed or configured, and a new one is in use within five minutes."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib import contract
from chalicelib.adapters import aws
from chalicelib.adapters.aws import ManagedSecrets
from chalicelib.adapters.smtp import SmtpServer
from chalicelib.contract import Account, Secrets, Token
from tests.functional.stack import HandClock
from tests.kit.faults import Told

ROOT = Path(__file__).parents[2]
# What issuers' real credentials look like. Invented ones in tests are written so that they do not.
SHAPES: dict[str, tuple[str, ...]] = {  # what a text must hold to be worth looking through, and the shape
    "AWS access key": (r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])", "AKIA", "ASIA"),
    "private key": (r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}", "PRIVATE KEY-----"),
    "GitHub": (
        r"\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_[A-Za-z0-9_]{60,}",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_",
        "github_pat_",
    ),
    "Slack": (r"\bxox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{20,}", "xox"),
    "Stripe": (r"\b[rs]k_live_[A-Za-z0-9]{20,}", "k_live_"),
    "Shopify": (r"\bshp(?:at|ca|pa|ss)_[a-f0-9]{32}\b", "shpat_", "shpca_", "shppa_", "shpss_"),
    "Google": (r"\bAIza[A-Za-z0-9_-]{35}\b", "AIza"),
    "Meta": (r"\bEAA[A-Za-z0-9]{80,}\b", "EAA"),
    "npm": (r"\bnpm_[A-Za-z0-9]{36}\b", "npm_"),
    "PyPI": (r"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}", "pypi-AgEI"),
    "JSON Web Token": (r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{40,}\.[A-Za-z0-9_-]{40,}", ".eyJ"),
    "password in an address": (
        r"://[^\s/:@{}<>\"'$]+:[^\s/:@{}<>\"'$]{6,}@(?![a-z0-9.-]*\bexample\b)[a-z0-9.-]+\.[a-z]{2,}",
        "://",
    ),
}
HUSH = "a-secret-value-that-nobody-may-see"


def tracked() -> list[Path]:
    """Every text file of the repository."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file() and not path.is_symlink() and path.suffix != ".otf"]


def found_in(text: str) -> list[str]:
    """What looks like somebody's credential."""
    worth = [shape for shape, *hints in SHAPES.values() if any(hint in text for hint in hints)]
    return [match.group() for shape in worth for match in re.finditer(shape, text)]


@pytest.mark.fault(68)
def test_68_no_file_of_the_repository_holds_a_secret(fault: Told) -> None:
    files = tracked()
    hits = {str(path.relative_to(ROOT)): hit for path in files if (hit := found_in(path.read_text("utf-8", "ignore")))}
    assert hits == {}
    assert len(files) > 1000
    fault.figure(f"0 in {len(files):,} files, {len(SHAPES)} shapes looked for")


@pytest.mark.fault(68, saboteur=True)
def test_68_one_that_is_put_there_is_found() -> None:
    """Put together here, so that this file holds none."""
    for planted in (
        "AKIA" + "Q" * 16,
        "-----BEGIN PRIVATE KEY-----\n" + "M" * 64,
        "gh" + "p_" + "a" * 36,
        "sk_" + "live_" + "4" * 24,
        "shp" + "at_" + "0a" * 16,
        "https://user:" + "hunter22" + "@db.internal.com/x",
    ):
        assert found_in(f'x = "{planted}"'), planted[:12]


@dataclass(frozen=True)
class Loose:
    """What a careless type would show."""

    token: str = field(default=HUSH)


def shown() -> dict[str, str]:
    """The repr of everything that holds a secret."""
    secrets = Secrets({"app_secret": (HUSH,)})
    token = Token(HUSH, None, HUSH)
    shop = Account("demo", "shopify", "acme", {})
    http: Any = object()
    tokens: Any = object()
    return {
        "Secrets": repr(secrets),
        "Token": repr(token),
        "Api": repr(contract.Api(shop, secrets, http, tokens, lambda: HandClock().at)),
        "HttpRequest": repr(contract.HttpRequest("GET", f"https://x.example/?token={HUSH}", headers={"authorization": HUSH})),
        "SmtpServer": repr(SmtpServer("smtp.example.com", 587, login=("user", HUSH))),
    }


@pytest.mark.fault(68)
def test_68_no_repr_shows_a_secret(fault: Told) -> None:
    printed = shown()
    assert [name for name, text in printed.items() if HUSH in text] == []
    fault.figure(f"0 of {len(printed)} types that hold one show it")


@pytest.mark.fault(68, saboteur=True)
def test_68_a_type_that_shows_its_fields_is_seen() -> None:
    assert HUSH in repr(Loose())


@pytest.mark.fault(68)
def test_68_the_environment_and_the_configuration_name_no_secret(fault: Told) -> None:
    """What a function is given are names of places. What `huitou.toml` may hold is refused where it is not listed."""
    chalice = (ROOT / ".chalice/config.json").read_text()
    template = (ROOT / "infra/resources.yaml").read_text()
    given = set(re.findall(r"^        (HUITOU_[A-Z_]+):", template, re.MULTILINE)) | set(re.findall(r'"(HUITOU_[A-Z_]+)"', chalice))
    assert len(given) > 8
    assert [name for name in given if re.search("SECRET$|TOKEN|PASSWORD|CREDENTIAL", name)] == []
    assert "environment_variables" not in chalice
    fault.figure(f"0 of {len(given)} variables hold one")


class Shelf:
    """Secrets Manager, as the SDK is asked."""

    def __init__(self) -> None:
        self.value: Mapping[str, Any] = {"app_secret": "old"}
        self.asked = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # the SDK's name
        """What is there now."""
        self.asked += 1
        return {"SecretString": msgspec.json.encode(self.value).decode()}


def seen_after() -> tuple[timedelta, int]:
    """(how long a rotation stays unseen at most, how often it was asked for meanwhile), looked at each second."""
    shelf, clock, account = Shelf(), HandClock(), Account("demo", "shopify", "acme", {})
    source = ManagedSecrets(lambda: shelf, "huitou", clock)  # type: ignore[arg-type, return-value]  # one call of many
    assert source.secrets(account).one("app_secret") == "old"
    shelf.value = {"app_secret": ["new", "old"]}
    began = clock.at
    while source.secrets(account).one("app_secret") == "old" and clock.at - began < timedelta(hours=1):
        clock.at += timedelta(seconds=1)
    return clock.at - began, shelf.asked


@pytest.mark.fault(68)
def test_68_a_rotation_is_seen_within_five_minutes(fault: Told) -> None:
    after, asked = seen_after()
    assert after <= timedelta(minutes=5)
    assert asked == 2, "and not asked for each time"
    fault.figure(f"0 in use {int(after.total_seconds())} s after a rotation")


@pytest.mark.fault(68, saboteur=True)
def test_68_one_kept_for_an_hour_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "SECRET_SECONDS", 3600)
    assert seen_after()[0] > timedelta(minutes=5)


def test_a_secret_that_is_no_table_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(Exception, match="secret-malformed") as raised:
        aws.parse_secrets(json.dumps(HUSH))
    assert HUSH not in str(raised.value)
