"""A TOML table as the configuration is read from: each key is taken out once and checked; what is left over is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.errors import ConfigError

SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)


class ConfigTable:
    """Emptied while it is read. Everything raises ConfigError("config-invalid") with the key's whole path."""

    def __init__(self, raw: Mapping[str, Any], path: str) -> None:
        self._raw = dict(raw)
        self._path = path

    def path(self, key: str) -> str:
        """The whole path of a key."""
        return self._path + key

    def has(self, key: str) -> bool:
        """Whether the key is there, and not taken yet."""
        return key in self._raw

    def holds(self, key: str, kind: type) -> bool:
        """Whether the key is there with a value of a kind."""
        return isinstance(self._raw.get(key), kind)

    def pop(self, key: str, kind: type, default: Any) -> Any:
        """A value of a kind; `default`, unchecked, where there is none."""
        value = self._raw.pop(key, default)
        if value is not default and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise ConfigError("config-invalid", f"expected {kind.__name__}", path=self._path + key)
        return value

    def text(self, key: str, default: str | None) -> Any:
        """A text."""
        return self.pop(key, str, default)

    def match(self, key: str, pattern: re.Pattern[str]) -> str:
        """A text that must be there and fit."""
        value = self.pop(key, str, None)
        if value is None or not pattern.fullmatch(value):
            raise ConfigError("config-invalid", f"missing, or not of the form {pattern.pattern}", path=self._path + key)
        return str(value)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        """One of some words."""
        value = self.pop(key, str, default)
        if value not in choices:
            raise ConfigError("config-invalid", f"one of {', '.join(choices)}", path=self._path + key)
        return str(value)

    def number(self, key: str, default: int | None, least: int, most: int) -> int:
        """An integer within bounds; with no default it must be there."""
        value = self.pop(key, int, default)
        if value is None or not least <= value <= most:
            raise ConfigError("config-invalid", f"an integer from {least} to {most}", path=self._path + key)
        return int(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        return bool(self.pop(key, bool, default))

    def table(self, key: str) -> ConfigTable:
        """A table within; an empty one where there is none."""
        return ConfigTable(self.pop(key, dict, {}), f"{self._path}{key}.")

    def tables(self, key: str) -> list[ConfigTable]:
        """A list of tables."""
        entries = self.pop(key, list, [])
        if not all(isinstance(entry, dict) for entry in entries):
            raise ConfigError("config-invalid", "a list of tables", path=self._path + key)
        return [ConfigTable(entry, f"{self._path}{key}[{index}].") for index, entry in enumerate(entries)]

    def texts(self, key: str, choices: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts, each among `choices` where those are given, none twice."""
        values = self.pop(key, list, [])
        for value in values:
            if not isinstance(value, str) or (choices is not None and value not in choices):
                wanted = ", ".join(choices) if choices else "texts"
                raise ConfigError("config-invalid", f"a list of {wanted}", path=self._path + key)
        if len(set(values)) != len(values):
            raise ConfigError("config-invalid", "an entry is given twice", path=self._path + key)
        return tuple(values)

    def done(self) -> None:
        """Nothing may be left."""
        if self._raw:
            raise ConfigError("config-invalid", "unknown key", path=self._path + min(self._raw))
