"""A digest as a mail: its pictures, what stays when one fails, how it is kept small, its files, and what each reader gets of it."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters import catalogue, charts, digest_mail, digest_view
from chalicelib.adapters.charts import Chart, Trend
from chalicelib.adapters.digest_files import COLUMNS, SCHEMA
from chalicelib.adapters.digest_model import spark
from chalicelib.adapters.digest_parts import RESTATED_ROWS
from chalicelib.adapters.render import JinjaRenderer
from chalicelib.domain import wording
from chalicelib.domain.mail import PERSONAL_LINK
from chalicelib.domain.periods import KINDS, period_of
from chalicelib.domain.readers import SECTIONS
from chalicelib.domain.report import Comparison, Report, Restated, as_read_by
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Retriable
from chalicelib.toolkit.decode import decoder
from tests.unit.mail import pages, reports, whole

RENDERER = JinjaRenderer()
every_locale = pytest.mark.parametrize("locale", wording.LOCALES)


def _failing(chart: Chart) -> tuple[bytes, int, int]:
    if isinstance(chart, Trend):
        raise Retriable("no-font", "not today")
    return charts.draw(chart)


def _mail(report: Report, draw: Any = charts.draw) -> Rendered:
    return digest_mail.render(report, RENDERER.page_of, draw)


def _section(html: str, title: str) -> str:
    """What is shown from a heading to the next."""
    shown = html[html.index(f">{title}</h2>") :]
    return shown[: shown.find("</h2>", 20)] if "</h2>" in shown[20:] else shown


@every_locale
def test_every_picture_is_shown_with_words_that_tell_its_figures(locale: str) -> None:
    mail = _mail(whole.everything(locale))
    shown = [known for tag, known in pages.read(mail.html).tags if tag == "img"]
    assert [known["src"].removeprefix("cid:") for known in shown] == [picture.cid for picture in mail.pictures]
    assert [picture.cid.partition(".")[0] for picture in mail.pictures] == ["trend", "orders", "margin"]
    amount = wording.money(11_797_930, "CNY", wording.locale_of(locale))
    assert amount in shown[0]["alt"]
    assert "612" in shown[1]["alt"]
    assert wording.money(4_834_130, "CNY", wording.locale_of(locale)) in shown[2]["alt"]
    assert all(len(picture.png) < 40_000 for picture in mail.pictures)
    for known in shown:
        assert known["alt"][:40] in mail.text.replace("\n", " " if locale == "en" else "")


@every_locale
def test_a_chart_that_fails_leaves_its_words_and_its_table(locale: str, caplog: pytest.LogCaptureFixture) -> None:
    whole_mail = _mail(reports.charted(locale))
    with caplog.at_level(logging.WARNING):
        mail = _mail(reports.charted(locale), _failing)
    say = catalogue.words("digest", wording.locale_of(locale))
    assert [picture.cid.partition(".")[0] for picture in mail.pictures] == ["orders"]
    assert [record.message for record in caplog.records] == ["chart-failed"]
    assert "not today" not in caplog.text
    part = _section(mail.html, say("charts"))
    assert say("chart_failed") in part
    assert wording.money(11_797_930, "CNY", wording.locale_of(locale)) in part
    assert part.count("<tr") > 31
    assert say("chart_failed") not in whole_mail.html + whole_mail.text
    assert say("chart_failed") in mail.text.replace("\n", " " if locale == "en" else "")
    assert mail.subject == whole_mail.subject


def test_a_mail_without_any_picture_is_still_one() -> None:
    def never(chart: Chart) -> tuple[bytes, int, int]:
        raise OSError("no library")

    mail = _mail(whole.everything(), never)
    assert mail.pictures == ()
    assert "<img" not in mail.html
    assert len(mail.html.encode()) < digest_mail.BYTES


def test_a_day_without_history_has_no_empty_chart() -> None:
    assert _mail(reports.first()).pictures == ()
    assert "At a glance" not in _mail(reports.stale()).html


def _huge(locale: str) -> Report:
    """Everything at once, at thirty platforms."""
    many, rich = reports.thirty(locale), whole.everything(locale)
    assert rich.channels
    return replace(
        rich,
        accounts=many.accounts,
        totals=many.totals,
        freshness=many.freshness,
        channels=tuple(replace(rich.channels[0], platform=line.platform, account=line.account) for line in many.accounts),
        products=many.products,
    )


@every_locale
def test_a_mail_that_grows_too_large_leaves_out_and_says_so(locale: str) -> None:
    mail = _mail(_huge(locale))
    say = catalogue.words("digest", wording.locale_of(locale))
    assert len(mail.html.encode()) < digest_mail.BYTES
    shown = pages.read(mail.html).shown
    assert say("left_out", sections=say("details")) in shown
    assert say("details") in mail.text, "the plain text is whole"
    for line in _huge(locale).accounts:
        assert line.platform_name in shown
    small = _mail(whole.everything(locale))
    assert say("details") in small.html
    assert say("left_out", sections=say("details")) not in small.html


def test_the_size_is_kept_by_leaving_out_and_by_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_mail, "BYTES", 10_000_000)
    assert len(_mail(_huge("en")).html.encode()) > 100_000


@every_locale
def test_what_is_wrong_comes_right_after_the_headline(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    html = _mail(whole.everything(locale)).html
    headings = [*re.findall(r"<h2[^>]*>(.*?)</h2>", html), say("definitions")]
    order: tuple[str, ...] = (
        "anomalies",
        "storms",
        "charts",
        "by_account",
        "profit",
        "channels",
        "people",
        "service",
        "structure",
        "stock",
        "shipping",
    )
    order += ("carriers", "creators", "messages", "funnels", "gains", "details", "freshness", "rates", "definitions")
    apart = {say(key) for key in ("other_currencies", "top_products", "figures")}
    assert [heading for heading in headings if heading not in apart] == [say(key) for key in order]


def test_an_alarm_says_what_was_usual_what_it_is_worth_and_where_it_comes_from() -> None:
    shown = pages.read(_mail(whole.everything()).html).shown
    assert "▼ Orders, Shopify · qinghe-tea: 96 over 3 days, -43.9% against expected" in shown
    assert "Usual: 148 to 195. Worth about CN¥11,204.00 less. Mostly by conversion (81.0%). Since 18 Nov." in shown
    assert "Mostly from Douyin Shop · 青禾茶叶旗舰店 (64.0%)." in shown
    assert "白毫银针 散装 50g" in shown, "a product by its title"
    assert "2.12%" in shown, "conversion in percent"


def test_costs_that_nobody_tells_are_named_with_what_to_run() -> None:
    shown = pages.read(_mail(whole.everything()).html).shown
    assert "Cost of goods: nobody tells that of TEA-0007, TEA-0311, GIFT-2, 1 more. Told by: huitou products import." in shown
    assert "Commission: at the platform's usual rate, as none is configured, of shopify/qinghe-tea." in shown
    assert "Not, or not wholly, taken off: Freight." in shown
    assert "of it estimated CN¥2,400.00" in shown


def test_without_a_margin_there_is_no_waterfall_and_no_figure() -> None:
    report = whole.everything()
    assert report.profit is not None
    unknown = replace(report.profit, total=replace(report.profit.total, margin=None))
    mail = _mail(replace(report, profit=unknown))
    assert not [picture for picture in mail.pictures if picture.cid.startswith("margin")]
    assert "The costs of too many goods are unknown to say what is left of these sales." in pages.read(mail.html).shown
    assert "CN¥48,341.30" not in mail.html + mail.text


@every_locale
def test_a_week_and_a_month_have_their_own_words(locale: str) -> None:
    say = catalogue.words("digest", wording.locale_of(locale))
    for kind in KINDS[1:]:
        period = period_of(kind, reports.DAY)
        mail = _mail(replace(reports.charted(locale), period=period))
        for part in (pages.read(mail.html).shown, mail.text):
            assert say(f"title_{kind}") in part
            assert wording.long_period(period, wording.locale_of(locale)) in part
            assert say(f"versus_before_{kind}", period=wording.short_period(period.before, wording.locale_of(locale))) in part
            assert say(f"versus_base_{kind}", period=wording.short_period(period.base, wording.locale_of(locale))) in part
            told = part.replace("\n", " " if locale == "en" else "")
            assert say(f"define_change_{kind}") in told
            assert say("define_change_day") not in told
        assert len(mail.subject) < 60


def test_what_was_told_otherwise_is_said_on_top_and_in_a_table() -> None:
    shown = pages.read(_mail(reports.restated()).html).shown
    assert shown.index("Figures told earlier have changed") < shown.index("Net sales")
    table = shown[shown.index("Late orders and refunds") :]
    assert table.split("\n")[6:12] == ["Week 46", "Net sales", "CN¥704,153.00", "CN¥692,100.00", "-CN¥12,053.00", "-1.7%"]


def test_years_of_history_fill_no_mail() -> None:
    """All sixty-two days that are remembered were told otherwise: a dozen lines, how many more there are, and all in the file."""
    report = reports.restated()
    past = [period_of("day", report.period.first - timedelta(days=number)) for number in range(1, 63)]
    told = tuple(Restated(day, "CNY", what, 0, 100) for day in past for what in ("gmv", "net_sales", "orders", "refunds"))
    rendered = _mail(replace(report, restated=told))
    shown = pages.read(rendered.html).shown
    table = shown[shown.index("Late orders and refunds") :]
    assert table.count("CN¥1.00") + table.count("+100") <= 2 * RESTATED_ROWS
    assert "236 more rows are in the attached file." in table
    assert len(rendered.html.encode()) < 100_000


@pytest.mark.parametrize("role", sorted(SECTIONS))
def test_a_role_reads_its_sections_alone(role: str) -> None:
    titles = {section.key for section in digest_view.build(as_read_by(whole.everything(), role, "en")).sections}
    always = {"anomalies", "charts", "by_account", "currencies", "details", "freshness", "rates"}
    assert titles - always - {"figures"} <= SECTIONS[role]
    assert always <= titles
    assert ("profit" in titles) == ("figures" in titles) == (role in ("owner", "marketing"))


@pytest.mark.parametrize("role", sorted(SECTIONS))
def test_files_hold_no_more_than_a_role_reads(role: str) -> None:
    json_, csv_ = (file.content for file in _mail(as_read_by(whole.everything(), role, "en")).files)
    told, rows = json.loads(json_), list(csv.DictReader(io.StringIO(csv_.decode("utf-8-sig"))))
    sections = {row["section"] for row in rows}
    assert (told["profit"] is not None) == ("profit" in sections) == ("profit" in SECTIONS[role])
    assert (told["stock"] is not None) == ("stock" in sections) == ("stock" in SECTIONS[role])
    keys = {figure["key"] for figure in told["figures"]}
    assert ("margin_rate" in keys) == ("profit" in SECTIONS[role])
    assert ("sla_kept" in keys) == ("service" in SECTIONS[role])
    assert ("ad_spend" in keys) == (role in ("owner", "marketing"))
    assert "totals" in sections


def test_a_reader_can_stop_the_mails_where_there_is_a_way() -> None:
    report = as_read_by(whole.everything(), "owner", "en", leave=PERSONAL_LINK)
    mail = _mail(report)
    assert mail.html.count(f'href="{PERSONAL_LINK}"') == 1
    assert f"Unsubscribe from this digest: {PERSONAL_LINK}" in mail.text
    for file in mail.files:
        assert PERSONAL_LINK.encode() not in file.content
    without = _mail(whole.everything())
    assert "<a " not in without.html
    assert "Unsubscribe from this digest" not in without.html + without.text


def test_no_share_is_told_as_grown_by_half() -> None:
    report = whole.everything()
    (cvr,) = (figure for figure in report.figures if figure.key == "cvr")
    changed = replace(report, figures=(replace(cvr, value=Comparison(30, 20, None)),))
    shown = pages.read(_mail(changed).html).shown
    assert "+1.0\u00a0pp" in shown[shown.index("Key figures") :][:100]


def test_a_small_line_is_high_where_sales_are() -> None:
    assert spark([0, 5, 10]) == "▁▄█"
    assert spark([None, 10, -3]) == "·█▁"
    assert spark([0, 0]) == "▁▁"
    assert spark([None, None]) == spark([]) == ""


class TestFiles:
    """What programs read."""

    def test_json_holds_every_figure_and_no_reader(self) -> None:
        report = as_read_by(whole.everything(), "owner", "en", leave=PERSONAL_LINK)
        (told,) = (json.loads(file.content) for file in _mail(report).files if file.media == "application/json")
        assert told["schema"] == SCHEMA
        assert told["period"] == {"kind": "day", "first": "2026-11-20", "last": "2026-11-20"}
        assert told["totals"][0]["net_sales"]["now"] == 11_797_930
        assert told["profit"]["accounts"]["shopify/qinghe-tea"]["net_sales"] == 2_268_280
        assert told["cohorts"][1]["again"]["30"] == {"numerator": 26, "denominator": 309}
        assert not {"leave", "shown", "locale"} & set(told)

    def test_csv_has_a_line_of_every_section(self) -> None:
        (content,) = (file.content for file in _mail(whole.everything()).files if file.media == "text/csv")
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
        assert {len(row) for row in rows} == {len(COLUMNS)}
        sections = {row[0] for row in rows[1:]}
        wanted = {"totals", "accounts", "figures", "channels", "products", "messages", "days", "freshness", "profit", "structure"}
        wanted |= {"stock", "shipping", "carriers", "creators", "funnels", "gains", "cohorts", "anomalies", "storms"}
        assert sections == wanted
        told = {tuple(row[3:7]): row[7] for row in rows if row[0] == "profit" and row[1:3] == ["", ""]}
        assert told["goods", "CNY", "cost", "money"] == "45500.00"
        assert told["contribution_margin", "CNY", "amount", "money"] == "48341.30"

    def test_csv_is_a_line_a_figure(self) -> None:
        report = whole.everything()
        (content,) = (file.content for file in _mail(report).files if file.media == "text/csv")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        assert content.startswith(b"\xef\xbb\xbf")
        assert tuple(rows[0]) == COLUMNS
        (net,) = (row for row in rows if (row["section"], row["metric"], row["currency"]) == ("totals", "net_sales", "CNY"))
        assert (net["now"], net["before"], net["base"]) == ("117979.30", "96200.00", "118589.00")
        days = [row for row in rows if row["section"] == "days" and row["metric"] == "net_sales"]
        assert len(days) == 38
        assert [row["item"] for row in days if row["now"] == ""] == ["2026-11-03"]
        score = [row["now"] for row in rows if row["metric"] == "score"]
        assert score == ["712", "288"]

    @pytest.mark.parametrize("name", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\t=1", "\r=1"])
    @pytest.mark.fault(59)
    def test_no_name_is_a_formula(self, name: str) -> None:
        report = reports.usual()
        product = replace(report.products[0], title=name, account=name)
        (content,) = (file.content for file in _mail(replace(report, products=(product,))).files if file.media == "text/csv")
        rows = [row for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"))) if row["section"] == "products"]
        assert len(rows) == 2
        for row in rows:
            assert row["item"].startswith("'")
            assert row["account"].startswith("'")

    def test_the_same_report_is_the_same_bytes(self) -> None:
        assert _mail(whole.everything()).files == _mail(whole.everything()).files

    def test_names_say_what_they_are_of(self) -> None:
        week = replace(reports.usual(), period=period_of("week", date(2026, 11, 20)))
        assert [file.name for file in _mail(week).files] == ["digest-2026-W47.json", "digest-2026-W47.csv"]


def test_a_mail_with_pictures_and_files_is_the_same_out_of_the_archive() -> None:
    mail = _mail(whole.everything("zh-CN"))
    kept = msgspec.json.encode(mail)
    assert decoder(Rendered).decode(kept) == mail
    assert len(kept) < 1_000_000


def test_a_mail_kept_before_there_were_pictures_can_still_be_sent() -> None:
    kept = b'{"subject": "s", "html": "<p>h</p>", "text": "t", "preheader": "p"}'
    assert decoder(Rendered).decode(kept) == Rendered("s", "<p>h</p>", "t", "p")


@every_locale
@pytest.mark.parametrize("most", [90_000, 75_000, 60_000])
def test_however_much_there_is_to_say_the_mail_stays_below_the_size_and_names_what_it_leaves_out(
    locale: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = whole.everything(locale)
    report = replace(told, shipping=told.shipping * 12, accounts=reports.thirty(locale).accounts)
    monkeypatch.setattr(digest_mail, "BYTES", 10_000_000)
    everything = _mail(report)
    monkeypatch.setattr(digest_mail, "BYTES", most)
    mail = _mail(report)

    assert len(everything.html.encode()) > most > len(mail.html.encode())
    say = catalogue.words("digest", wording.locale_of(locale))
    gone = [title for title in (say("shipping"), say("creators")) if f">{title}</h2>" not in mail.html]
    left_out = say("left_out", sections="\0").partition("\0")[0]
    assert left_out in mail.html
    for title in gone:
        assert title in mail.html[mail.html.index(left_out) :]
    assert mail.text == everything.text, "the text is whole"
