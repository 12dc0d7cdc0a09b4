"""Sheets: whoever imports at the same time loses no line, a crash leaves what held, and a day of spend says how much it knows."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.adapters.state import DynamoMarks
from chalicelib.cost_sheets import CostSheets
from chalicelib.days import DaySums
from chalicelib.domain.cohorts import History
from chalicelib.domain.periods import period_of
from chalicelib.domain.products import ProductInfo, Products
from chalicelib.domain.rates import Rate
from chalicelib.domain.spend import AdCost, SpendRow, ad_costs, ad_figures
from chalicelib.errors import Permanent, Retriable
from chalicelib.recording import record_key
from chalicelib.sheet_kinds import PRODUCTS, RATES, SPEND, STOCK, Shop, read_sheet
from chalicelib.sheets import Sheets
from tests.functional.exactness.test_pulls import Everything
from tests.functional.exactness.test_races import at_once
from tests.functional.runs.platform import Desk
from tests.functional.stack import CONFIG, NOW, Stack

DAY = date(2026, 11, 19)


def sheets_of(stack: Stack, kind: type[Sheets] = Sheets, marks: DynamoMarks | None = None) -> Sheets:
    """Sheets of a process of their own: nothing is kept from another."""
    parts = stack.app.parts
    return kind(marks=marks or stack.app.marks, archive=parts.archive, vault=parts.vault, clock=parts.clock)


class Together(DynamoMarks):
    """Marks whose first readers wait for each other, so that all have read before any of them writes."""

    def __init__(self, table: Any, readers: int) -> None:
        super().__init__(table)
        self._barrier = threading.Barrier(readers)
        self._met = threading.local()

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        found = super().get(merchant, name)
        if not getattr(self._met, "done", False):
            self._met.done = True
            self._barrier.wait(timeout=60)
        return found


class Careless(Together):
    """The saboteur: whatever was read, it writes."""

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        while True:
            _, version = super().get(merchant, name) or ("", 0)
            if super().put(merchant, name, value, expected_version=max(version, expected_version)):
                return True


def imported_at_once(stack: Stack, kind: type[Together], writers: int) -> set[str]:
    """What is there after as many imports of one sku each."""
    marks = kind(stack.app.parts.table, writers)

    def one(number: int) -> None:
        row = ProductInfo(f"sku-{number}", 100, "CNY")
        CostSheets(sheets_of(stack, marks=marks)).take("demo", PRODUCTS, [row], source="race.csv")

    at_once([lambda number=number: one(number) for number in range(writers)], writers)  # type: ignore[misc]  # a default
    return set(CostSheets(sheets_of(stack)).products("demo"))


def test_of_several_who_import_at_once_none_loses_a_line(stack: Stack) -> None:
    assert imported_at_once(stack, Together, 4) == {f"sku-{number}" for number in range(4)}


def test_without_the_condition_lines_are_lost(moto_stack: Stack) -> None:
    assert len(imported_at_once(moto_stack, Careless, 4)) < 4


def test_a_crash_before_the_mark_leaves_what_held(moto_stack: Stack) -> None:
    stack = moto_stack
    sheets = CostSheets(sheets_of(stack))
    sheets.take("demo", PRODUCTS, [ProductInfo("tea", 100, "CNY")], source="a.csv")

    class Dies(DynamoMarks):
        def put(self, *_: Any, **__: Any) -> bool:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        CostSheets(sheets_of(stack, marks=Dies(stack.app.parts.table))).take(
            "demo", PRODUCTS, [ProductInfo("tea", 1, "CNY")], source="b"
        )
    found = CostSheets(sheets_of(stack)).products("demo").get("tea")
    assert found is not None and found.cost == 100


def test_the_object_is_there_before_the_mark(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the other way round, a mark could name what was never stored."""
    order: list[str] = []
    stack = moto_stack
    sheets = sheets_of(stack)
    put_object, put_mark = stack.archive.put, stack.app.marks.put

    def object_put(key: str, data: bytes) -> None:
        order.append("object")
        put_object(key, data)

    def mark_put(merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        order.append("mark")
        return put_mark(merchant, name, value, expected_version=expected_version)

    monkeypatch.setattr(stack.archive, "put", object_put)
    monkeypatch.setattr(stack.app.marks, "put", mark_put)
    CostSheets(sheets).take("demo", PRODUCTS, [ProductInfo("tea", 100, "CNY")], source="a.csv")
    assert order == ["object", "mark"]


def test_a_reader_sees_another_s_import_and_reads_the_object_once(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = moto_stack
    reader, writer = (CostSheets(sheets_of(stack)) for _ in range(2))
    assert len(reader.products("demo")) == 0
    writer.take("demo", PRODUCTS, [ProductInfo("tea", 100, "CNY")], source="a.csv")
    reads: list[str] = []
    get = stack.archive.get

    def noted(key: str) -> bytes:
        reads.append(key)
        return get(key)

    monkeypatch.setattr(stack.archive, "get", noted)
    first = reader.products("demo")
    assert reader.products("demo") is first and len(reads) == 1
    writer.take("demo", PRODUCTS, [ProductInfo("tea", 120, "CNY")], source="b.csv")
    found = reader.products("demo").get("tea")
    assert found is not None and found.cost == 120 and len(reads) == 2


def test_another_merchant_s_sheet_does_not_open(moto_stack: Stack) -> None:
    stack = moto_stack
    sheets = sheets_of(stack)
    CostSheets(sheets).take("demo", PRODUCTS, [ProductInfo("tea", 100, "CNY")], source="a.csv")
    assert CostSheets(sheets).products("other") == Products()
    (place,) = stack.archive.names("sheets/demo/products/")
    with pytest.raises(Permanent, match="seal-broken"):
        stack.app.parts.vault.open("demo", "sheet-freight", stack.archive.get(place))


def test_sums_follow_the_product_master_within_a_minute(moto_stack: Stack) -> None:
    sheets = moto_stack.app.cost_sheets
    assert sheets.goods("demo").category_of("tea") == ""
    sheets.take("demo", PRODUCTS, [ProductInfo("tea", category=("饮料",))], source="a.csv")
    assert sheets.goods("demo").category_of("tea") == ""
    moto_stack.clock.at += timedelta(minutes=1)
    assert sheets.goods("demo").category_of("tea") == "饮料"


def test_rates_of_a_sheet_stand_beside_the_owner_s(moto_stack: Stack) -> None:
    stack = moto_stack
    own = stack.app.parts.config().members.rates
    stack.app.cost_sheets.take("demo", RATES, [Rate("USD", 7, 0, DAY, "bank")], source="r.csv")
    assert own.convert(100, "USD", DAY) is None
    assert stack.app.costing.book().rates.convert(100, "USD", DAY) == 700


def test_stock_of_a_day_is_read_from_its_months(moto_stack: Stack) -> None:
    stack = moto_stack
    data = b"day,sku,on_hand\n2026-10-25,tea,9\n2026-11-02,mug,4\n2026-09-01,tin,1\n"
    read = read_sheet(STOCK, data, _shop())
    stack.app.cost_sheets.take("demo", STOCK, read.taken.values(), source="s.csv")
    held = stack.app.cost_sheets.stock("demo", DAY, DAY).on(DAY)
    assert {sku: row.on_hand for sku, row in held.items()} == {"tea": 9, "mug": 4}


def _shop() -> Shop:
    return Shop("CNY", frozenset())


ADS = CONFIG + '[[accounts]]\nplatform = "meta"\naccount = "ads"\n'
ROW = SpendRow("demo", "meta", "ads", "ads", "1", "Brand", DAY, "Asia/Shanghai", "CNY", 1_000, 20, 3_550, 2, 10_000)


@dataclass
class World:
    """An account whose spend is pulled."""

    stack: Stack

    def state(self, day: date = DAY) -> str:
        """What is known of a day."""
        return ",".join(each.state for each in self.stack.app.spending.day("demo", day))

    def state_of(self, account: str) -> str:
        """The same of one account."""
        return ",".join(each.state for each in self.stack.app.spending.day("demo", DAY) if each.account == account)

    def pulled(self, until: datetime, **told: Any) -> None:
        """As pull leaves its window."""
        window = {"since": until - timedelta(days=1), "until": until, "done": True, "began": NOW - timedelta(days=30)} | told
        _, version = self.stack.app.marks.get("demo", "pull-spend#meta#ads") or ("", 0)
        self.stack.app.marks.put("demo", "pull-spend#meta#ads", msgspec.json.encode(window).decode(), expected_version=version)

    def keep(self, row: SpendRow) -> None:
        """As normalise keeps a row."""
        self.stack.app.recording.keep(row, source=1, occurred_at=None, keep_raw=lambda: "raw")


@pytest.fixture
def ads(moto_engine: Any) -> World:
    """A shop that advertises."""
    return World(Stack(moto_engine, ADS))


MIDNIGHT = datetime(2026, 11, 19, 16, tzinfo=UTC)  # the end of DAY in Shanghai


def test_a_missing_report_is_no_day_without_spend(ads: World) -> None:
    assert ads.state() == "missing", "never pulled"
    ads.pulled(MIDNIGHT - timedelta(hours=1))
    assert ads.state() == "missing", "the day was not over"
    ads.pulled(MIDNIGHT + timedelta(hours=1), done=False, since=MIDNIGHT - timedelta(hours=1))
    assert ads.state() == "missing", "the pull has not ended"
    ads.pulled(MIDNIGHT + timedelta(hours=1))
    assert ads.state() == "told", "a report without rows: nothing was spent"
    assert ads.state(date(2026, 10, 1)) == "missing", "before the first pull"
    costs = ad_costs(ads.stack.app.spending.days("demo", [DAY, date(2026, 10, 1)]), ads.stack.app.costing.book().rates)
    assert costs == (AdCost(("meta", "ads"), 0, 1, 2),)


def test_a_report_read_before_its_day_was_over_is_a_part(ads: World) -> None:
    ads.keep(replace(ROW, reported_at=MIDNIGHT - timedelta(hours=1)))
    assert ads.state() == "partial"
    ads.keep(replace(ROW, reported_at=MIDNIGHT, spend=4_000))
    assert ads.state() == "told"
    (day,) = ads.stack.app.spending.day("demo", DAY)
    assert [row.spend for row in day.rows] == [4_000] and day.reported_at == MIDNIGHT


def test_a_file_told_again_after_its_day_makes_it_whole(ads: World) -> None:
    """The same figures: nothing was spent after the first file was written, and only the second one can know it."""
    ads.stack.clock.at = MIDNIGHT - timedelta(hours=1)
    row = replace(ROW, platform="other", account="baidu", reported_at=None)
    change = ads.stack.app.spending.take("demo", [row], b"", "noon.csv")
    assert (change.new, ads.state_of("baidu")) == (1, "partial")
    ads.stack.clock.at = MIDNIGHT + timedelta(hours=1)
    change = ads.stack.app.spending.take("demo", [row], b"", "whole.csv")
    assert (change.same, ads.state_of("baidu")) == (1, "told")
    (version, _) = ads.stack.app.recording.stands(record_key(row))
    ads.stack.clock.at += timedelta(hours=1)
    ads.stack.app.spending.take("demo", [row], b"", "whole.csv")
    assert ads.stack.app.recording.stands(record_key(row))[0] == version, "told whole before: nothing is written"


def test_the_day_ends_where_the_report_s_zone_says(ads: World) -> None:
    ads.keep(replace(ROW, zone="-08:00", reported_at=MIDNIGHT + timedelta(hours=1)))
    assert ads.state() == "partial", "in the west the day goes on"
    ads.keep(replace(ROW, zone="-08:00", reported_at=MIDNIGHT + timedelta(hours=16)))
    assert ads.state() == "told"


def test_pull_tells_since_when_it_has_no_gap(ads: World) -> None:
    """Through the step itself: what it keeps is what spending reads."""
    pull = Desk(ads.stack, Everything()).pull
    begun = ads.stack.clock.at
    pull.account("fake", "acme", what="spend")
    ads.stack.clock.at += timedelta(hours=7)
    pull.account("fake", "acme", what="spend")
    stored = ads.stack.app.marks.get("demo", "pull-spend#fake#acme")
    assert stored is not None
    told = json.loads(stored[0])
    assert (told["done"], datetime.fromisoformat(told["began"])) == (True, begun - timedelta(days=1))


def test_a_file_for_a_pulled_account_would_count_twice(ads: World) -> None:
    pulled = ads.stack.app.spending.pulled()
    assert pulled == {("meta", "ads")}
    shop = Shop("CNY", pulled, "demo", "Asia/Shanghai", pulled)
    read = read_sheet(SPEND, b"platform,account,day,spend\nmeta,ads,2026-11-19,1\n", shop)
    assert [flaw.column for flaw in read.flaws] == ["account"] and not read.taken


@pytest.mark.parametrize(
    ("zone", "taken"),
    [
        ("", "Asia/Shanghai"),
        ("America/New_York", "America/New_York"),
        ("-08:00", "-08:00"),
        ("Shangai", ""),
        ("../etc", ""),
        ("8", ""),
    ],
)
def test_the_zone_of_a_line_is_one_or_a_flaw(zone: str, taken: str) -> None:
    """One that nobody knows would count days by the shop's own, and say nothing of it."""
    data = f"platform,account,day,spend,zone\nother,baidu,2026-11-19,1,{zone}\n".encode()
    read = read_sheet(SPEND, data, Shop("CNY", frozenset(), "demo", "Asia/Shanghai"))
    assert [row.zone for row in read.taken.values()] == ([taken] if taken else [])
    assert [flaw.column for flaw in read.flaws] == ([] if taken else ["zone"])


def test_newer_figures_of_another_are_not_overwritten(ads: World) -> None:
    ads.keep(replace(ROW, reported_at=NOW + timedelta(days=1)))
    with pytest.raises(Retriable, match="newer"):
        ads.stack.app.spending.take("demo", [replace(ROW, spend=1)], b"", "f.csv")
    assert ads.stack.app.recording.plain(record_key(ROW))["spend"] == 3_550


def test_ratios_are_made_of_rows_that_tell_both_parts(ads: World) -> None:
    rates = ads.stack.app.costing.book().rates
    figures = ad_figures([ROW, replace(ROW, clicks=None), replace(ROW, spend=None), replace(ROW, currency="EUR")], rates)
    assert (figures.spend, figures.silent, figures.unrated) == (7_100, 1, ("EUR",))
    assert (figures.ctr, figures.cpc, figures.roas) == ((60, 3_000), (3_550, 20), (20_000, 7_100))
    none = ad_figures([], rates)
    assert (none.spend, none.ctr.permille(), none.roas.permille()) == (None, None, None)


def test_a_report_of_visits_costs_nothing_twice(ads: World) -> None:
    """Google Analytics tells what campaigns brought; what they cost is told by those who ran them."""
    ads.keep(replace(ROW, spend=None, reported_at=MIDNIGHT))
    ads.pulled(MIDNIGHT)
    assert ad_costs(ads.stack.app.spending.day("demo", DAY), ads.stack.app.costing.book().rates) == ()


@pytest.mark.parametrize(
    ("other", "hour", "known"),
    [({}, 1, True), ({"currency": "EUR"}, 1, False), ({"spend": None}, 1, True), ({}, -1, False)],
    ids=["whole", "no rate", "a report of visits", "read before the day was over"],
)
def test_of_all_accounts_spend_is_known_where_that_of_each_is(ads: World, other: dict[str, Any], hour: int, known: bool) -> None:
    ads.keep(replace(ROW, reported_at=MIDNIGHT))
    ads.pulled(MIDNIGHT)
    ads.stack.clock.at = MIDNIGHT + timedelta(hours=hour)
    ads.stack.app.spending.take("demo", [replace(ROW, platform="other", account="house", **other)], b"", "f.csv")
    measuring = ads.stack.app.press.measuring
    measured = measuring.of(period_of("day", DAY), {DAY: DaySums()}, History(), measuring.book())
    assert ("spend" in measured.total) == known
    assert ("spend" in measured.accounts["other", "house"]) == (known and not other)
    assert measured.accounts["meta", "ads"]["spend"] == 3_550
