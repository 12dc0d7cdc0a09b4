"""The digest: what it says on usual and odd days, in both locales, and what mail clients need of its HTML."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.adapters import catalogue
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.domain.gate import RULES
from chalicelib.domain.report import Comparison, MessagesDay, Report
from tests.unit.mail import pages, reports, whole

RENDERER = JinjaRenderer()
LOCALES = wording.LOCALES
DAYS = (*reports.ALL, whole.everything)
every_day = pytest.mark.parametrize("day", DAYS, ids=lambda day: str(day.__name__))
every_locale = pytest.mark.parametrize("locale", LOCALES)


@every_locale
def test_the_important_thing_comes_first(locale: str) -> None:
    mail = RENDERER.digest(reports.calm(locale))
    amount = wording.money(11_797_930, "CNY", wording.locale_of(locale))
    assert amount in mail.subject
    for part in (pages.read(mail.html).shown, mail.text):
        assert amount in part[:160]
        assert part.index(amount) < part.index("+22.6%") < part.index("青禾茶叶旗舰店")


@every_locale
def test_every_account_has_every_metric(locale: str) -> None:
    report = reports.calm(locale)
    mail = RENDERER.digest(report)
    say = catalogue.words("digest", wording.locale_of(locale))
    tongue = wording.locale_of(locale)
    for shown in (pages.read(mail.html).shown, mail.text):
        details = shown[shown.index(say("details")) :]
        for line in report.accounts:
            own = details[details.index(line.account) :]
            figures = [
                wording.money(cell.now, line.currency, tongue) for cell in (line.net_sales, line.gmv, line.aov, line.refunds)
            ]
            figures += [str(cell.now) for cell in (line.orders, line.new_buyers, line.returning_buyers)]
            for label in ("net_sales", "gmv", "orders", "aov", "refunds", "new_buyers", "returning_buyers"):
                assert say(label) in own
            assert all(figure in own for figure in figures)


def test_html_and_text_say_the_same_figures() -> None:
    mail = RENDERER.digest(reports.usual())
    shown = pages.read(mail.html).shown.split()
    figures = {word for word in shown if "%" in word or word[:3] in ("CN¥", "R$1")}
    assert len(figures) > 40
    assert figures <= set(mail.text.replace(",\n", "\n").replace(", ", " ").split()) | {"CN¥117,979.30"}


@every_locale
def test_currencies_stay_apart(locale: str) -> None:
    mail = RENDERER.digest(reports.usual(locale))
    both = 12_152_930 + 1_482_390
    for part in (mail.html, mail.text):
        assert "R$14,823.90" in part
        assert f"{both // 100:,}" not in part
        assert "BRL" in part


def test_accounts_are_ordered_by_money_within_a_currency_the_merchants_own_first() -> None:
    shown = pages.read(RENDERER.digest(reports.calm()).html).shown
    glance = shown[shown.index("By account") :]
    places = [glance.index(name) for name in ("Douyin Shop", "Shopify", "Generic", "Mercado Libre")]
    assert places == sorted(places)


@every_locale
def test_a_late_source_raises_the_banner_and_names_itself(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    late = RENDERER.digest(reports.usual(locale))
    fine = RENDERER.digest(reports.calm(locale))
    for part in (pages.read(late.html).shown, late.text):
        banner = part[part.index(say("provisional")) :]
        assert "Mercado Libre · CASA DO CHÁ" in banner.replace("\n", "")[:160]
    for part in (fine.html, fine.text, fine.subject):
        assert say("provisional") not in part
        assert say("subject_provisional") not in part
    assert say("subject_provisional") in late.subject


def test_a_stale_source_raises_the_banner_even_without_the_flag() -> None:
    mail = RENDERER.digest(replace(reports.usual(), provisional=False))
    assert "Provisional figures" in mail.html


def test_the_flag_raises_the_banner_even_with_fresh_sources() -> None:
    mail = RENDERER.digest(replace(reports.calm(), provisional=True))
    assert "A source is not up to date" in mail.html


@every_locale
def test_an_empty_day_is_zero_and_says_so(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    mail = RENDERER.digest(reports.empty(locale))
    for part in (pages.read(mail.html).shown, mail.text):
        assert say("no_orders") in part
        assert wording.money(0, "CNY", wording.locale_of(locale)) in part
        assert "%" not in part


@every_locale
def test_silence_is_unknown_not_zero(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    mail = RENDERER.digest(reports.stale(locale))
    for part in (pages.read(mail.html).shown, mail.text):
        assert say("all_stale") in part.replace("\n", " ") or say("all_stale") in part.replace("\n", "")
        assert "0.00" not in part
        assert say("no_orders") not in part
    assert say("subject_no_data", day=wording.short_day(reports.DAY, wording.locale_of(locale))) in mail.subject


def _sold_nothing(state: str) -> Report:
    """One account that sold yesterday and has no figures today."""
    quiet = reports.line("shopify", "Shopify", "acme", "CNY", (None, 500, None), (None, 1, None), (None, 0, None), (None, 1, None))
    total = replace(quiet, platform="", platform_name="", account="")
    source = reports.fresh("shopify", "acme", state)
    return replace(reports.calm(), totals=(total,), accounts=(quiet,), products=(), freshness=(source,))


def test_a_heard_account_without_figures_sold_nothing() -> None:
    mail = RENDERER.digest(_sold_nothing("fresh"))
    shown = pages.read(mail.html).shown
    assert "CN¥0.00" in shown
    assert "-100.0%" in shown
    assert "No orders counted on this day." in shown
    assert "net sales CN¥0.00" in mail.subject


def test_a_silent_account_without_figures_is_unknown() -> None:
    mail = RENDERER.digest(_sold_nothing("late"))
    assert "CN¥0.00" not in mail.html
    assert "no data yet" in mail.subject


@every_locale
def test_a_first_day_compares_with_nothing(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    mail = RENDERER.digest(reports.first(locale))
    for part in (pages.read(mail.html).shown, mail.text):
        assert say("first_day") in part
        assert "%" not in part
    assert say("by_account") not in mail.html


def test_no_base_is_never_zero_percent() -> None:
    base = reports.first()
    line = replace(base.totals[0], net_sales=Comparison(100, 0, None))
    mail = RENDERER.digest(replace(base, totals=(line,)))
    assert "0.0%" not in mail.html
    assert mail.html.count("n/a") >= 4


def test_totals_leave_out_people_they_cannot_count() -> None:
    shown = pages.read(RENDERER.digest(reports.calm()).html).shown
    assert "New buyers" not in shown[: shown.index("By account")]


def test_without_the_merchants_currency_the_busiest_stands_in() -> None:
    report = replace(reports.calm(), currency="EUR")
    assert "CN¥117,979.30" in RENDERER.digest(report).subject


@every_locale
def test_reasons_are_words(locale: str) -> None:
    report = replace(
        reports.calm(locale), messages=(MessagesDay("silent-60", 1, 0, {"frequency_cap": 2, "odd-slug": 1, "consent": 0}),)
    )
    reasons = catalogue.words("reason", wording.locale_of(locale))
    for part in (RENDERER.digest(report).html, RENDERER.digest(report).text):
        assert f"{reasons('frequency-cap')} 2" in part
        assert "odd-slug 1" in part
        assert "frequency_cap" not in part
        assert reasons("consent") not in part


def test_what_is_missing_is_counted_only_when_something_is() -> None:
    quiet = RENDERER.digest(reports.calm())
    loud = RENDERER.digest(replace(reports.calm(), unmapped=3, quarantined=1200))
    assert "Needs attention" not in quiet.html + quiet.text
    for part in (pages.read(loud.html).shown, loud.text.replace("\n", " ")):
        assert "not mapped yet: 3." in part
        assert "quarantine: 1,200." in part


@every_day
@every_locale
def test_the_subject_is_short_and_one_line(day: Any, locale: str) -> None:
    subject = RENDERER.digest(day(locale)).subject
    assert 10 < len(subject) < 60
    assert wording.width(subject) < 60
    assert subject.isprintable()


@every_day
@every_locale
def test_a_client_can_show_it(day: Any, locale: str) -> None:
    mail = RENDERER.digest(day(locale))
    page = pages.read(mail.html)
    names = [tag for tag, _ in page.tags]
    assert mail.html.startswith("<!DOCTYPE html>")
    (root,) = (known for tag, known in page.tags if tag == "html")
    assert (root["lang"], root["dir"]) == (locale, "ltr")
    assert not set(names) & {"script", "svg", "form", "iframe", "object", "a", "link", "base"}
    shown = [known for tag, known in page.tags if tag == "img"]
    assert [known["src"] for known in shown] == [f"cid:{picture.cid}" for picture in mail.pictures]
    assert all(len(known["alt"]) > 20 and known["width"] and known["height"] for known in shown)
    assert "data:" not in mail.html
    assert not re.search(r"(?:href|src|background|action)=.?http|url\(", mail.html)
    assert all(known.get("role") in ("presentation", "table") for tag, known in page.tags if tag == "table")
    assert any(known.get("name") == "color-scheme" for tag, known in page.tags if tag == "meta")
    assert mail.preheader
    assert all(known.get("style") for tag, known in page.tags if tag in ("body", "h2"))
    for tag in ("table", "tr", "td", "th", "div", "span"):
        assert mail.html.count(f"<{tag} ") + mail.html.count(f"<{tag}>") == mail.html.count(f"</{tag}>")


@every_locale
def test_thirty_platforms_stay_below_the_clipping_size(locale: str) -> None:
    mail = RENDERER.digest(reports.thirty(locale))
    assert len(mail.html.encode()) < 100_000
    shown = pages.read(mail.html).shown
    assert all(f"Platform Number {index}" in shown for index in range(30))


@every_day
@every_locale
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(day: Any, locale: str, scheme: str) -> None:
    css = (catalogue.root() / "email" / "client.css").read_text(encoding="utf-8")
    rules = pages.media_rules(css, "all")
    if scheme == "dark":
        for name, declarations in pages.media_rules(css, "(prefers-color-scheme: dark)").items():
            rules.setdefault(name, {}).update(declarations)
    page = pages.read(RENDERER.digest(day(locale)).html, rules)
    pairs = {(text.color, text.background) for text in page.texts}
    assert len(pairs) >= 2
    assert {pair: round(pages.contrast(*pair), 2) for pair in pairs if pages.contrast(*pair) < 4.5} == {}


def test_the_contrast_check_sees_a_pale_grey() -> None:
    page = pages.read('<p style="color: #999; background-color: #fff">x</p>')
    assert pages.contrast(page.texts[0].color, page.texts[0].background) < 4.5
    assert round(pages.contrast("#000", "#fff"), 1) == 21.0


def test_a_direction_is_told_without_colour() -> None:
    page = pages.read(RENDERER.digest(reports.usual()).html)
    for text in page.texts:
        if text.words.endswith("%") and not text.words.endswith(" 0.0%") and text.words != "0.0%":
            assert text.words.startswith(("▲\u00a0+", "▼\u00a0-"))


def test_red_rises_in_chinese_and_green_in_english() -> None:
    for locale, color in (("en", "#073"), ("zh-CN", "#b21")):
        page = pages.read(RENDERER.digest(reports.calm(locale)).html)
        assert {text.color for text in page.texts if text.words == "▲\u00a0+22.6%"} == {color}


@every_day
@every_locale
def test_text_columns_line_up(day: Any, locale: str) -> None:
    mail = RENDERER.digest(day(locale))
    say = catalogue.words("digest", wording.locale_of(locale))
    tables = [part.splitlines() for part in mail.text.split("\n\n")]
    heads = [
        (table, line)
        for table in tables
        for line in table
        if line.startswith("  ")
        and (say("versus_before_day", weekday="Thu") in line or say("versus_before_week", period="Week 46") in line)
    ]
    assert bool(heads) == (day is not reports.stale)
    for table, head in heads:
        rows = [line for line in table[table.index(head) + 1 :] if line]
        assert {wording.width(line) for line in rows} == {wording.width(head)}


@every_day
def test_the_text_is_no_html(day: Any) -> None:
    text = RENDERER.digest(day("en")).text
    assert "<td" not in text
    assert "&nbsp;" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_both_locales_have_the_same_words() -> None:
    def shape(table: dict[str, Any]) -> dict[str, Any]:
        return {
            key: shape(value) if isinstance(value, dict) else sorted(_holes(value)) if isinstance(value, str) else len(value)
            for key, value in table.items()
        }

    folder = catalogue.root() / "email" / "words"
    tables = {path.stem: shape(catalogue._table(path)) for path in folder.glob("*.toml")}
    assert set(tables) == set(LOCALES)
    english, chinese = tables["en"], tables["zh-CN"]
    optional = {"weekday", "period"}
    assert _flat(english).keys() == _flat(chinese).keys()
    for key, holes in _flat(english).items():
        if isinstance(holes, list):
            assert set(holes) ^ set(_flat(chinese)[key]) <= optional, key


def test_every_word_of_the_table_is_used() -> None:
    sources = [path.read_text(encoding="utf-8") for path in catalogue.root().rglob("*.j2")]
    sources += [path.read_text(encoding="utf-8") for path in (catalogue.root().parent / "chalicelib" / "adapters").glob("*.py")]
    whole = "\n".join(sources)
    table = catalogue._table(catalogue.root() / "email" / "words" / "en.toml")
    # Words by kind of period are asked for by their beginning.
    families = r"_(day|week|month)$|(?<=^group)_.*|(?<=^kind)_.*|(?<=^stock)_(?=out|below|slow).*"
    asked = [(key, re.sub(families, "_{", key)) for key in table["digest"]]
    whole = re.sub(r"\{(period\.kind|self\.report\.period\.kind|kind|which)\}", "{", whole)
    unused = [key for key, stem in asked if f'"{key}"' not in whole and f'"{stem}' not in whole and f"'{key}'" not in whole]
    assert [key for key in unused if not key.startswith("versus_")] == []


@every_locale
def test_every_rule_of_the_gate_has_words(locale: str) -> None:
    reasons = catalogue.words("reason", wording.locale_of(locale))
    slugs = [name.replace("_", "-") for name in RULES]
    assert len(slugs) > 8
    assert [slug for slug in slugs if reasons.get(slug) is None] == []


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        RENDERER.digest(replace(reports.calm(), generated_at=reports.NOW.replace(tzinfo=None)))


@every_locale
def test_the_footer_says_zone_time_and_definitions(locale: str) -> None:
    mail = RENDERER.digest(reports.calm(locale))
    say = catalogue.words("digest", wording.locale_of(locale))
    for part in (pages.read(mail.html).shown, mail.text):
        assert "Asia/Shanghai" in part
        assert "08:05" in part
        joined = part.replace("\n", " ") if locale == "en" else part.replace("\n", "")
        assert say("define_net") in joined


def test_the_same_report_renders_the_same_bytes() -> None:
    def mail(report: Report) -> tuple[str, str]:
        rendered = JinjaRenderer().digest(report)
        return rendered.html, rendered.text

    assert mail(reports.usual()) == mail(reports.usual())


def _holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def _flat(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
