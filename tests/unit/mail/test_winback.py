"""The win-back message: its parts, its optional values, its refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.errors import ConfigError
from tests.unit.mail import pages

RENDERER = JinjaRenderer()
VALUES = {
    "shop_name": "Qinghe Tea",
    "postal": "Qinghe Tea, 1 Example Road",
    "unsubscribe_url": "https://shop.example/unsubscribe/t",
}
every_locale = pytest.mark.parametrize("locale", wording.LOCALES)


@every_locale
def test_it_says_who_writes_and_how_to_stop(locale: str) -> None:
    mail = RENDERER.winback(VALUES, locale=locale, template="winback")
    page = pages.read(mail.html)
    assert page.tags[0][0] == "html"
    assert (page.tags[0][1]["lang"], page.tags[0][1]["dir"]) == (locale, "ltr")
    for part in (page.shown, mail.text):
        assert "Qinghe Tea" in part
        assert "1 Example Road" in part
    assert [known["href"] for tag, known in page.tags if tag == "a"] == [VALUES["unsubscribe_url"]]
    assert VALUES["unsubscribe_url"] in mail.text
    assert "Qinghe Tea" in mail.subject
    assert len(mail.subject) < 60


@every_locale
def test_optional_values_come_and_go(locale: str) -> None:
    bare = RENDERER.winback(VALUES, locale=locale, template="winback")
    full = RENDERER.winback(
        VALUES | {"offer": "COMEBACK10", "buyer_name": "Lin", "shop_url": "https://shop.example/"},
        locale=locale,
        template="winback",
    )
    for part in (full.html, full.text):
        assert "COMEBACK10" in part
        assert "Lin" in part
        assert "https://shop.example/" in part
    assert "COMEBACK10" not in full.subject
    assert full.subject != bare.subject
    assert full.preheader != bare.preheader
    assert "COMEBACK10" not in bare.html


@every_locale
def test_contrast(locale: str) -> None:
    mail = RENDERER.winback(VALUES | {"offer": "X", "shop_url": "https://shop.example/"}, locale=locale, template="winback")
    pairs = {(text.color, text.background) for text in pages.read(mail.html).texts}
    assert all(pages.contrast(*pair) >= 4.5 for pair in pairs)


@pytest.mark.parametrize("missing", ["shop_name", "postal", "unsubscribe_url"])
def test_a_missing_value_stops_the_message(missing: str) -> None:
    for values in ({key: value for key, value in VALUES.items() if key != missing}, VALUES | {missing: "  "}):
        with pytest.raises(ConfigError) as caught:
            RENDERER.winback(values, locale="en", template="winback")
        assert missing in str(caught.value)


def test_an_unknown_value_or_template_stops_the_message() -> None:
    with pytest.raises(ConfigError):
        RENDERER.winback(VALUES | {"coupon": "x"}, locale="en", template="winback")
    for template in ("nope", "../email", "win/back", ""):
        with pytest.raises(ConfigError):
            RENDERER.winback(VALUES, locale="en", template=template)


def test_an_unknown_variant_stops_the_message() -> None:
    for variant in ("z", "", "needs", "subject", "../a"):
        with pytest.raises(ConfigError) as caught:
            RENDERER.winback(VALUES, locale="en", template="winback", variant=variant)
        assert caught.value.reason == "template-variant"
        with pytest.raises(ConfigError):
            RENDERER.line(VALUES, locale="en", template="winback", variant=variant)
    with pytest.raises(ConfigError):
        RENDERER.variants("nope", "en")


def test_until_when_is_told_of_an_offer_alone() -> None:
    until = VALUES | {"offer_until": "5 November 2026"}
    for told in (
        RENDERER.winback(until, locale="en", template="winback").text,
        RENDERER.line(until, locale="en", template="winback"),
    ):
        assert "November" not in told
    until["offer"] = "COMEBACK10"
    mail = RENDERER.winback(until, locale="en", template="winback")
    for told in (mail.html, mail.text, RENDERER.line(until, locale="en", template="winback")):
        assert "Valid until 5 November 2026." in told


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {},
            "Hello! It has been a while since your last order at Qinghe Tea. "
            "A few things are new since then, so come and have a look.",
        ),
        (
            {"buyer_name": "Lin", "offer": "BACK10", "offer_until": "5 May 2026", "shop_url": "https://shop.example/"},
            "Hello Lin! It has been a while since your last order at Qinghe Tea. For your next one, here is a code: BACK10. "
            "Valid until 5 May 2026. https://shop.example/",
        ),
    ],
)
def test_a_line(values: dict[str, str], expected: str) -> None:
    assert RENDERER.line({"shop_name": "Qinghe Tea"} | values, locale="en", template="winback") == expected
    # What the mail needs beside may be given, and is not told.
    assert RENDERER.line(VALUES | values, locale="en-GB", template="winback") == expected


@pytest.mark.parametrize(
    "name", ["https://evil.example", "www.evil", "win at evil.example", "a@evil.example", "+86 138 0000 0000 13800138000", "tel:1"]
)
def test_a_name_that_would_become_a_link_is_not_called(name: str) -> None:
    mail = RENDERER.winback(VALUES | {"buyer_name": name}, locale="en", template="winback")
    assert mail == RENDERER.winback(VALUES, locale="en", template="winback")
    assert RENDERER.line(VALUES | {"buyer_name": name}, locale="en", template="winback") == RENDERER.line(
        VALUES, locale="en", template="winback"
    )


@pytest.mark.parametrize("name", ["Lin", "J. R. R.", "O'Neil-Weiß", "王小明", "สมชาย", "Nguyễn Thị Ánh", "Ann 2"])
def test_a_name_is_called(name: str) -> None:
    assert f"Hello {name}," in RENDERER.winback(VALUES | {"buyer_name": name}, locale="en", template="winback").text


def test_a_long_shop_name_leaves_the_subject_short() -> None:
    for locale in wording.LOCALES:
        mail = RENDERER.winback(VALUES | {"shop_name": "青禾 Very Long Shop Name " * 9}, locale=locale, template="winback")
        assert wording.width(mail.subject) < 60


def test_one_renderer_serves_many_threads() -> None:
    renderer = JinjaRenderer()
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: renderer.winback(VALUES, locale="en", template="winback").html, range(64)))
    assert len(set(made)) == 1
