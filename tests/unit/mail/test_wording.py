"""Numbers, money, dates and names as a reader sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import wording
from chalicelib.domain.wording import Locale


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "expected"),
    [
        (123450, "CNY", "zh-CN", "¥1,234.50"),
        (123450, "CNY", "en", "CN¥1,234.50"),
        (123450, "USD", "zh-CN", "US$1,234.50"),
        (123450, "USD", "en", "US$1,234.50"),
        (123450, "BRL", "en", "R$1,234.50"),
        (1234, "JPY", "zh-CN", "JP¥1,234"),
        (1234567, "KWD", "en", "KWD\u00a01,234.567"),
        (5, "USD", "en", "US$0.05"),
        (0, "USD", "en", "US$0.00"),
        (-123450, "USD", "en", "-US$1,234.50"),
        (None, "USD", "en", "n/a"),
        (None, "CNY", "zh-CN", "—"),
        (10**17 + 1, "USD", "en", "US$1,000,000,000,000,000.01"),
    ],
)
def test_money(minor: int | None, currency: str, locale: Locale, expected: str) -> None:
    assert wording.money(minor, currency, locale) == expected


def test_two_currencies_never_look_alike() -> None:
    for locale in wording.LOCALES:
        shown = [
            wording.money(100, currency, locale) for currency in ("CNY", "JPY", "USD", "AUD", "CAD", "HKD", "BRL", "MXN", "TWD")
        ]
        symbols = {text.rstrip("0123456789.,") for text in shown}
        assert len(symbols) == len(shown)


@pytest.mark.parametrize(
    ("tenths", "text", "direction"),
    [
        (123, "+12.3%", "up"),
        (-5, "-0.5%", "down"),
        (0, "0.0%", "flat"),
        (12345, "+1,234.5%", "up"),
        (None, "n/a", "none"),
    ],
)
def test_change(tenths: int | None, text: str, direction: str) -> None:
    change = wording.change(tenths, "en")
    assert (change.text, change.direction) == (text, direction)


def test_the_arrow_says_what_the_colour_says() -> None:
    arrows = {tenths: wording.change(tenths, "en").arrow for tenths in (1, -1, 0, None)}
    assert arrows == {1: "▲", -1: "▼", 0: "", None: ""}


def test_days_and_moments() -> None:
    day, at = date(2026, 11, 20), datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
    assert wording.long_day(day, "en") == "Friday, 20 November 2026"
    assert wording.long_day(day, "zh-CN") == "2026年11月20日 星期五"
    assert wording.moment(at, ZoneInfo("Asia/Shanghai"), "en") == "21 Nov 00:05"
    assert wording.moment(at, ZoneInfo("America/Sao_Paulo"), "zh-CN") == "11月20日 13:05"
    assert wording.moment(None, ZoneInfo("UTC"), "zh-CN") == "—"
    with pytest.raises(ValueError, match="zone"):
        wording.moment(at.replace(tzinfo=None), ZoneInfo("UTC"), "en")


@pytest.mark.parametrize(
    ("tag", "expected"), [("zh-CN", "zh-CN"), ("zh_TW", "zh-CN"), ("zh", "zh-CN"), ("en", "en"), ("pt-BR", "en"), ("", "en")]
)
def test_locale_of(tag: str, expected: str) -> None:
    assert wording.locale_of(tag) == expected


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("zh", "zh-CN"),
        ("zh-CN", "zh-CN"),
        ("zh_Hans_HK", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("zh-Hant", "zh-TW"),
        ("zh_hk", "zh-TW"),
        ("en-GB", "en"),
        ("es-419", "es"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("id-ID", "id"),
        ("in", "id"),
        ("th-TH", "th"),
        ("VI", "vi"),
        ("de", "en"),
        ("", "en"),
    ],
)
def test_message_locale(tag: str, expected: str) -> None:
    assert wording.message_locale(tag) == expected
    assert expected in wording.MESSAGE_LOCALES


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("zh-CN", "2026年11月5日"),
        ("zh-TW", "2026年11月5日"),
        ("en", "5 November 2026"),
        ("es", "5 de noviembre de 2026"),
        ("pt-BR", "5 de novembro de 2026"),
        ("id", "5 November 2026"),
        ("th", "5 พฤศจิกายน 2569"),
        ("vi", "5/11/2026"),
        ("fr", "5 November 2026"),
    ],
)
def test_message_day(locale: str, expected: str) -> None:
    assert wording.message_day(date(2026, 11, 5), locale) == expected


@pytest.mark.parametrize("locale", wording.MESSAGE_LOCALES)
def test_every_month_has_a_name(locale: str) -> None:
    assert len({wording.message_day(date(2026, month, 5), locale) for month in range(1, 13)}) == 12


@pytest.mark.parametrize(
    ("dirty", "expected"),
    [
        ("a\r\nBcc: x", "a Bcc: x"),
        ("abc\u202etxt.exe", "abctxt.exe"),
        ("\u2066a\u2069 \u200e\u200fb\u061c", "a b"),
        ("a\u2028b\u2029c\x00d\x85e", "a b c d e"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("tag\U000e0041", "tag"),
        ("\ud800x", "x"),
        ("👩\u200d👧 家", "👩\u200d👧 家"),
        ("  many   blanks ", "many blanks"),
    ],
)
def test_clean(dirty: str, expected: str) -> None:
    assert wording.clean(dirty) == expected


@given(st.text())
def test_clean_leaves_one_printable_line(text: str) -> None:
    line = wording.clean(text)
    assert len(line.splitlines()) <= 1
    assert not any(char in line for char in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\x00")
    assert wording.clean(line) == line
    line.encode()


@given(st.text())
def test_a_header_holds_no_encoded_word(text: str) -> None:
    assert "=?" not in wording.header_text(f"=?utf-8?q?{text}?=")


def test_columns_count_wide_characters_twice() -> None:
    assert wording.width("净销售额 ab") == 11
    assert wording.pad("订单", 6) == "订单  "
    assert wording.pad("订单", 6, right=True) == "  订单"


@given(st.text(alphabet="ab净销é "), st.integers(min_value=1, max_value=30))
def test_clip_never_exceeds(text: str, limit: int) -> None:
    clipped = wording.clip(text, limit)
    assert wording.width(clipped) <= limit
    assert (clipped == text) == (wording.width(text) <= limit)


@pytest.mark.parametrize(
    ("minor", "currency", "english", "chinese"),
    [
        (0, "CNY", "CN¥0", "¥0"),
        (99_949, "CNY", "CN¥999", "¥999"),
        (123_456, "CNY", "CN¥1.23k", "¥1,235"),
        (999_449, "CNY", "CN¥9.99k", "¥9,994"),
        (999_950, "CNY", "CN¥10k", "¥1万"),
        (-1_234_567, "USD", "-US$12.3k", "-US$1.23万"),
        (99_950_000, "USD", "US$1M", "US$100万"),
        (12_345_678_900, "JPY", "JP¥12.3B", "JP¥123亿"),
        (5, "KWD", "KWD\u00a00", "KWD\u00a00"),
        (None, "CNY", "n/a", "—"),
    ],
)
def test_short_amounts(minor: int | None, currency: str, english: str, chinese: str) -> None:
    assert wording.short_money(minor, currency, "en") == english
    assert wording.short_money(minor, currency, "zh-CN") == chinese


def test_short_counts() -> None:
    assert [wording.short_count(number, "en") for number in (0, 999, 1_000, 12_345, None)] == ["0", "999", "1k", "12.3k", "n/a"]
    assert [wording.short_count(number, "zh-CN") for number in (9_999, 12_345)] == ["1万", "1.23万"]
