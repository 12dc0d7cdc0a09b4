"""Forms and XML: bounded, strict, DTD refused."""

from __future__ import annotations

import pytest

from chalicelib.errors import Permanent
from chalicelib.toolkit.forms import MAX_FIELDS, field, parse_form
from chalicelib.toolkit.xmls import MAX_BYTES, MAX_DEPTH, MAX_NODES, parse_xml, text_of


def test_form_keeps_order_blanks_and_the_platforms_encoding() -> None:
    assert parse_form(b"b=1&a=&b=%E5%BC%A0", connector="x") == (("b", "1"), ("a", ""), ("b", "张"))
    assert parse_form(b"name=%D5%C5", connector="x", encoding="gbk") == (("name", "张"),)


@pytest.mark.parametrize("body", [b"a=%FF", b"\xff=1", b"&".join(b"a=1" for _ in range(MAX_FIELDS + 1))])
def test_form_refuses_what_is_none(body: bytes) -> None:
    with pytest.raises(Permanent, match="not a form"):
        parse_form(body, connector="x")


def test_form_field_is_there_once() -> None:
    pairs = (("a", "1"), ("b", "2"), ("b", "3"))
    assert field(pairs, "a", connector="x") == "1"
    for name in ("b", "c"):
        with pytest.raises(Permanent) as caught:
            field(pairs, name, connector="x")
        assert caught.value.path == f"$.{name}"


def test_xml_reads_one_child() -> None:
    root = parse_xml(b"<xml><A><![CDATA[x]]></A><B/></xml>", connector="x")
    assert (text_of(root, "A", connector="x"), text_of(root, "B", connector="x")) == ("x", "")
    for body in (b"<xml/>", b"<xml><A/><A/></xml>"):
        with pytest.raises(Permanent):
            text_of(parse_xml(body, connector="x"), "A", connector="x")


LAUGHS = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'
EXTERNAL = b'<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/hostname">]><l>&x;</l>'


@pytest.mark.fault(16)
@pytest.mark.parametrize("body", [LAUGHS, EXTERNAL, b'<!DOCTYPE l SYSTEM "http://example.com/l.dtd"><l/>'])
def test_xml_refuses_dtd_and_entities(body: bytes) -> None:
    with pytest.raises(Permanent, match="DTD"):
        parse_xml(body, connector="x")


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"\xff\xfe<",
        b'<?xml version="1.0" encoding="no-such"?><a/>',
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" + b"<b/>" * MAX_NODES + b"</a>",
        b"<a>" + b" " * MAX_BYTES + b"</a>",
    ],
)
def test_xml_refuses_broken_and_boundless(body: bytes) -> None:
    with pytest.raises(Permanent):
        parse_xml(body, connector="x")
