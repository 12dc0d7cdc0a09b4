"""What a platform's page says of connecting a shop: a line for each secret and option, and the steps in its console."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

PAGES = Path(__file__).parent.parent / "docs" / "connectors"
_NAME = re.compile(r"`([A-Za-z0-9_]+)`")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_SECTIONS = ("connect", "连接", "接入")
_SECRETS, _OPTIONS = ("secret", "密钥"), ("option", "选项")


@dataclass(frozen=True, slots=True)
class Hints:
    """By name, in the order of the page. `steps`: what to do in the platform's console, as paragraphs."""

    secrets: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()


def hints(platform: str, locale: str, pages: Path = PAGES) -> Hints:
    """The page's hints in a locale, in English where it has none; none at all where there is no page."""
    suffixes = (f".{locale}.md", ".md") if locale != "en" else (".md",)
    page = next((path for suffix in suffixes if (path := pages / f"{platform}{suffix}").exists()), None)
    if page is None:
        return Hints()
    found, kind = Hints(), ""
    steps: list[str] = []
    for line in _section(page.read_text()):
        if not line.startswith("|"):
            kind = ""
            steps.append(line)
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0].lower() in (*_SECRETS, *_OPTIONS):
            kind = "secret" if cells[0].lower() in _SECRETS else "option"
        elif kind and len(cells) > 1:
            into = found.secrets if kind == "secret" else found.options
            into.update({name: _plain(cells[-1]) for name in _NAME.findall(cells[0])})
    return Hints(found.secrets, found.options, _paragraphs(steps))


def _section(text: str) -> list[str]:
    """The lines of the section on connecting, else all that comes before the second heading."""
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    chosen = next((part for part in parts[1:] if part.lower().startswith(_SECTIONS)), parts[0])
    return chosen.splitlines()[1:]


def _paragraphs(lines: list[str]) -> tuple[str, ...]:
    found: list[str] = [""]
    for line in lines:
        begins = re.match(r"\s*([0-9]+\.|-) ", line)
        if not line.strip() or line.startswith("#"):
            found.append("")
        elif begins:
            found.append(_plain(line.strip()))
        else:
            joint = " " if found[-1] and (found[-1][-1:].isascii() or line.strip()[:1].isascii()) else ""
            found[-1] += joint + _plain(line.strip())
    return tuple(each for each in found if each)


def _plain(text: str) -> str:
    """Markdown as a terminal shows it."""
    return _LINK.sub(r"\1", text).replace("`", "").replace("**", "")
