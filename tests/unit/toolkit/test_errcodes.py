"""Answers with an errcode: what each kind of code becomes."""

from __future__ import annotations

import json

import pytest

from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.toolkit.errcodes import Codes, Refused, checked
from chalicelib.toolkit.iop import TokenRefused

CODES = Codes(token_over=frozenset({42001}), throttled={45009: 60}, misconfigured={48001: "permission-missing"})


def answer(code: object, status: int = 200) -> bytes:
    return checked("/x", status, json.dumps({"errcode": code, "errmsg": "Ada Example"}).encode(), CODES, connector="c")


@pytest.mark.parametrize("code", [0, "0", None, ""])
def test_what_succeeded_comes_back(code: object) -> None:
    assert json.loads(answer(code))["errcode"] == code


@pytest.mark.parametrize("body", [b"{}", b'{"errcode":null}', b'{"errcode":""}'])
def test_where_success_must_be_told_silence_is_none(body: bytes) -> None:
    assert checked("/x", 200, body, CODES, connector="c") == body
    with pytest.raises(Retriable, match="answer-malformed"):
        checked("/x", 200, body, CODES, connector="c", told=True)
    assert checked("/x", 200, b'{"errcode":0}', CODES, connector="c", told=True)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (42001, TokenRefused),
        (-1, Retriable),
        ("45009", Retriable),
        (48001, ConfigError),
        (7, Refused),
        ("x", Retriable),
        ([], Retriable),
    ],
)
def test_what_a_code_means(code: object, kind: type[Exception]) -> None:
    with pytest.raises(kind) as error:
        answer(code)
    assert "Ada" not in str(error.value)
    if isinstance(error.value, Refused):
        assert (error.value.code, error.value.message) == (7, "Ada Example")


def test_another_status_is_permanent_and_throttling_says_for_how_long() -> None:
    with pytest.raises(Permanent):
        answer(0, 404)
    with pytest.raises(Retriable) as error:
        answer(45009)
    assert error.value.after == 60
    with pytest.raises(Retriable, match="answer-malformed"):
        checked("/x", 200, b"<html>", CODES, connector="c")
