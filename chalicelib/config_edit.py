"""Editing `huitou.toml` as text: an account put in or cut out, and not a letter of the rest touched."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from chalicelib.errors import ConfigError

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_ACCOUNTS = re.compile(r"\s*\[\[\s*accounts\s*\]\]\s*(#.*)?", re.ASCII)
_BELOW = re.compile(r"\s*\[\[?\s*accounts\s*\.", re.ASCII)
_HEADER = re.compile(r"\s*\[")


def with_account(text: str, platform: str, account: str, options: Mapping[str, str]) -> str:
    """The text with one more account at its end."""
    lines = ["", "[[accounts]]", f"platform = {_quoted(platform)}", f"account = {_quoted(account)}"]
    if options:
        lines += ["[accounts.options]", *(f"{_key(name)} = {_quoted(value)}" for name, value in options.items())]
    return text.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def with_options(text: str, platform: str, account: str, options: Mapping[str, str]) -> str:
    """The text with these options besides those that an account has; ConfigError where it is laid out in a way we cannot edit."""
    known = _account(_parsed(text), platform, account)
    if known is None or set(options) & set(known.get("options", {})):
        raise _layout(platform, account)
    start, end = _block(text, platform, account)
    lines = text.splitlines(keepends=True)
    own = [
        index
        for index in range(start, end)
        if re.fullmatch(r"\s*\[\s*accounts\s*\.\s*options\s*\]\s*(#.*)?", lines[index].rstrip())
    ]
    added = [f"{_key(name)} = {_quoted(value)}\n" for name, value in options.items()]
    if own:
        edited = [*lines[: own[0] + 1], *added, *lines[own[0] + 1 :]]
    elif known.get("options"):
        raise _layout(platform, account)
    else:
        edited = [
            *lines[:end],
            *(["\n"] if end and not lines[end - 1].endswith("\n") else []),
            "[accounts.options]\n",
            *added,
            *lines[end:],
        ]
    found = "".join(edited)
    wanted = {**known, "options": {**known.get("options", {}), **options}}
    if _account(_parsed(found), platform, account) != wanted or not _same_but(text, found, platform, account):
        raise _layout(platform, account)
    return found


def without_account(text: str, platform: str, account: str) -> str:
    """The text without an account; as it is where it has none. ConfigError where it is laid out in a way we cannot edit."""
    if _account(_parsed(text), platform, account) is None:
        return text
    start, end = _block(text, platform, account)
    lines = text.splitlines(keepends=True)
    found = "".join([*lines[:start], *lines[end:]])
    if _account(_parsed(found), platform, account) is not None or not _same_but(text, found, platform, account):
        raise _layout(platform, account)
    return found


def removed_account(text: str, platform: str, account: str) -> str:
    """The text with `removed = true` on an account; as it is where it has none, or says so already."""
    known = _account(_parsed(text), platform, account)
    if known is None or known.get("removed") is True:
        return text
    start, _ = _block(text, platform, account)
    lines = text.splitlines(keepends=True)
    found = "".join([*lines[: start + 1], "removed = true\n", *lines[start + 1 :]])
    if _account(_parsed(found), platform, account) != {**known, "removed": True} or not _same_but(text, found, platform, account):
        raise _layout(platform, account)
    return found


def _block(text: str, platform: str, account: str) -> tuple[int, int]:
    """The lines of an account's entry: from its heading to the next; what stands just above that belongs to the next."""
    lines = text.splitlines(keepends=True)
    for start, end in _blocks(lines):
        try:
            entries = tomllib.loads("".join(lines[start:end])).get("accounts", [])
        except tomllib.TOMLDecodeError:
            continue
        if len(entries) == 1 and (entries[0].get("platform"), entries[0].get("account")) == (platform, account):
            last = end
            while last > start + 1 and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
                last -= 1
            return start, last
    raise _layout(platform, account)


def _blocks(lines: list[str]) -> Iterator[tuple[int, int]]:
    starts = [index for index, line in enumerate(lines) if _ACCOUNTS.fullmatch(line.rstrip("\n"))]
    for start in starts:
        end = start + 1
        while end < len(lines) and (not _HEADER.match(lines[end]) or _BELOW.match(lines[end])):
            end += 1
        yield start, end


def _same_but(before: str, after: str, platform: str, account: str) -> bool:
    """Whether two texts say the same of everything but one account."""
    old, new = _parsed(before), _parsed(after)
    for raw in (old, new):
        raw["accounts"] = [each for each in raw.get("accounts", []) if not _is(each, platform, account)]
    return old == new


def _account(raw: Mapping[str, Any], platform: str, account: str) -> dict[str, Any] | None:
    return next((each for each in raw.get("accounts", []) if _is(each, platform, account)), None)


def _is(entry: Mapping[str, Any], platform: str, account: str) -> bool:
    return (entry.get("platform"), entry.get("account")) == (platform, account)


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError("config-malformed", str(error)) from None


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _layout(platform: str, account: str) -> ConfigError:
    return ConfigError("config-layout", f"edit the configuration by hand: {platform}/{account} is written in a way of its own")
