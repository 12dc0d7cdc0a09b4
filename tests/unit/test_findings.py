"""What findings are looked for in: a cost that nobody can know of is none of nought."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.domain.daybook import Entry, Takings
from chalicelib.domain.rates import Rates
from chalicelib.domain.spend import SpendDay, SpendRow
from chalicelib.domain.traffic import Traffic
from chalicelib.findings import _accounts

DAY = date(2026, 11, 20)
ROW = SpendRow("demo", "taobao", "flag", "ads", "1", None, DAY, "Asia/Shanghai", "CNY", 100, 2, 3_550, None, None)
UNRATED = SpendRow("demo", "taobao", "flag", "ads", "2", None, DAY, "Asia/Shanghai", "EUR", 100, 2, 900, None, None)
SILENT = SpendRow("demo", "taobao", "flag", "ads", "3", None, DAY, "Asia/Shanghai", "CNY", 100, 2, None, None, None)


@pytest.mark.parametrize(
    ("rows", "spend"),
    [((ROW,), 3_550), ((), 0), ((UNRATED,), None), ((ROW, UNRATED), None), ((ROW, SILENT), None), ((SILENT,), None)],
    ids=["told", "nothing was spent", "no rate", "a part without a rate", "a part that is not told", "visits alone"],
)
def test_spend_that_is_not_known_in_whole_is_no_spend_of_nought(rows: tuple[SpendRow, ...], spend: int | None) -> None:
    entries = {DAY: Entry(1, {"taobao/flag": {"CNY": Takings(orders=3, gmv=9_000)}})}
    spent = [SpendDay("taobao", "flag", DAY, "told", rows)]
    (account,) = _accounts(entries, {}, spent, Traffic(), Rates("CNY"))
    day = account.days[DAY]
    assert day is not None and day.spend == spend
