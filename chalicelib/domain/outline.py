"""What a body looks like without what it says: paths and types, values left out.

A name is shown only when it looks like one that a programmer chose: a map by e-mail address or phone number has people for names.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

MOST = 500  # paths
DEEP = 40
ITEMS = 200  # of a list that are looked at
_NAME = re.compile(r"[A-Za-z_$][A-Za-z_$:.\-]*(?:[0-9]{1,2}(?:[A-Za-z_$:.\-]+|\Z))*\Z")
_NAME_LENGTH = 48


def outline(body: bytes) -> list[tuple[str, str]]:
    """(path, types) of a body, in its own order, at most 500: `("$.lines[].price", "text")`.

    JSON, also inside texts of JSON and in values of a form; anything else is `("$", "text, 120 bytes")`, or bytes where it is none.
    """
    found: dict[str, dict[str, None]] = {}
    plain = _json(body)
    if plain is None and (pairs := _form(body)):
        plain = pairs
    if plain is None:
        return [("$", f"{_kind_of(body)}, {len(body)} bytes")]
    _walk(plain, "$", found, 0)
    return [(path, " or ".join(kinds)) for path, kinds in found.items()]


def _walk(value: Any, path: str, found: dict[str, dict[str, None]], depth: int) -> None:
    if len(found) >= MOST and path not in found:
        return
    inner = _json(value.encode()) if isinstance(value, str) and value[:1] in "{[" and value else None
    kinds = found.setdefault(path, {})
    kinds[f"text of {_type(inner)}" if inner is not None else _type(value)] = None
    value = value if inner is None else inner
    if depth == DEEP:
        return
    if isinstance(value, dict):
        for name, each in value.items():
            _walk(each, f"{path}.{name if _shown(name) else '*'}", found, depth + 1)
    elif isinstance(value, list):
        for each in value[:ITEMS]:
            _walk(each, f"{path}[]", found, depth + 1)


def _shown(name: str) -> bool:
    return len(name) <= _NAME_LENGTH and _NAME.match(name) is not None


def _type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "yes or no"
        case int() | float():
            return "number"
        case str():
            return "text"
        case list():
            return "list"
        case _:
            return "object"


def _json(body: bytes) -> Any:
    """The object or list of a body; None where it is neither."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _form(body: bytes) -> dict[str, str] | None:
    """The fields of a form, if every name in it is one."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST)
    except ValueError:
        return None
    return dict(pairs) if all(_shown(name) for name, _ in pairs) else None


def _kind_of(body: bytes) -> str:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return "bytes"
    return "XML" if text.lstrip("\ufeff \r\n\t")[:1] == "<" else "text"
