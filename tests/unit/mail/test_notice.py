"""The digest as a robot says it: every figure says what it is and against what, in the reader's language."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.adapters import digest_view
from chalicelib.adapters.digest_notice import ACCOUNTS, PRODUCTS, write
from chalicelib.channels import Notice
from chalicelib.domain.report import Report
from connectors.robots.kinds import KINDS
from tests.unit.mail import reports, whole


def notice(report: Report, locale: str = "en") -> Notice:
    return write(digest_view.build(replace(report, locale=locale)))


def test_a_usual_day_in_english() -> None:
    found = notice(reports.usual())
    assert found.title == "qinghe · 20 Nov: net sales CN¥117,979.30, +22.6% (provisional)"
    assert [heading for heading, _ in found.sections] == [
        "Provisional figures",
        "Friday, 20 November 2026 (vs Thu)",
        "By account: Net sales",
        "Top products",
    ]
    assert found.sections[1][1] == (
        "Net sales: CN¥117,979.30 (+22.6%)",
        "GMV: CN¥121,529.30 (+22.7%)",
        "Orders: 763 (+9.8%)",
        "Average order: CN¥159.28 (+11.7%)",
        "Refunds: CN¥3,550.00 (+23.3%)",
        "Net sales · In BRL: R$14,823.90 (+14.3%)",
    )
    assert found.sections[2][1][1] == "Shopify · qinghe-tea: CN¥22,682.80 (-9.2%)"
    assert found.sections[3][1][1] == "Longjing Before the Rain, 100 g tin: CN¥11,220.00, 66 sold"


def test_a_usual_day_in_chinese() -> None:
    found = notice(reports.usual(), "zh-CN")
    assert found.sections[1][0] == "2026年11月20日 星期五（较昨日）"
    assert found.sections[1][1][:2] == ("净销售额：¥117,979.30（+22.6%）", "GMV：¥121,529.30（+22.7%）")
    assert found.sections[1][1][-1] == "净销售额 · BRL 币种：R$14,823.90（+14.3%）"
    assert found.sections[2][0] == "分店铺：净销售额"
    assert found.sections[3][1][1] == "Longjing Before the Rain, 100 g tin：¥11,220.00，售出 66 件"
    assert not [line for _, lines in found.sections for line in lines if "(" in line], "brackets are those of the language"


def test_a_first_day_is_compared_with_nothing() -> None:
    found = notice(reports.first())
    assert found.sections[0][0] == "Friday, 20 November 2026"
    lines = found.sections[0][1]
    assert lines and not [line for line in lines if "(" in line or "vs" in line]


def test_what_stands_out_comes_before_the_figures() -> None:
    found = write(digest_view.build(whole.everything()))
    headings = [heading for heading, _ in found.sections]
    assert headings.index("What stands out") == 1
    assert found.sections[1][1][0] == "▼ Orders, Shopify · qinghe-tea: 96 over 3 days, -43.9% against expected"
    assert headings[2] == "Storms of bad reviews"
    assert headings[3].startswith("Friday, 20 November 2026")


def test_a_week_says_what_it_is_against_and_that_it_corrects_itself() -> None:
    found = notice(reports.restated(), "zh-CN")
    assert "2026年第47周（11月16日至22日）（较上周）" in [heading for heading, _ in found.sections]
    assert ("历史数据修订", ("此前报告的数据有变动，见“历史数据修订”。",)) in found.sections


def test_a_day_of_which_nothing_is_known_says_so_and_gives_no_figure() -> None:
    found = notice(reports.stale())
    assert found.sections[-1] == ("Friday, 20 November 2026", ("No data yet",))
    assert found.sections[0][0] == "Provisional figures"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_thirty_platforms_fit_every_robot(kind: str, locale: str) -> None:
    found = notice(reports.thirty(), locale)
    by_account, products = found.sections[-2][1], found.sections[-1][1]
    assert (len(by_account), len(products)) == (ACCOUNTS + 1, PRODUCTS)
    assert "22" in by_account[-1]
    assert str(KINDS[kind].render(found, found.title)).count("99,999") == PRODUCTS * 2, "the last line is there: nothing was cut"
