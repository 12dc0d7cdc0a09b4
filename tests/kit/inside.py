"""Signatures that stand inside the body: in a field of a form, or under a key of a JSON object.

case.json names the place, `"signature": {"form": "sig"}` or `{"json": "signature"}`; the checks then take the signature from
there and put others in its place, as they do with headers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qsl, quote

from chalicelib.contract import RawRequest
from tests.kit.cases import Case


def is_inside(case: Case) -> bool:
    """Whether the platform writes its signature into the body."""
    return "signature" in case.told


def given(case: Case) -> str:
    """The signature that the body of the case carries."""
    kind, name = _place(case)
    pairs = parse_qsl(case.body.decode(), keep_blank_values=True) if kind == "form" else json.loads(case.body).items()
    found = [value for key, value in pairs if key == name]
    assert len(found) == 1 and isinstance(found[0], str), "the fixture carries one signature"
    return found[0]


def carrying(case: Case, values: Sequence[str]) -> RawRequest:
    """The request with these signatures in the place of its own: none, one or several. Nothing else changes."""
    kind, name = _place(case)
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
    if kind == "form":
        return [part for part in body.split(b"&") if part.partition(b"=")[0] != name.encode()]
    return {key: value for key, value in json.loads(body).items() if key != name}


def repeats(case: Case) -> bool:
    """Whether the place can hold a signature twice: a form's field can, a key of an object cannot."""
    return _place(case)[0] == "form"


def _place(case: Case) -> tuple[str, str]:
    ((kind, name),) = case.told["signature"].items()
    assert kind in ("form", "json"), "a signature stands in a form or in JSON"
    return str(kind), str(name)
