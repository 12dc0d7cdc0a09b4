"""Hostile requests: each a genuine one with one to three things wrong with it. Seeded, so that a failure comes again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import Any
from urllib.parse import quote

from ops.runtime.proxy import HttpIn
from tests.kit.common import places, replaced
from tests.kit.hostility import HOSTILE

Change = Callable[[Random, HttpIn], HttpIn]
Twist = Callable[[Random, dict[str, Any]], None]

TYPES = (
    "application/json", "application/json; charset=gbk", "application/json; charset=\x80", "application/xml",
    "text/xml; charset=utf-8", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data",
    "text/plain", "text/html", "", "application/octet-stream", "application/vnd.api+json", "*/*", "a" * 5000, "image/png",
    "json", ";", "application/json, text/xml",
)  # fmt: skip
GARBAGE = (
    "", " ", "garbage", "v1,", "v1,====", "sha256=", "null", "NaN", "inf", "-1", "0", "9" * 400, "1e400", "=", "==",
    "a=b,c=d", "Bearer ", "Basic Og==", "\xff\xfe", "\x00", "é" * 64, "0" * 64, "A" * 44, "../../etc/passwd",
    "${jndi:ldap://x}", "'; --", "\u2028", "true",
)  # fmt: skip
SEGMENTS = (
    "%00", "..", ".", "%2e%2e", "%2F", "a%2Fb", "%FF%FE", "%F0%9F%98%80", "%ED%A0%80", "guessed", "orders%20create",
    "x" * 20_000, "{topic}", "%25", "*", "null", "0",
)  # fmt: skip
QUERIES = (
    "hub.mode=subscribe&hub.challenge=1&hub.verify_token=guessed", "challenge_code=abc",
    "echostr=1&signature=x&timestamp=1&nonce=2", "echostr=1&echostr=2", "sign=&timestamp=", "a=" + "b" * 20_000, "&&&=&=",
    "%ED%A0%80=%00", "x=%FF", "timestamp=NaN&sign=1e400", "a;b", "&".join(f"k{number}={number}" for number in range(500)),
)  # fmt: skip
METHODS = ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "BREW", "get", "post")
VALUES: tuple[Any, ...] = (None, True, -1, "", "x", 1.5, [], {}, [None], 10**30, "NaN", "1e400", "9" * 5000, "\ud800", {"a": [1]})
OVERSIZED = 4_000_001
MEDIUM = 300_000  # over the claim check's size, under the edge's


def _read(body: bytes) -> Any:
    """The JSON in a body; None where there is none that Python reads."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _flip(draw: Random, wire: HttpIn) -> HttpIn:
    if not wire.body:
        return wire
    at = draw.randrange(len(wire.body))
    return replace(wire, body=wire.body[:at] + bytes([wire.body[at] ^ 1 << draw.randrange(8)]) + wire.body[at + 1 :])


def _cut(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, body=wire.body[: draw.randint(0, max(0, len(wire.body) - 1))])


def _grown(draw: Random, wire: HttpIn) -> HttpIn:
    more = draw.choice((b" ", b"\n", b"\x00", b"\xff", b"{}", b"]", wire.body))
    return replace(wire, body=draw.choice((wire.body + more, more + wire.body, b"\xef\xbb\xbf" + wire.body)))


def _hostile(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, body=draw.choice(tuple(HOSTILE.values())))


def _another_type(draw: Random, wire: HttpIn) -> HttpIn:
    root = _read(wire.body)
    if not list(places(root)):
        return _flip(draw, wire)
    path = draw.choice(list(places(root)))
    return replace(wire, body=json.dumps(replaced(root, path, draw.choice(VALUES))).encode())


def _spelled_anew(draw: Random, wire: HttpIn) -> HttpIn:
    root = _read(wire.body)
    if root is None:
        return _flip(draw, wire)
    return replace(
        wire, body=json.dumps(root, indent=draw.choice((None, 1)), ensure_ascii=draw.random() < 0.5).encode("utf-8", "replace")
    )


def _noise(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, body=draw.randbytes(draw.choice((1, 7, 64, 3000))))


def _medium(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, body=wire.body + b" " * MEDIUM) if draw.random() < 0.02 else _grown(draw, wire)


def _oversized(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, body=b"[" + b"1" * OVERSIZED) if draw.random() < 0.005 else _noise(draw, wire)


def _without_header(draw: Random, wire: HttpIn) -> HttpIn:
    if not wire.headers:
        return wire
    gone = draw.randrange(len(wire.headers))
    return replace(wire, headers=tuple(pair for index, pair in enumerate(wire.headers) if index != gone))


