"""Where templates and words lie, and how they are read: by path beside chalicelib, in the bundle as in the tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import chalicelib
from chalicelib.domain.wording import Locale, MessageLocale, message_locale
from chalicelib.errors import ConfigError

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
# A name alone: no attribute, index or format may be reached for from a word table, whoever wrote it.
_PLACE = re.compile(r"\{([a-z_]+)\}", re.ASCII)
# What a message template asks of its values, beside what every message needs.
_NEEDS = "needs"


def root() -> Path:
    """The templates folder; never looked up from the working directory."""
    return Path(chalicelib.__file__).parent.parent / "templates"


class Words:
    """One section of a word table. A key that is missing, or a value a sentence needs, is a KeyError, never an empty string."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def __call__(self, key: str, **values: str) -> str:
        """The sentence under `key` with its values filled in. Values are plain text: they are never read as a pattern."""
        return _filled(str(self._table[key]), values)

    def get(self, key: str) -> str | None:
        """The words under a key that may not exist, such as the slug of a reason."""
        found = self._table.get(key)
        return None if found is None else str(found)

    def lines(self, key: str, **values: str) -> list[str]:
        """A list of sentences, each with its values filled in."""
        return [_filled(str(line), values) for line in self._table[key]]


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place[1]], text)


@lru_cache(maxsize=128)
def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def words(section: str, locale: Locale) -> Words:
    """A section of the digest's word table."""
    return Words(_table(root() / "email" / "words" / f"{locale}.toml")[section])


def page(name: str, tag: str) -> tuple[MessageLocale, Words]:
    """The words of a small page and the locale they are in. `name` is one that there is."""
    tongue = message_locale(tag)
    return tongue, Words(_table(root() / "pages" / f"{tongue}.toml")[name])


def templates() -> tuple[str, ...]:
    """The message templates there are, by name."""
    return tuple(sorted(path.parent.name for path in (root() / "messages").glob("*/en.toml")))


def message(template: str, tag: str, variant: str) -> tuple[MessageLocale, Words, Words]:
    """The words of a message template: the locale they are in, those of the variant, those that all messages share.

    A template lies in `templates/messages/<template>/<locale>.toml`; what serves no locale of the tag is read in English.
    ConfigError when there is no such template or variant.
    """
    tongue, table = _message(template, tag)
    if variant not in _variants(table):
        raise ConfigError("template-variant", f"the template has no variant of that name in {tongue}")
    return tongue, Words(table[variant]), Words(_table(root() / "messages" / f"{tongue}.toml"))


def variants(template: str, tag: str) -> tuple[str, ...]:
    """The variants of a template in the locale that serves the tag. ConfigError: no such template."""
    return _variants(_message(template, tag)[1])


def needs(template: str) -> frozenset[str]:
    """The values without which the template says nothing, such as `offer`. ConfigError: no such template."""
    return frozenset(_message(template, "en")[1].get(_NEEDS, ()))


def replies(tag: str) -> Mapping[str, Any] | None:
    """What is said to reviews in the locale that serves the tag; None where nobody wrote it: a person answers then."""
    path = root() / "replies" / f"{message_locale(tag)}.toml"
    return _table(path) if path.is_file() else None


def _message(template: str, tag: str) -> tuple[MessageLocale, dict[str, Any]]:
    if _SLUG.fullmatch(template):
        tongue = message_locale(tag)
        fallbacks: tuple[MessageLocale, ...] = (tongue, "zh-CN", "en") if tongue == "zh-TW" else (tongue, "en")
        for locale in fallbacks:
            path = root() / "messages" / template / f"{locale}.toml"
            if path.is_file():
                return locale, _table(path)
    raise ConfigError("template-unknown", "there is no message template of that name")


def _variants(table: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(key for key, value in table.items() if isinstance(value, dict)))
