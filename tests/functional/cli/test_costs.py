"""Sheets and costs on the command line: taken whole or not at all, told by line and column, and nothing lost between two."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from chalicelib.errors import HuitouError
from chalicelib.ports import Message, State
from chalicelib.reckoning import outcome_fact
from ops.cli import app, costs
from tests.functional.stack import CONFIG, Stack

PRODUCTS = "货号,成本,类目,角色,结构,重量\n茶-01,12.50,饮料/茶/红茶,引流款,爆款,250\n杯-01,8,器皿,利润款,长尾,\n"


@pytest.fixture
def shop(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A shop without a sheet."""
    stack = Stack(moto_engine, CONFIG + '[costs.messages]\nsms = "0.045"\n')
    monkeypatch.setattr(costs, "open_application", lambda *_: stack.app)
    return stack


def run(*arguments: str) -> Result:
    """A command."""
    return CliRunner().invoke(app, list(arguments))


def told(*arguments: str) -> Any:
    """What a command prints as JSON."""
    found = run(*arguments, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


def message(number: int, channel: str, state: State = "sent") -> Message:
    """A campaign's message that came to this end."""
    return Message(
        merchant="demo",
        message_id=f"m-{number}",
        owner=f"shopify/acme/{number}",
        kind="winback",
        channel=channel,
        template="winback",
        locale="en",
        state=state,
        reason=None,
        due_at=None,
        campaign="autumn",
        arm="treated",
        version=1,
        values={},
    )


def file(folder: Path, text: str, encoding: str = "utf-8") -> str:
    """A file of these lines."""
    place = folder / "sheet.csv"
    place.write_bytes(text.encode(encoding))
    return str(place)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_sheet_is_kept_and_again_is_the_same(shop: Stack, tmp_path: Path, encoding: str) -> None:
    first = run("products", "import", file(tmp_path, PRODUCTS, encoding))
    assert first.exit_code == 0 and "2 new, 0 changed, 0 as before" in first.output
    rows = told("products", "list")
    assert [(row["sku"], row["cost"], row["category"]) for row in rows] == [
        ("杯-01", 800, ["器皿"]),
        ("茶-01", 1250, ["饮料", "茶", "红茶"]),
    ]
    kept = sorted(shop.archive.names("sheets/demo/"))
    again = run("products", "import", file(tmp_path, PRODUCTS, encoding))
    assert "0 new, 0 changed, 2 as before" in again.output
    assert sorted(shop.archive.names("sheets/demo/")) == kept
    shown = told("products", "show", "茶-01", "--date", "2026-11-20")
    assert (shown["role"], shown["structure"], shown["weight_grams"]) == ("traffic", "hero", 250)


def test_of_a_file_with_a_bad_line_nothing_is_kept(shop: Stack, tmp_path: Path) -> None:
    place = file(tmp_path, PRODUCTS + "勺-01,secret,,,,\n茶-01,99,,,,\n")
    refused = run("products", "import", place)
    assert refused.exit_code == 1
    assert "line 4, cost: not a plain decimal amount" in refused.output
    assert "line 5: speaks of the same as line 2" in refused.output
    assert "secret" not in refused.output
    assert told("products", "list") == []
    partly = run("products", "import", place, "--partial")
    assert partly.exit_code == 0 and "2 new" in partly.output and "2 bad lines left out" in partly.output
    assert [row["cost"] for row in told("products", "list")] == [800, 1250]


def test_a_dry_run_changes_nothing(shop: Stack, tmp_path: Path) -> None:
    found = run("products", "import", file(tmp_path, PRODUCTS), "--check")
    assert found.exit_code == 0 and "would be: products: 2 new" in found.output
    assert told("products", "list") == [] and not list(shop.archive.names("sheets/demo/"))


def test_lines_join_what_is_there_or_take_its_place(shop: Stack, tmp_path: Path) -> None:
    run("products", "import", file(tmp_path, PRODUCTS))
    joined = run("products", "import", file(tmp_path, "sku,cost,from\n茶-01,13,2026-12-01\n杯-01,9,\n"))
    assert "1 new, 1 changed" in joined.output and len(told("products", "list")) == 3
    days = [told("products", "show", "茶-01", "--date", day)["cost"] for day in ("2026-11-30", "2026-12-01")]
    assert days == [1250, 1300]
    replaced = run("products", "import", file(tmp_path, "sku,cost\n茶-01,14\n"), "--replace")
    assert "0 new, 1 changed, 0 as before, 2 dropped" in replaced.output
    heads = told("costs", "sheets")
    assert [(head["sheet"], head["rows"], len(head["before"])) for head in heads] == [("products", 1, 2)]
    assert run("costs", "back", "products", heads[0]["before"][0]).exit_code == 0
    assert len(told("products", "list")) == 3
    with pytest.raises(HuitouError, match="never had this content"):
        CliRunner().invoke(app, ["costs", "back", "products", "0000"], catch_exceptions=False)


def test_every_sheet_takes_its_columns(shop: Stack, tmp_path: Path) -> None:
    given = {
        "freight": "快递,国家,省份,首重,首重价格,续重,续重价格,承诺天数\n顺丰,cn,浙江省,1000,12,500,2,2\n,,,,6,,,\n",
        "traffic": "日期,平台,店铺,访客数,浏览量\n2026-11-20,shopify,acme,120,\n",
        "stock": "日期,货号,库存,占用,库存金额\n2026-10-31,茶-01,40,2,500\n2026-11-19,茶-01,38,,\n",
        "rates": "date,currency,rate,source\n2026-11-20,USD,7.1234,PBOC\n",
    }
    for kind, text in given.items():
        found = run(kind, "import", file(tmp_path, text))
        assert found.exit_code == 0, found.output
    freight = told("freight", "list")
    assert {(row["carrier"], row["country"], row["province"], row["first_price"]) for row in freight} == {
        ("顺丰", "CN", "浙江省", 1200),
        ("*", "*", "*", 600),
    }
    assert told("traffic", "list")[0]["pv"] is None
    assert [row["day"] for row in told("stock", "list")] == ["2026-10-31", "2026-11-19"]
    assert told("rates", "list")[0]["numerator"] == 71234
    assert [head["sheet"] for head in told("costs", "sheets")] == [
        "freight",
        "rates",
        "stock-2026-10",
        "stock-2026-11",
        "traffic-2026",
    ]


@pytest.mark.parametrize(
    ("kind", "text", "flaw"),
    [
        ("products", "sku,category_1,category_3\na,x,y\n", "line 2, category_2: empty, and a narrower one is told"),
        ("products", "sku,category\na,x/y/z/w\n", "line 2, category: at most three"),
        ("products", "sku,cost,currency\na,1,yuan\n", "line 2, currency: longer than 3"),
        ("freight", "first_price,step_grams\n1,500\n", "line 2, step_price: step_grams and step_price are told together"),
        ("traffic", "day,platform,account,uv\n2026-11-20,jd,none,1\n", "line 2, account: no such account"),
        ("traffic", "day,platform,account,uv\n2026-11-20,shopify,acme,\n", "line 2, uv: neither uv nor pv"),
        ("stock", "day,sku,on_hand\n2026-11-20,a,-1\n", "line 2, on_hand: not from 0"),
        ("rates", "date,currency,rate,source\n2026-11-20,CNY,1,x\n", "line 2, currency: not a currency other"),
        ("rates", "date,currency,rate,source\n2026-11-20,USD,0.0,x\n", "line 2, rate: empty, or nothing"),
        ("spend", "platform,account,day,spend\nshopify,acme,2026-11-20,\n", "line 2, spend: empty"),
        ("spend", "platform,account,day,spend\nbaidu,x,2026-11-20,1\n", "line 2, account: no such account"),
    ],
)
def test_a_bad_line_is_named(shop: Stack, tmp_path: Path, kind: str, text: str, flaw: str) -> None:
    found = run(kind, "import", file(tmp_path, text))
    assert found.exit_code == 1 and flaw in found.output


SPEND = "platform,account,campaign,day,impressions,clicks,spend,orders,revenue\n"


def test_spend_of_a_file_is_restated_by_the_next(shop: Stack, tmp_path: Path) -> None:
    row = "other,baidu,brand,2026-11-19,1000,20,35.5,2,100\n"
    first = run("spend", "import", file(tmp_path, SPEND + row))
    assert first.exit_code == 0 and "1 new" in first.output
    again = run("spend", "import", file(tmp_path, SPEND + row))
    assert "0 new, 0 changed, 1 as before" in again.output
    shop.clock.at = shop.clock.at.replace(hour=5)
    assert (
        "would be: spend: 0 new, 1 changed"
        in run("spend", "import", file(tmp_path, SPEND + row.replace("35.5", "36")), "--check").output
    )
    changed = run("spend", "import", file(tmp_path, SPEND + row.replace("35.5", "36")))
    assert "0 new, 1 changed" in changed.output
    (day,) = told("spend", "list", "--date", "2026-11-19")
    assert (day["state"], day["source"], [each["spend"] for each in day["rows"]]) == ("told", "sheet.csv", [3600])
    (missing,) = told("spend", "list", "--date", "2026-11-20")
    assert (missing["state"], missing["rows"]) == ("missing", []), "a day without a report is no day without spend"
    assert told("spend", "list", "--date", "2026-11-18") == [], "nobody has said anything about it yet"


def test_the_margin_of_a_day_by_hand(shop: Stack, tmp_path: Path) -> None:
    run("spend", "import", file(tmp_path, SPEND + "other,baidu,brand,2026-11-19,1000,20,35.5,2,100\n"))
    found = told("costs", "margin", "--date", "2026-11-19")
    assert found["total"]["margin"] == -3550
    shown = run("costs", "margin", "--date", "2026-11-19")
    assert "contribution margin" in shown.output and "-35.50 CNY" in shown.output
    assert "messages" not in shown.stderr, "none was sent, which costs nothing and is known"


def test_messages_that_left_are_in_the_margin_at_their_price(shop: Stack) -> None:
    sent = [message(number, "sms") for number in range(100)] + [message(100, "whatsapp"), message(101, "sms", "failed")]
    facts = [outcome_fact(each, date(2026, 11, 19)) for each in sent]
    shop.app.cells.put_rows([(fact, 1) for fact in facts], [])
    shop.app.cells.raise_dirty({fact.cell for fact in facts})
    found = told("costs", "margin", "--date", "2026-11-19")
    (messages,) = (part for part in found["total"]["parts"] if part["kind"] == "messages")
    assert (messages["cost"], messages["covered"]) == (450, 990)
    assert [gap["name"] for gap in messages["gaps"]] == ["whatsapp"], "nobody told what it costs"
    assert told("costs", "margin", "--date", "2026-11-18")["total"]["parts"][4]["cost"] == 0


def test_fees_are_shown_with_who_told_them(shop: Stack) -> None:
    found = told("costs", "show")
    assert [(each["account"], each["commission"], each["told by"]) for each in found["accounts"]] == [
        ("shopify/acme", None, None),
        ("generic/erp", None, None),
    ]


def test_nothing_of_a_sheet_lies_open(shop: Stack, tmp_path: Path) -> None:
    run("products", "import", file(tmp_path, PRODUCTS))
    run("spend", "import", file(tmp_path, SPEND + "other,baidu,brand,2026-11-19,1000,20,35.5,2,100\n"))
    for name in shop.archive.names("sheets/demo/"):
        assert not any(trace in shop.archive.get(name) for trace in ("茶".encode(), b"1250", b"baidu", b"35.5"))
