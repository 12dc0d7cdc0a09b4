"""Outlines hold paths and types, never a value, and no name that may be a person's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.outline import MOST, outline

PLANTED = "Wang-Wei-13800138000"


def paths(value: Any) -> dict[str, str]:
    return dict(outline(json.dumps(value).encode()))


def test_paths_and_types() -> None:
    body = {"id": 7, "lines": [{"sku": "A", "price": 1.5}, {"sku": None}], "paid": True, "none": []}
    assert paths(body) == {
        "$": "object",
        "$.id": "number",
        "$.lines": "list",
        "$.lines[]": "object",
        "$.lines[].sku": "text or null",
        "$.lines[].price": "number",
        "$.paid": "yes or no",
        "$.none": "list",
    }


def test_json_in_a_text_and_in_a_form_is_looked_into() -> None:
    inner = json.dumps({"buyer": {"phone": PLANTED}})
    assert paths({"data": inner})["$.data.buyer.phone"] == "text"
    assert paths({"data": inner})["$.data"] == "text of object"
    form = dict(outline(b"sign=abc&message=%7B%22oid%22%3A1%7D"))
    assert form == {"$": "object", "$.sign": "text", "$.message": "text of object", "$.message.oid": "number"}


@pytest.mark.parametrize(
    "name", ["wang@example.com", "13800138000", "张三", "Wang Wei", "a" * 100, "", "x1234567", "+86 138", "o/../p", "8b2e-11"]
)
def test_names_that_may_be_somebodys_are_not_shown(name: str) -> None:
    assert paths({name: 1}) == {"$": "object", "$.*": "number"}


@pytest.mark.parametrize(
    "name", ["order_id", "lineItems", "address1", "$ref", "ns:tag", "shop-id", "x-2fa", "utf8", "a.b", "line_2_total"]
)
def test_names_of_programmers_are(name: str) -> None:
    assert f"$.{name}" in paths({name: 1})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"<x>secret</x>", "XML, 13 bytes"),
        (b"\xff\xfe", "bytes, 2 bytes"),
        (b"hello", "text, 5 bytes"),
        (b"", "text, 0 bytes"),
        (b'"a"', "text, 3 bytes"),
    ],
)
def test_what_is_neither_is_told_by_its_size(body: bytes, told: str) -> None:
    assert outline(body) == [("$", told)]


def test_it_is_bounded() -> None:
    wide = {f"field_{chr(97 + i // 26 // 26)}{chr(97 + i // 26 % 26)}{chr(97 + i % 26)}": i for i in range(5000)}
    assert len(paths(wide)) == MOST
    assert len(outline(b"[" * 5000 + b"]" * 5000)) <= MOST
    assert len(outline(b"[" * 200_000 + b"]" * 200_000)) <= MOST


VALUES = st.recursive(
    st.just(PLANTED) | st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.just(PLANTED) | st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_no_planted_word_is_in_any(value: Any) -> None:
    told = outline(json.dumps({"a": value, "b": json.dumps(value)}).encode())
    assert PLANTED not in str(told) and "13800138000" not in str(told)
