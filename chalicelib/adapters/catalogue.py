"""Where templates and words lie, and how they are read: by path beside chalicelib, in the bundle as in the tree."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import chalicelib
from chalicelib.domain.wording import Locale
from chalicelib.errors import ConfigError

_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


def root() -> Path:
    """The templates folder; never looked up from the working directory."""
    return Path(chalicelib.__file__).parent.parent / "templates"


class Words:
    """One section of a word table. A key that is missing, or a value a sentence needs, is a KeyError, never an empty string."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def __call__(self, key: str, **values: str) -> str:
        """The sentence under `key` with its values filled in. Values are plain text: they are never read as a pattern."""
        text = self._table[key]
        return str(text).format(**values) if values else str(text)

    def get(self, key: str) -> str | None:
        """The words under a key that may not exist, such as the slug of a reason."""
        found = self._table.get(key)
        return None if found is None else str(found)

    def lines(self, key: str, **values: str) -> list[str]:
        """A list of sentences, each with its values filled in."""
        return [str(line).format(**values) for line in self._table[key]]


@lru_cache(maxsize=64)
def _table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def words(section: str, locale: Locale) -> Words:
    """A section of the common word table."""
    return Words(_table(root() / "email" / "words" / f"{locale}.toml")[section])


def message(template: str, locale: Locale) -> Words:
    """The words of a message template (`templates/messages/<template>/<locale>.toml`). ConfigError when there is none."""
    path = root() / "messages" / template / f"{locale}.toml"
    if not _SLUG.fullmatch(template) or not path.is_file() or not path.with_name("html.j2").is_file():
        raise ConfigError("template-unknown", f"there is no message template of that name in {locale}")
    return Words(_table(path))
