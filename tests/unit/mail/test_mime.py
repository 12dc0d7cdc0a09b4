"""The bytes of a mail: what a client reads from them, and what is refused."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters import mime
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain.mail import PERSONAL_LINK, personal
from chalicelib.domain.wording import File, Picture, Rendered
from chalicelib.errors import ConfigError, Permanent
from tests.unit.mail import reports
from tests.unit.mail.mails import AT, FILES, ILLUSTRATED, PICTURES, RENDERED, mail, shape

UNSUBSCRIBE = "https://shop.example/unsubscribe/" + "t" * 300


def parsed(raw: bytes) -> EmailMessage:
    """As a client reads it."""
    return email.message_from_bytes(raw, policy=SMTP)


def part(message: EmailMessage, kind: str) -> str:
    """One alternative, its line ends as they were written."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_what_a_client_reads() -> None:
    message = parsed(mime.build(mail(reply_to="Help <help@acme.example>"), sent_at=AT))
    assert message["Subject"] == RENDERED.subject
    assert message["From"] == "Acme <digest@acme.example>"
    assert message["To"] == "marketing@acme.example"
    assert message["Reply-To"] == "Help <help@acme.example>"
    assert message["Date"] == "Sat, 21 Nov 2026 00:05:00 +0000"
    assert message["Message-ID"] == "<digest.demo.2026-11-20@mail.acme.example>"
    assert message["X-Huitou-Message"] == "digest.demo.2026-11-20@mail.acme.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"
    assert message["List-Unsubscribe"] is None
    assert message.get_content_type() == "multipart/alternative"
    assert [item.get_content_type() for item in message.iter_parts()] == ["text/plain", "text/html"]
    assert {item.get_content_charset() for item in message.iter_parts()} == {"utf-8"}
    assert part(message, "plain") == RENDERED.text
    assert part(message, "html").rstrip("\n") == RENDERED.html


def test_on_the_wire() -> None:
    raw = mime.build(mail(rendered=JinjaRenderer().digest(reports.thirty("zh-CN"))), sent_at=AT)
    assert raw.isascii()
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert not any(len(word) > 75 for word in raw.split(b"\r\n\r\n")[0].split() if word.startswith(b"=?"))


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_digest_survives_the_wire(locale: str) -> None:
    rendered = JinjaRenderer().digest(reports.usual(locale))
    message = parsed(mime.build(mail(rendered=rendered), sent_at=AT))
    assert message["Subject"] == rendered.subject
    assert part(message, "plain") == rendered.text
    assert part(message, "html").rstrip("\n") == rendered.html


RELATED = ("multipart/related", ["text/html", "image/png", "image/png"])


def test_pictures_lie_beside_the_html_and_files_beside_both() -> None:
    raw = mime.build(mail(rendered=ILLUSTRATED), sent_at=AT)
    message = parsed(raw)
    alternative = ("multipart/alternative", ["text/plain", RELATED])
    assert shape(message) == ("multipart/mixed", [alternative, "application/json", "text/csv"])
    assert part(message, "plain") == ILLUSTRATED.text
    assert part(message, "html").rstrip("\n") == ILLUSTRATED.html
    assert [(file.get_filename(), file.get_content_disposition()) for file in message.iter_attachments()] == [
        (file.name, "attachment") for file in FILES
    ]
    contents = [file.get_payload(decode=True) for file in message.iter_attachments()]
    assert contents == [file.content for file in FILES]
    assert raw.isascii()
    assert message["Auto-Submitted"] == "auto-generated"


def test_every_picture_that_the_html_shows_is_there() -> None:
    message = parsed(mime.build(mail(rendered=ILLUSTRATED), sent_at=AT))
    images = [part for part in message.walk() if part.get_content_maintype() == "image"]
    assert {f"cid:{image['Content-ID'][1:-1]}" for image in images} == set(re.findall(r"cid:[^\"]+", ILLUSTRATED.html))
    assert [image.get_payload(decode=True) for image in images] == [picture.png for picture in PICTURES]
    assert {image.get_content_disposition() for image in images} == {"inline"}


