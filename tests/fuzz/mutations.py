"""Mutations that know what they mutate: bytes, JSON, forms, XML; and what stands around a body."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from chalicelib.contract import RawRequest
from tests.functional.hostile.attacks import GARBAGE, METHODS, TYPES, VALUES
from tests.kit.common import places, replaced
from tests.kit.hostility import HOSTILE

BARE = tuple(
    f"\x02{text}"
    for text in ("9e999999", "-9E+9999999", "9e9999999", "1e-999999", "0e999999", "1E400", "9" * 5000, "-0", "1.0", "01")
)
TEXTS = (
    "", " ", "0", "-1", "00", "1e400", "NaN", "-Infinity", "9" * 400, "1.5", "1,5", "1.234,56", "0x10", "١٢", "null", "true",
    "[]", "{}", "{", "2026-02-30T00:00:00Z", "2026-11-20", "2026-11-20T00:00:00", "0000-00-00 00:00:00",
    "9999-12-31T23:59:60+23:59", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "1700000000", "1700000000000",
    "-62135596801", "253402300800", "张**", "138****1234", "\u202egnp.exe", "\x00", "\ud800", "a\r\nb", "x" * 5000, "XXX",
    "CNY", "KWD", "<script>", "{{7*7}}", "=cmd()", "../../", "é" * 300, "😀", "full", "refunded", "https://127.0.0.1/",
    "+15550100987", "9e999999", "-9E+999999", "1e-999999", "0e999999", *BARE, "00-00-9" + "9" * 30,
)  # fmt: skip
_QUOTED = re.compile(r'"(?:\x02|\\u0002)([^"]*)"')
NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, 10**30, -(10**30), 0.1, 1.5, -0.0, 1e308, 253402300800, 1700000000000)
WRAPS: tuple[Callable[[Any], Any], ...] = (
    lambda value: [value],
    lambda value: {"a": value},
    str,
    json.dumps,
    lambda value: [value] * 50,
    lambda value: _deep(value, 200),
)
XML = (
    b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>", b"<![CDATA[", b"]]>", b"&b;", b"&#0;", b"&#x110000;", b"<a>",
    b"</xml>", b"<?xml version='1.0' encoding='gbk'?>", b"<!--", b"<a b='c' b='d'/>",
)  # fmt: skip


def _deep(value: Any, levels: int) -> Any:
    for _ in range(levels):
        value = [value]
    return value


@dataclass(frozen=True)
class Seed:
    """A real body, read once. `others`: bodies that pieces are taken from."""

    body: bytes
    others: Sequence[bytes] = field(default=())

    @cached_property
    def root(self) -> Any:
        """Its JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @cached_property
    def places(self) -> tuple[tuple[str | int, ...], ...]:
        """Where its values are."""
        return tuple(places(self.root))

    @cached_property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields of a form; none where it is no form."""
        text = self.body.decode("utf-8", "replace")
        return tuple(parse_qsl(text, keep_blank_values=True)) if "=" in text[:60] and not text.startswith(("{", "<", "[")) else ()


def mutated(draw: Random, seed: Seed) -> bytes:
    """Another body."""
    chance = draw.random()
    if seed.places and chance < 0.75:
        return _spelled(draw, _tree(draw, seed))
    if seed.pairs and chance < 0.85:
        return _form(draw, seed)
    if seed.body.lstrip().startswith(b"<") and chance < 0.5:
        return _spliced(draw, seed.body, draw.choice(XML))
    body = seed.body
    for _ in range(draw.randint(1, 3)):
        body = _bytes(draw, body, seed.others)
    return body


def _tree(draw: Random, seed: Seed) -> Any:
    """The JSON with one to four of its places changed."""
    root = seed.root
    for _ in range(draw.randint(1, 4)):
        path = draw.choice(seed.places)
        try:
            held = _at(root, path)
        except (LookupError, TypeError):  # an earlier change took it away
            continue
        root = _dropped(root, path) if draw.random() < 0.15 else replaced(root, path, _another(draw, held))
    return root


def _at(root: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        root = root[step]
    return root


def _another(draw: Random, held: Any) -> Any:
    """Another value: of the same kind as often as not."""
    chance = draw.random()
    if chance < 0.2:
        return draw.choice(VALUES)
    if chance < 0.3:
        return draw.choice(WRAPS)(held)
    if isinstance(held, str):
        return _text(draw, held)
    if isinstance(held, bool) or held is None:
        return draw.choice((None, True, False, 0, "true"))
    if isinstance(held, (int, float)):
        return draw.choice((*NUMBERS, held + 1, -held, str(held), held * 1000))
    if isinstance(held, list):
        return draw.choice((held * 2, held[::-1], held[1:], [*held, None], []))
    return draw.choice(({}, dict(reversed(held.items())), {**held, "novelty": [1]}, dict.fromkeys(held)))


def _text(draw: Random, held: str) -> str:
    kind = draw.randrange(5)
    if kind == 0 or not held:
        return draw.choice(TEXTS)
    at = draw.randrange(len(held))
    if kind == 1:
        return held[:at]
    if kind == 2:
        return held[:at] + draw.choice(TEXTS) + held[at:]
    if kind == 3:
        return held[:at] + chr(ord(held[at]) ^ 1 << draw.randrange(7)) + held[at + 1 :]
    return held * 2


def _dropped(root: Any, path: Sequence[str | int]) -> Any:
    head, rest = path[0], path[1:]
    if isinstance(root, dict):
        kept = {name: item for name, item in root.items() if rest or name != head}
        return {name: _dropped(item, rest) if rest and name == head else item for name, item in kept.items()}
    if isinstance(root, list):
        return [_dropped(item, rest) if rest and at == head else item for at, item in enumerate(root) if rest or at != head]
    return root


def _spelled(draw: Random, root: Any) -> bytes:
    try:
        text = json.dumps(root, ensure_ascii=draw.random() < 0.7, separators=draw.choice(((",", ":"), (", ", ": "))))
    except (ValueError, RecursionError):  # too deep, or a number of too many digits, for Python itself
        return b"[]"
    # A number as Python would not write it stands in quotes until here.
    return _QUOTED.sub(r"\1", text).encode("utf-8", "surrogatepass")


def _form(draw: Random, seed: Seed) -> bytes:
    """The form with fields changed, left out, doubled; JSON in a field as JSON."""
    pairs = list(seed.pairs)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(pairs))
        name, value = pairs[at]
        kind = draw.randrange(5)
        if kind == 0 and len(pairs) > 1:
            del pairs[at]
        elif kind == 1:
            pairs.insert(at, (name, draw.choice(TEXTS)))
        elif value.startswith(("{", "[")) and kind != 2:
            pairs[at] = (name, mutated(draw, Seed(value.encode("utf-8", "surrogatepass"))).decode("utf-8", "replace"))
        else:
            pairs[at] = (name, _text(draw, value))
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode()


def _quoted(text: str) -> str:
    return quote_plus(text.encode("utf-8", "surrogatepass"))


def _bytes(draw: Random, body: bytes, others: Sequence[bytes]) -> bytes:
    kind = draw.randrange(7)
    at = draw.randrange(len(body)) if body else 0
    if kind <= 1 and body:
        return body[:at] + bytes([body[at] ^ 1 << draw.randrange(8)]) + body[at + 1 :]
    if kind == 2:
        return body[:at]
    if kind == 3:
        return _spliced(draw, body, draw.randbytes(draw.choice((1, 2, 8, 64))))
    if kind == 4:
        return body[:at] + body[at : at + draw.choice((1, 10, 100))] * draw.choice((2, 3, 40)) + body[at:]
    if kind == 5 and others:
        other = draw.choice(others)
        return body[:at] + other[draw.randrange(len(other) + 1) :]
    return draw.choice(tuple(HOSTILE.values())) if draw.random() < 0.05 else draw.choice((b"\xef\xbb\xbf", b"", b" ")) + body


def _spliced(draw: Random, body: bytes, piece: bytes) -> bytes:
    at = draw.randint(0, len(body))
    return body[:at] + piece + body[at:]


def around(draw: Random, request: RawRequest, read: Sequence[str]) -> RawRequest:
    """The request with something changed around its body; `read`: the headers that are read."""
    kind = draw.randrange(7)
    names = sorted({*request.headers, *read, "content-type"})
    name = draw.choice(names)
    held = request.headers.get(name, ())
    if kind == 0:
        return replace(request, headers={each: value for each, value in request.headers.items() if each != name})
    if kind == 1:
        return replace(request, headers={**request.headers, name: (*held, draw.choice((*held, *GARBAGE)))})
    if kind == 2:
        return replace(request, headers={**request.headers, name: (draw.choice((*GARBAGE, *TEXTS)),)})
    if kind == 3:
        return replace(request, headers={**request.headers, "content-type": (draw.choice(TYPES),)})
    if kind == 4:
        return replace(request, method=draw.choice(METHODS))
    if kind == 5:
        return replace(request, topic=draw.choice((None, "", "guessed", "orders/create", "\ud800", "x" * 5000, *TEXTS)))
    return replace(request, query=_query(draw, request.query))


def _query(draw: Random, query: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    pairs = list(query)
    names = [name for name, _ in query] or ["sign"]
    kind = draw.randrange(3)
    if kind == 0 and pairs:
        del pairs[draw.randrange(len(pairs))]
    elif kind == 1:
        pairs.append((draw.choice((*names, "echostr", "timestamp", "hub.challenge", "sign")), draw.choice((*GARBAGE, *TEXTS))))
    elif pairs:
        at = draw.randrange(len(pairs))
        pairs[at] = (pairs[at][0], _text(draw, pairs[at][1]))
    return tuple(pairs)


def kept(headers: Mapping[str, tuple[str, ...]], names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Of headers, these."""
    return {name: value for name, value in headers.items() if name in names}
