"""The console's words: both languages have the same keys and places, and whatever a template says is there."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import chalicelib

ROOT = Path(chalicelib.__file__).parent.parent / "templates" / "console"
LANGUAGES = ("en", "zh-CN")
SAID = re.compile(r"say\(\s*'([a-z_]+)\.([a-zA-Z0-9_-]+)'")
PLACE = re.compile(r"\{([a-z_]+)\}")


def words(language: str) -> dict[str, dict[str, Any]]:
    """All pages' words."""
    folder = ROOT / "words" / language
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.toml")}


def test_both_languages_say_the_same_things() -> None:
    one, other = (words(language) for language in LANGUAGES)
    assert one.keys() == other.keys()
    for page, keys in one.items():
        assert keys.keys() == other[page].keys(), page
        for key, text in keys.items():
            places = [set(PLACE.findall(str(said))) for said in (text, other[page][key])]
            assert places[0] == places[1], f"{page}.{key}"


def test_what_a_template_says_is_there() -> None:
    known = words("en")
    asked = {(path.name, *found) for path in ROOT.glob("*.j2") for found in SAID.findall(path.read_text(encoding="utf-8"))}
    assert len(asked) > 100
    assert [each for each in sorted(asked) if each[2] not in known.get(each[1], {}) and not each[2].endswith("_")] == []


def test_chinese_is_chinese() -> None:
    """A sentence that somebody forgot to translate."""
    same = {
        f"{page}.{key}"
        for page, keys in words("zh-CN").items()
        for key, text in keys.items()
        if str(text).isascii() and len(str(text).split()) > 2
    }
    assert same == set()


def test_a_refusal_that_pages_make_has_words() -> None:
    pages = Path(chalicelib.__file__).parent / "console"
    raised = {
        reason
        for path in pages.rglob("*.py")
        for reason in re.findall(r'Rejected\(\s*"([a-z-]+)"', path.read_text(encoding="utf-8"))
    }
    assert raised - words("en")["reasons"].keys() == set()
