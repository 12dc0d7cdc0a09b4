"""What the documents point at is there: files, headings, commands, targets, configuration."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from chalicelib.config import parse
from ops.cli import app
from tests.functional.docs.guide import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMAND = re.compile(r"(?:^|[\s/(])huitou((?: [a-z][a-z-]*)+)", re.MULTILINE)
_OPTION = re.compile(r"(?<=\s)--[a-z][a-z-]*")


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def broken_links(page: Path, text: str) -> list[str]:
    """Relative links that lead nowhere, and anchors of headings that are not there."""
    found = []
    for link in _LINK.findall(_FENCE.sub("", text)):
        target, _, anchor = link.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        path = (page.parent / target).resolve() if target else page
        if not path.exists() or (anchor and anchor not in anchors(_text(path))):
            found.append(link)
    return found


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def unknown_commands(text: str) -> list[str]:
    """Commands of `huitou` in code that do not exist, and options that theirs do not have."""
    return [said for said in _said(text) if not _exists(said)]


def _codes(text: str) -> list[str]:
    """What is shown as typed: fences of the shell or without a language, and code within sentences."""
    fences = [fence["text"] for fence in _FENCE.finditer(text) if fence["info"] in ("", "sh")]
    return [*fences, *_INLINE.findall(_FENCE.sub("", text))]


def _said(text: str) -> Iterator[str]:
    for code in _codes(text):
        for line in code.replace("\\\n", " ").splitlines():
            for command in _COMMAND.finditer(line):
                options = " ".join(_OPTION.findall(line[command.end() :]))
                yield f"{command[1].strip()} {options}".strip()


def _exists(said: str) -> bool:
    """Whether the words lead to a command; words after one that has no sub-commands are its arguments."""
    words = [word for word in said.split() if not word.startswith("--")]
    command: Any = typer.main.get_command(app)
    path: list[str] = []
    for word in words:
        known = getattr(command, "commands", None)
        if known is None:
            break
        if word not in known:
            return False
        command = known[word]
        path.append(word)
    options = {name for parameter in command.params for name in parameter.opts} | {"--help"}
    told = {word for word in said.split() if word.startswith("--")}
    return told <= options and CliRunner().invoke(app, [*path, "--help"]).exit_code == 0


def unknown_targets(text: str) -> list[str]:
    """Targets of make in code that the Makefile does not have."""
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    return [target for code in _codes(text) for target in re.findall(r"\bmake ([a-z]+)\b", code) if target not in known]


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page, _text(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_exist(page: Path) -> None:
    assert unknown_commands(_text(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_targets_exist(page: Path) -> None:
    assert unknown_targets(_text(page)) == []


def test_commands_are_found_at_all() -> None:
    """Else the tests above would pass on anything."""
    said = {words.split()[0] for page in PAGES for words in _said(_text(page))}

    assert {"up", "accounts", "verify", "orders", "replay", "digest", "winback", "pull", "simulate", "demo"} <= said


def test_every_page_is_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    seen, waiting = set[Path](), [index]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(_FENCE.sub("", _text(page))))
        waiting += [(page.parent / link).resolve() for link in links if link and not re.match(r"[a-z]+:", link)]

    assert {_name(page) for page in PAGES} <= {_name(page) for page in seen}


def test_configuration_shown_is_one() -> None:
    """The whole example of the operations page, read as Huitou reads it."""
    shown = re.findall(r"^```toml\n(.*?)^```$", _text(ROOT / "docs" / "operations.md"), re.MULTILINE | re.DOTALL)

    config = parse(shown[0])

    assert config.account("shopify", "acme") is not None
    assert not config.sending.enabled
    assert set(tomllib.loads(shown[0])) == {
        "merchant", "name", "time_zone", "currency", "locale", "base_url", "accounts", "campaigns", "sending", "digest", "console",
    }  # fmt: skip


BAD = """
[gone](nowhere.md) and [lost](README.md#no-such-heading), `huitou dance`, `make coffee`

```sh
huitou orders show x --loudly
```
"""


def test_a_bad_page_is_noticed() -> None:
    page = ROOT / "docs" / "operations.md"

    assert broken_links(page, BAD) == ["nowhere.md", "README.md#no-such-heading"]
    assert unknown_commands(BAD) == ["orders show x --loudly", "dance"]
    assert unknown_targets(BAD) == ["coffee"]
    assert broken_links(page, "[fine](README.md#documents)") == []
    assert unknown_commands("`huitou accounts list --json`") == []
