"""Checks with bodies that no platform would send: typed refusals only, and no value of a body in them."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from chalicelib.contract import Connector, EventKind
from chalicelib.errors import HuitouError
from chalicelib.toolkit.canonical_json import to_plain
from tests.kit.cases import Case
from tests.kit.common import (
    FIVE,
    MAPPED,
    feeds,
    opened,
    places,
    pushes,
    replaced,
    require_located,
    verify,
)

HOSTILE: dict[str, bytes] = {
    "empty": b"",
    "blank": b"   ",
    "bom alone": b"\xef\xbb\xbf",
    "not json": b"hello",
    "null": b"null",
    "true": b"true",
    "number": b"1",
    "text": b'"x"',
    "list": b"[]",
    "list of null": b"[null]",
    "list of lists": b"[[]]",
    "empty object": b"{}",
    "nan": b'{"id":NaN}',
    "infinity": b'{"id":Infinity}',
    "huge exponent": b'{"id":1e400,"total_price":1e400}',
    "huge number": b'{"id":' + b"9" * 100_000 + b"}",
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "not utf-8": b'{"id":"\xff\xfe"}',
    "gbk": '{"name":"张三"}'.encode("gbk"),
    "lone surrogate": b'{"id":"\\ud800"}',
    "nul": b'{"id":"\x00"}',
    "duplicate keys": b'{"id":1,"id":"2"}',
    "trailing": b'{"id":1} x',
}


def check_hostile(connector: Connector, case: Case) -> None:
    """Hostile and truncated bodies end in one of the five errors, in events() and in canonical()."""
    bodies = dict(HOSTILE)
    body = _inner(connector, case)
    for position in sorted({len(body) * part // 8 for part in range(1, 8)}):
        bodies[f"truncated at {position}"] = body[:position]
    for name, hostile in bodies.items():
        _run_bounded(connector, case, hostile, name)


def check_wrong_types(connector: Connector, case: Case) -> None:
    """A value of another type at any place of the body ends in one of the five errors."""
    for name, body in _mutations(_inner(connector, case), (None, True, -1, "", "x", 1.5, [], {}, [None], 10**30, "NaN", "1e400")):
        _run_bounded(connector, case, body, name)


def _inner(connector: Connector, case: Case) -> bytes:
    """The body that events() sees: of an encrypted push what it held."""
    return opened(case.request, verify(connector, case)).body if case.kind == "push" else case.body


def _run_bounded(connector: Connector, case: Case, body: bytes, name: str) -> None:
    for what, call in _calls(connector, case, body):
        try:
            call()
        except FIVE as error:
            require_located(connector, error)
        except Exception as error:
            raise AssertionError(f"{what} of {name}: {type(error).__name__}: {error}") from error


def _calls(connector: Connector, case: Case, body: bytes) -> Iterator[tuple[str, Callable[[], object]]]:
    if case.kind == "push":
        yield "events", lambda: _events_and_canonical(connector, case, body)
        kinds: Sequence[EventKind] = MAPPED
    elif case.kind == "feed":
        yield "address", lambda: feeds(connector).address(body)
        yield "events", lambda: _events_and_canonical(connector, case, body)
        kinds = MAPPED
    else:
        kinds = (case.payload_kind,)
    for kind in kinds:
        yield f"canonical {kind}", _canonical_of(connector, kind, body, case)


def _canonical_of(connector: Connector, kind: EventKind, body: bytes, case: Case) -> Callable[[], object]:
    return lambda: [to_plain(each) for each in connector.canonical(kind, body, case.ref)]


def _events_and_canonical(connector: Connector, case: Case, body: bytes) -> None:
    cut = feeds(connector).events if case.kind == "feed" else pushes(connector).events
    for event in cut(case.with_body(body), case.ref):
        if not event.thin:
            connector.canonical(event.kind, event.payload, case.ref)


def _plain(connector: Connector, case: Case) -> bytes:
    """The body as events() sees it: what an encrypted one held."""
    return opened(case.request, verify(connector, case)).body if case.kind == "push" else case.body


def _mutations(body: bytes, values: Sequence[Any]) -> Iterator[tuple[str, bytes]]:
    """The body with one leaf or branch replaced, at up to 150 places, deterministically."""
    try:
        root = json.loads(body)
    except ValueError:
        return
    found = list(places(root))
    step = len(found) // 150 + 1
    for path in found[::step]:
        for value in values:
            yield f"{path} = {value!r}"[:80], json.dumps(replaced(root, path, value)).encode()


PERSONAL = ("Quilliam Thistlewood", "quilliam.thistlewood@example.com", "+15550100987")


def check_no_personal_data(connector: Connector, case: Case) -> None:
    """No value of a body shows in an error, its repr or its traceback."""
    for name, body in _mutations(_inner(connector, case), (*PERSONAL, {"who": PERSONAL[0]}, [PERSONAL[1]])):
        for what, call in _calls(connector, case, body):
            try:
                call()
            except HuitouError as error:
                shown = "".join(traceback.format_exception(error)) + repr(error)
                for secret in PERSONAL:
                    assert secret not in shown, f"{what} of {name} shows a value of the body"
