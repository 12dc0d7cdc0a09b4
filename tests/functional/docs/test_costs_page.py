"""The worked example of docs/costs.md, in both languages: its files are read, and its table has to come out."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.domain.costs import CostBook, Waterfall, waterfalls
from chalicelib.domain.freight import Freight
from chalicelib.domain.metrics import Item, Product, Sums
from chalicelib.domain.money import Money
from chalicelib.domain.products import Products
from chalicelib.domain.rates import Rates
from chalicelib.domain.spend import SpendDay, ad_costs, ad_figures
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS, RATES, SPEND, SheetKind, Shop, read_sheet
from chalicelib.toolkit.amounts import minor_units
from tests.functional.docs.guide import ROOT

DAY = date(2026, 11, 20)
TAO, SHOP = ("taobao", "flag"), ("shopify", "acme")
HEAD = 'merchant = "demo"\n' + "".join(
    f'[[accounts]]\nplatform = "{platform}"\naccount = "{account}"\n' for platform, account in (TAO, SHOP)
)
PAGES = [ROOT / "docs/costs.md", ROOT / "docs/costs.zh-CN.md"]


def block(text: str, info: str) -> str:
    """The last fenced block of a kind."""
    found: list[str] = re.findall(rf"^```{info}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return found[-1]


def sheet(text: str, kind: SheetKind[Any]) -> list[Any]:
    """The lines of one of the page's files."""
    read = read_sheet(kind, block(text, f"csv {kind.name}").encode(), Shop("CNY", {TAO, SHOP}, "demo", "Asia/Shanghai"))
    assert read.taken and not read.flaws
    return list(read.taken.values())


def sold(text: str) -> dict[tuple[str, str], dict[str, Sums]]:
    """The table of what was sold."""
    booked: dict[tuple[str, str], dict[str, Sums]] = {}
    lines = re.findall(r"^\| (\w+)/(\w+) \| (\w{3}) \| (\d+) \| ([\d.]+) \| ([\d.]+) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    for platform, account, currency, orders, gmv, refunds, goods, parcels in lines:
        sku, pieces, _, amount = re.fullmatch(r"(\S+) × (\d+)( for |，)([\d.]+)", goods).groups()  # type: ignore[union-attr]  # or it fails
        item = Item(int(pieces), minor_units(amount, currency))
        carrier = "顺丰" if "顺丰" in parcels else ""
        weights = {int(float(kilos) * 2): int(count) for count, kilos in re.findall(r"(\d+) [^\d]+([\d.]+) kg", parcels)}
        booked.setdefault((platform, account), {})[currency] = Sums(
            orders=int(orders),
            gmv=minor_units(gmv, currency),
            refunds=minor_units(refunds, currency),
            products={sku: Product(sku, item.quantity, item.amount, {sku: item})},
            parcels={carrier: {"CN 浙江" if carrier else "": weights}},
        )
    assert set(booked) == {TAO, SHOP}
    return booked


def column(each: Waterfall) -> list[str]:
    """A column of the page's table."""
    values = [each.gmv, each.refunds, each.net_sales, *(part.cost for part in each.parts), each.margin]
    return [Money(value, "CNY").major() for value in values if value is not None]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_worked_example_comes_out(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    terms = parse(HEAD + block(text, "toml")).costs
    rates = Rates("CNY", tuple(sheet(text, RATES)))
    book = CostBook(Products.of(sheet(text, PRODUCTS)), Freight(tuple(sheet(text, FREIGHT))), terms, rates)
    spend = tuple(sheet(text, SPEND))
    ads = ad_costs([SpendDay("other", "baidu", DAY, "told", spend)], rates)
    found = waterfalls({DAY: sold(text)}, book, ads=ads, messages={"sms": 50})
    columns = [column(each) for each in (found.total, found.accounts[SHOP], found.accounts[TAO])]
    printed = re.findall(r"^\| [^|]+ \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    assert [tuple(row) for row in zip(*columns, strict=True)] == printed
    assert found.total.without == ()
    figures = ad_figures(spend, rates)
    assert (figures.ctr.permille(), figures.cpc.scaled(1), figures.roas.scaled(10)) == (20, 25, 150)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_page_s_configuration_is_read(page: Any) -> None:
    text = page.read_text(encoding="utf-8")
    whole = re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    costs = parse(HEAD + '[[accounts]]\nplatform = "meta"\naccount = "ads"\n' + whole).costs
    assert costs.serves(("meta", "ads")) == (TAO,)
    assert costs.free_shipping(TAO) == (4900, 9900)