def _header_again(draw: Random, wire: HttpIn) -> HttpIn:
    if not wire.headers:
        return wire
    name, value = draw.choice(list(wire.headers))
    spelled = draw.choice((name, name.upper(), name.title()))
    return replace(wire, headers=(*wire.headers, (spelled, draw.choice((value, *GARBAGE)))))


def _header_garbage(draw: Random, wire: HttpIn) -> HttpIn:
    if not wire.headers:
        return wire
    chosen = draw.randrange(len(wire.headers))
    value = "A" * 1_000_000 if draw.random() < 0.005 else draw.choice(GARBAGE)
    pairs = tuple((name, value if index == chosen else held) for index, (name, held) in enumerate(wire.headers))
    return replace(wire, headers=pairs)


def _header_spelling(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, headers=tuple((draw.choice((name.upper(), name.title(), name)), value) for name, value in wire.headers))


def _content_type(draw: Random, wire: HttpIn) -> HttpIn:
    kept = tuple(pair for pair in wire.headers if pair[0].lower() != "content-type")
    return replace(wire, headers=(*kept, ("Content-Type", draw.choice(TYPES))))


def _accept(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, headers=(*wire.headers, ("Accept", draw.choice(("text/html", "image/png", "", "*/*;q=0", "\xff")))))


def _method(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, method=draw.choice(METHODS))


def _path(draw: Random, wire: HttpIn) -> HttpIn:
    parts = wire.target.split("/")
    kind = draw.randrange(4)
    if kind == 0:
        parts[draw.randrange(1, len(parts))] = draw.choice(SEGMENTS)
    elif kind == 1:
        parts.insert(draw.randint(1, len(parts)), draw.choice(SEGMENTS))
    elif kind == 2:
        parts = parts[: draw.randint(1, len(parts))]
    else:
        parts = [quote(part) if part else "" for part in wire.target.upper().split("/")]
    return replace(wire, target="/".join(parts) or "/")


def _query(draw: Random, wire: HttpIn) -> HttpIn:
    return replace(wire, query=draw.choice((draw.choice(QUERIES), f"{wire.query}&{draw.choice(QUERIES)}", "")))


BODIES: tuple[Change, ...] = (
    _flip, _cut, _grown, _hostile, _another_type, _another_type, _spelled_anew, _noise, _medium, _oversized,
)  # fmt: skip
HEADS: tuple[Change, ...] = (
    _without_header, _header_again, _header_garbage, _header_garbage, _header_spelling, _content_type, _accept, _method,
    _path, _query,
)  # fmt: skip


def changed(draw: Random, wire: HttpIn, changes: Sequence[Change], most: int = 3) -> HttpIn:
    """The request with one to `most` of these changes."""
    for change in draw.choices(changes, k=draw.randint(1, most)):
        wire = change(draw, wire)
    return wire


def _surrogate_header(draw: Random, event: dict[str, Any]) -> None:
    values = draw.choice(list((event["multiValueHeaders"] or {"x": ["y"]}).values()))
    values[0] = draw.choice(("\ud800", values[0] + "\udfff", "\ud83d"))


def _surrogate_path(draw: Random, event: dict[str, Any]) -> None:
    event["pathParameters"][draw.choice(list(event["pathParameters"]))] = draw.choice(("\ud800", "a\udfffb"))


def _surrogate_query(_draw: Random, event: dict[str, Any]) -> None:
    event["multiValueQueryStringParameters"] = {"\ud800": ["\udfff"]}


def _text_body(draw: Random, event: dict[str, Any]) -> None:
    event["isBase64Encoded"], event["body"] = False, draw.choice(("", "{}", "plain text", "\ud800", '{"id": 1}', "回头"))


def _broken_base64(draw: Random, event: dict[str, Any]) -> None:
    event["isBase64Encoded"] = True
    event["body"] = draw.choice(("*", "YQ", "YQ==YQ==", "é", "\ud800", f"{event['body']}=", f"{event['body']}\n", "===="))


def _no_body(_draw: Random, event: dict[str, Any]) -> None:
    event["body"] = None


def _no_headers(_draw: Random, event: dict[str, Any]) -> None:
    event["headers"] = event["multiValueHeaders"] = None


TWISTS: tuple[Twist, ...] = (
    _surrogate_header, _surrogate_header, _surrogate_path, _surrogate_query, _text_body, _broken_base64, _no_body,
    _no_headers,
)  # fmt: skip
