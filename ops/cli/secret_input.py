"""Secrets on their way in: from a prompt that shows nothing, from standard input, from files. Never from an argument."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import typer

from chalicelib.contract import ConnectorInfo
from ops.cli.output import err
from ops.hints import Hints

_WORDS = {
    "en": {
        "needed": "needed for its webhooks",
        "calls": "for calling the platform",
        "skip": "Enter leaves it out",
        "option": "option",
    },
    "zh-CN": {"needed": "接收推送所需", "calls": "调用平台接口所需", "skip": "直接回车跳过", "option": "选项"},
}


def interactive() -> bool:
    """Whether somebody sits at a terminal to be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def given_secrets(given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """`NAME=@FILE` by name; a name given twice has two live values, the newest first. A value itself is wrong usage."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in given:
        name, equals, value = entry.partition("=")
        if not equals or not name or not value.startswith("@"):
            raise typer.BadParameter(
                "--secret wants NAME=@FILE: a value in an argument is seen by everybody on the machine. "
                "Leave it out to be asked, or use --secrets-stdin"
            )
        try:
            text = Path(value[1:]).read_text().strip("\r\n")
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter(f"--secret {name}: the file cannot be read") from None
        found[name] = (*found.get(name, ()), text)
    return found


def read_stdin() -> dict[str, tuple[str, ...]]:
    """`NAME=VALUE` lines, or one JSON object `{name: value or [values]}`; empty lines and lines with # are left out."""
    text = typer.get_text_stream("stdin").read()
    if text.lstrip().startswith("{"):
        return _from_json(text)
    found: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.strip():
            raise typer.BadParameter(f"line {number} of standard input is not NAME=VALUE")
        found[name.strip()] = (*found.get(name.strip(), ()), value)
    return found


def hidden(name: str, *, confirm: bool = False) -> str:
    """Ask for a secret, showing nothing."""
    value: str = typer.prompt(
        name, hide_input=True, confirmation_prompt=confirm, default="" if not confirm else None, show_default=False
    )
    return value


def came_back(given: str) -> dict[str, str]:
    """The parameters of the address that an owner came back to; a code alone is one."""
    text = given.strip()
    query = urlsplit(text).query or urlsplit(text).fragment
    if not text.startswith(("http://", "https://")):
        return {"code": text}
    return dict(parse_qsl(query, keep_blank_values=True))


def asked_options(told: Hints, have: Mapping[str, str], locale: str) -> dict[str, str]:
    """Each option of the platform that is not given yet, asked for with its line."""
    words, found = _words(locale), {}
    for name, line in told.options.items():
        if name in have:
            continue
        err().print(f"[bold]{name}[/] · {words['option']} · {words['skip']}", highlight=False)
        err().print(f"  {line}", highlight=False, markup=False)
        if value := str(typer.prompt(name, default="", show_default=False)).strip():
            found[name] = value
    return found


def asked_secrets(
    info: ConnectorInfo, told: Hints, options: Mapping[str, str], have: set[str], locale: str
) -> dict[str, tuple[str, ...]]:
    """Each secret of the platform that is not given yet, asked for with its line, its value hidden."""
    words, needed = _words(locale), info.push_needs(options)
    found: dict[str, tuple[str, ...]] = {}
    for name in dict.fromkeys((*needed, *info.api_secrets)):
        if name in have:
            continue
        err().print(f"[bold]{name}[/] · {words['needed' if name in needed else 'calls']} · {words['skip']}", highlight=False)
        if line := told.secrets.get(name):
            err().print(f"  {line}", highlight=False, markup=False)
        if value := hidden(name).strip():
            found[name] = (value,)
    return found


def _from_json(text: str) -> dict[str, tuple[str, ...]]:
    try:
        table = json.loads(text)
        return {str(name): (value,) if isinstance(value, str) else tuple(map(_text, value)) for name, value in table.items()}
    except (ValueError, TypeError):
        raise typer.BadParameter("standard input is no JSON object of names to texts") from None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _words(locale: str) -> Mapping[str, str]:
    return _WORDS.get(locale, _WORDS["en"])
