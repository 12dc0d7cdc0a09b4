"""Signatures that stand elsewhere than in a header: in a field of a form, under a key of a JSON object, in the query.

case.json names the place, `"signature": {"form": "sig"}`, `{"json": "signature"}` or `{"query": "sign"}`; the checks then
take the signature from there and put others in its place, as they do with headers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, quote

from chalicelib.contract import RawRequest
from tests.kit.cases import Case


def is_inside(case: Case) -> bool:
    """Whether the platform writes its signature into the body, or into the query."""
    return "signature" in case.told


def given(case: Case) -> str:
    """The signature that the case carries."""
    kind, name = _place(case)
    pairs: Iterable[tuple[str, object]] = case.request.query
    if kind != "query":
        pairs = parse_qsl(case.body.decode(), keep_blank_values=True) if kind == "form" else json.loads(case.body).items()
    found = [value for key, value in pairs if key == name]
    assert len(found) == 1, "the fixture carries one signature"
    value = found[0]
    assert isinstance(value, str), "a signature is text"
    return value


def carrying(case: Case, values: Sequence[str]) -> RawRequest:
    """The request with these signatures in the place of its own: none, one or several. Nothing else changes."""
    kind, name = _place(case)
    if kind == "query":
        others = [pair for pair in case.request.query if pair[0] != name]
        return replace(case.request, query=(*others, *((name, value) for value in values)))
    if kind == "form":
        kept = [part for part in case.body.split(b"&") if part.partition(b"=")[0] != name.encode()]
        own = [f"{name}={quote(value.encode('utf-8', 'surrogatepass'), safe='')}".encode() for value in values]
        return replace(case.request, body=b"&".join([*kept, *own]))
    told = [(key, value) for key, value in json.loads(case.body).items() if key != name]
    rows = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in [*told, *((name, value) for value in values)]]
    return replace(case.request, body=f"{{{','.join(rows)}}}".encode())


def rest(case: Case, body: bytes) -> object:
    """A body without its signature, as it compares."""
    kind, name = _place(case)
    if kind == "query":
        return body
    if kind == "form":
        return [part for part in body.split(b"&") if part.partition(b"=")[0] != name.encode()]
    return {key: value for key, value in json.loads(body).items() if key != name}


def repeats(case: Case) -> bool:
    """Whether the place can hold a signature twice: a form's field or a parameter can, a key of an object cannot."""
    return _place(case)[0] != "json"


def _place(case: Case) -> tuple[str, str]:
    ((kind, name),) = case.told["signature"].items()
    assert kind in ("form", "json", "query"), "a signature stands in a form, in JSON or in the query"
    return str(kind), str(name)
