"""The console's templates and words: `templates/console`, words in `templates/console/words/<locale>/<page>.toml`.

Everything is escaped, nothing undefined, in a sandbox; no name turns a line around.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment

from chalicelib.adapters import catalogue
from chalicelib.domain.wording import Locale

_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_STATIC = re.compile(r"([a-z-]{1,40})\.([0-9a-f]{12})\.(min\.js|css|js|svg)", re.ASCII)
_PLACE = re.compile(r"\{([a-z_]+)\}", re.ASCII)
# What turns a text around, or ends a line where nobody sees why. Joiners stay: scripts and emoji need them.
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
_UNSEEN = (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *range(0xD800, 0xE000))
_SHOWN = dict.fromkeys((*_TURNING, *_UNSEEN), "\ufffd")


def _as_seen(value: Any) -> Any:
    """A text whose signs that nobody would see are seen; what is markup already is made of such texts."""
    return value.translate(_SHOWN) if isinstance(value, str) and not hasattr(value, "__html__") else value


class Say:
    """Words by `page.key`. A key or a value that is missing is a KeyError, never an empty string."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def __call__(self, key: str, **values: object) -> str:
        """The sentence under a key with its values, which are never read as a pattern."""
        page, _, name = key.partition(".")
        return _PLACE.sub(lambda place: str(values[place[1]]), str(_words(self._locale, page)[name]))

    def has(self, key: str) -> bool:
        """Whether there are words under a key, such as the slug of a reason."""
        page, _, name = key.partition(".")
        return name in _words(self._locale, page)

    def or_else(self, key: str, other: str) -> str:
        """The words under a key, or what is given where it has none: for words that come from platforms and settings."""
        return self(key) if self.has(key) else other


@lru_cache(maxsize=64)
def _words(locale: Locale, page: str) -> Mapping[str, Any]:
    return tomllib.loads((_root() / "words" / locale / f"{page}.toml").read_text(encoding="utf-8"))


def _root() -> Path:
    return catalogue.root() / "console"


@lru_cache(maxsize=16)
def _file(name: str) -> tuple[str, str]:
    """A static file's text and the hash in its address."""
    content = (_root() / "static" / name).read_text(encoding="utf-8")
    return content, hashlib.sha256(content.encode()).hexdigest()[:12]


class ConsolePages:
    """Renders from the templates folder. Nothing is read before the first page; safe to share between threads."""

    def render(self, template: str, locale: Locale, **values: Any) -> str:
        """A template with its values; `lang` and `say` are given to each. Indentation is for whoever reads the template."""
        page = self._environment.get_template(template).render(lang=locale, say=Say(locale), **values)
        return "\n".join(line for line in (line.strip() for line in page.splitlines()) if line)

    def static(self, name: str) -> tuple[str, str] | None:
        """A static file's text and content type by its hashed name; None when there is none, or its content is another by now."""
        found = _STATIC.fullmatch(name)
        path = f"{found[1]}.{found[3]}" if found else ""
        if found is None or not (_root() / "static" / path).is_file() or _file(path)[1] != found[2]:
            return None
        return _file(path)[0], _KINDS[path.rpartition(".")[2]]

    def hashed(self, name: str) -> str:
        """A static file's name with the hash of its content in it, for good in every cache."""
        stem, _, ending = name.partition(".")
        return f"{stem}.{_file(name)[1]}.{ending}"

    @cached_property
    def _environment(self) -> jinja2.Environment:
        return SandboxedEnvironment(
            loader=jinja2.FileSystemLoader(_root()),
            autoescape=True,
            finalize=_as_seen,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