def test_pictures_without_files_need_no_mixed() -> None:
    message = parsed(mime.build(mail(rendered=replace(ILLUSTRATED, files=())), sent_at=AT))
    assert shape(message) == ("multipart/alternative", ["text/plain", RELATED])


def test_each_part_has_a_boundary_of_its_own() -> None:
    message = parsed(mime.build(mail(rendered=ILLUSTRATED), sent_at=AT))
    boundaries = [part.get_boundary() for part in message.walk() if part.is_multipart()]
    assert len(set(boundaries)) == 3
    assert mime.build(mail(rendered=ILLUSTRATED), sent_at=AT) == mime.build(mail(rendered=ILLUSTRATED), sent_at=AT)


@pytest.mark.parametrize("cid", ["", "no-domain", "<a@b>", "a@b\r\nBcc: x@y.example", "ä@b.example", "a b@c.example"])
def test_the_id_of_a_picture_is_no_header(cid: str) -> None:
    with pytest.raises(ConfigError):
        mime.build(mail(rendered=replace(ILLUSTRATED, pictures=(Picture(cid, b"x"),))), sent_at=AT)


@pytest.mark.parametrize("name", ["", "../a.csv", "a b.csv", 'a".csv', "a.csv\r\nX: y", ".hidden", "日报.csv"])
def test_the_name_of_a_file_is_no_path_and_no_header(name: str) -> None:
    with pytest.raises(ConfigError):
        mime.build(mail(rendered=replace(ILLUSTRATED, files=(File(name, "text/csv", b"x"),))), sent_at=AT)


def test_the_same_mail_makes_the_same_bytes() -> None:
    assert mime.build(mail(), sent_at=AT) == mime.build(mail(), sent_at=AT)
    assert mime.build(mail(), sent_at=AT) != mime.build(mail(message_id="other@acme.example"), sent_at=AT)


def test_marketing_can_be_unsubscribed_in_one_click() -> None:
    raw = mime.build(mail(marketing=True, unsubscribe_url=UNSUBSCRIBE), sent_at=AT)
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_reader_of_digests_leaves_in_one_click_too() -> None:
    raw = mime.build(mail(marketing=False, unsubscribe_url=UNSUBSCRIBE), sent_at=AT)
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_notice_has_no_header() -> None:
    assert b"List-Unsubscribe" not in mime.build(mail(marketing=False, unsubscribe_url=None), sent_at=AT)


@pytest.mark.parametrize(
    "shared", [replace(RENDERED, html=f"<p>leave: {PERSONAL_LINK}</p>"), replace(RENDERED, text=f"leave: {PERSONAL_LINK}")]
)
def test_no_place_for_a_link_ever_leaves(shared: Rendered) -> None:
    """The last thing before the wire: whoever forgot to put the reader's own link in does not send."""
    with pytest.raises(ConfigError, match="own link"):
        mime.build(mail(rendered=shared), sent_at=AT)
    own = mime.build(mail(rendered=personal(shared, UNSUBSCRIBE)), sent_at=AT)
    assert PERSONAL_LINK.encode() not in own and b"reader.invalid" not in own


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "mailto:x@acme.example",
        "https://a.example/x>\r\nBcc: y",
        "https://a.example/é",
        "https://a.example/a b",
        "https://" + "a" * 900,
    ],
)
def test_marketing_without_a_way_out_is_refused(url: str | None) -> None:
    with pytest.raises(ConfigError):
        mime.build(mail(marketing=True, unsubscribe_url=url), sent_at=AT)


BAD = [
    "",
    "nobody",
    "a@b",
    "a@acme.example, b@acme.example",
    "a@acme.example\r\nBcc: b@acme.example",
    "A\r\nBcc: b@acme.example <a@acme.example>",
    "a@acme.example\x00",
    "a b@acme.example",
    "a@acme.example b@acme.example <c@acme.example>",
    "<>",
    "Acme <>",
    "a@acme.example\n",
    "A\r\nX-Evil: 1 <a@acme.example>",
    "<a@acme.example> <b@acme.example>",
    "a@acme.example;b@acme.example",
    "用户@acme.example",
    "a@localhost",
]


@pytest.mark.parametrize("address", BAD)
@pytest.mark.parametrize(("field", "failure"), [("recipient", Permanent), ("sender", ConfigError), ("reply_to", ConfigError)])
def test_a_bad_address_is_refused_without_telling_it(address: str, field: str, failure: type[Exception]) -> None:
    with pytest.raises(failure) as caught:
        mime.build(mail(**{field: address}), sent_at=AT)
    assert field in str(caught.value)
    if len(address) > 6:
        assert address not in str(caught.value)
    assert "acme" not in str(caught.value)


def test_international_domains_travel_as_ascii() -> None:
    raw = mime.build(mail(recipient="lin@例子.example"), sent_at=AT)
    assert b"To: lin@xn--fsqu00a.example\r\n" in raw
    assert mime.bare_address("林 <lin@例子.example>", "recipient") == "lin@xn--fsqu00a.example"


@pytest.mark.parametrize(
    "identity", ["", "x", "a@b@c", "a b@c.example", "a@c.example\r\nBcc: x@y.example", "<a@c.example", "é@c.example"]
)
def test_a_bad_message_id_is_refused(identity: str) -> None:
    if identity == "<a@c.example":
        assert mime.message_id(mail(message_id=identity)) == "<a@c.example>"
        return
    with pytest.raises(ConfigError):
        mime.build(mail(message_id=identity), sent_at=AT)


def test_names_in_any_script_and_with_commas() -> None:
    for name in ("青禾茶叶旗舰店", "Acme, Inc.", "Müller & Söhne (Köln)", 'The "Best" Shop', "x" * 120):
        message = parsed(mime.build(mail(sender=f"{name} <digest@acme.example>"), sent_at=AT))
        (address,) = message["From"].addresses
        assert (address.display_name, address.addr_spec) == (name, "digest@acme.example")
    quoted = parsed(mime.build(mail(sender='"Acme, Inc." <digest@acme.example>'), sent_at=AT))
    assert quoted["From"].addresses[0].display_name == "Acme, Inc."


def test_a_message_id_under_an_international_domain() -> None:
    assert mime.message_id(mail(message_id="digest.1@例子.example")) == "<digest.1@xn--fsqu00a.example>"


def test_a_long_message_id_stays_in_one_piece() -> None:
    identity = "a" * 150 + "@mail.acme.example"
    assert f"Message-ID: <{identity}>\r\n".encode() in mime.build(mail(message_id=identity), sent_at=AT)


@pytest.mark.fault(59)
@given(st.text(max_size=120), st.text(max_size=40))
def test_no_subject_or_name_can_add_a_header(subject: str, name: str) -> None:
    plain = parsed(mime.build(mail(), sent_at=AT))
    quoted = "".join(char for char in name if char not in '"\\<>,;:@()[]')
    rendered = replace(RENDERED, subject=f"x {subject} =?utf-8?q?=0D=0ABcc:_y?=")
    try:
        raw = mime.build(mail(rendered=rendered, sender=f'"{quoted}" <digest@acme.example>'), sent_at=AT)
    except ConfigError:
        raw = mime.build(mail(rendered=rendered), sent_at=AT)
    message = parsed(raw)
    assert message.keys() == plain.keys()
    assert str(message["From"].addresses[0].addr_spec) == "digest@acme.example"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        mime.build(mail(), sent_at=AT.replace(tzinfo=None))


def test_chinese_goes_as_base64_and_latin_stays_readable() -> None:
    chinese = mime.build(mail(rendered=Rendered("s", "<p>" + "你好" * 50, "你好" * 50, "")), sent_at=AT)
    latin = mime.build(mail(rendered=Rendered("s", "<p>olá, tudo bem?</p>" * 9, "olá, tudo bem? " * 9, "")), sent_at=AT)
    assert chinese.count(b"base64") == 2
    assert latin.count(b"quoted-printable") == 2
