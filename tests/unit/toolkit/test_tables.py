"""Tables as spreadsheets write them: any usual encoding, headings in two languages, every fault named, nothing guessed."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.toolkit.tables import BadCell, Column, Flaw, TableRead, TableRow, read_table, words

COLUMNS = (
    Column("sku", ("货号",), required=True),
    Column("cost", ("成本",)),
    Column("from", ("生效日期",)),
    Column("role", ("角色",)),
)
ROLES = words({"traffic": ("traffic", "引流款"), "profit": ("profit", "利润款")})
Row = tuple[str, int | None, date | None, str | None]


def row(told: TableRow) -> Row:
    """A line of the table of these tests."""
    return told.need("sku"), told.money("cost", "CNY"), told.day("from"), told.choice("role", ROLES)


def read(data: str | bytes) -> TableRead[Row]:
    """A table of these columns."""
    return read_table(data.encode() if isinstance(data, str) else data, COLUMNS, row)


TEXT = "货号,成本,生效日期,角色\n茶-01,12.50,2026年11月1日,引流款\n,,,\n茶-02,1200,20261102,利润款\n"
TAKEN = {2: ("茶-01", 1250, date(2026, 11, 1), "traffic"), 4: ("茶-02", 120_000, date(2026, 11, 2), "profit")}


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8"),
        (TEXT.encode("gb18030"), "gb18030"),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.replace(",", "\t").encode("gb18030"), "gb18030"),
        (TEXT.replace(",", ";").replace("\n", "\r\n").encode(), "utf-8"),
    ],
)
def test_encodings_and_what_parts_cells_are_found_out(data: bytes, encoding: str) -> None:
    found = read(data)
    assert (found.taken, found.flaws, found.encoding) == (TAKEN, [], encoding)


def test_every_fault_is_named_and_no_cell_repeated() -> None:
    found = read(
        "sku,Cost,FROM,role\n"
        ",1,,\n"  # 2
        "a,secret,,\n"  # 3
        "b,1.005,,\n"  # 4
        "c,-1,,\n"  # 5
        "d,1,20/11/2026,\n"  # 6
        "e,1,2026-02-30,\n"  # 7
        "f,1,,hero\n"  # 8
        "g,1,,,x\n"  # 9
        "h,1,,\n"
        "6.9E+12,1,,\n"  # 11
    )
    assert list(found.taken) == [10]
    where = [(flaw.line, flaw.column) for flaw in found.flaws]
    assert where == [
        (2, "sku"),
        (3, "cost"),
        (4, "cost"),
        (5, "cost"),
        (6, "from"),
        (7, "from"),
        (8, "role"),
        (9, ""),
        (11, "sku"),
    ]
    assert "secret" not in str(found.flaws)
    assert str(found.flaws[0]) == "line 2, sku: empty"


@pytest.mark.parametrize(
    ("head", "why"),
    [
        ("sku,colour", "column 2 is none of sku, cost, from, role"),
        ("cost,from", "column sku is missing"),
        ("sku,货号", "column sku stands twice"),
        ("", "column sku is missing"),
    ],
)
def test_a_heading_that_cannot_be_read_takes_nothing(head: str, why: str) -> None:
    found = read(f"{head}\na,1\n")
    assert (found.taken, found.flaws) == ({}, [Flaw(1, "", why)])


def test_a_quote_left_open_swallows_no_lines() -> None:
    found = read('sku,cost\na,1\n"b,2\nc,3\n')
    assert [flaw.why for flaw in found.flaws] == ["a quote that is not closed, or a line that is no CSV"]


def test_no_text_at_all() -> None:
    assert read(b"PK\x03\x04\x00\x00").flaws == [Flaw(1, "", "no text: save it as CSV")]
    assert read(b"\xff\xff\xff,\n").flaws == [Flaw(1, "", "neither UTF-8 nor GB18030")]


@pytest.mark.parametrize(
    ("cell", "minor"),
    [('"1,234.50"', 123_450), ("１２．５", 1250), ("12.500", 1250), ('="12"', 1200), ('"1,234"', 123_400)],
)
def test_amounts_as_people_write_them(cell: str, minor: int) -> None:
    found = read(f"sku,cost\na,{cell}\n")
    assert found.taken == {2: ("a", minor, None, None)}


def test_where_semicolons_part_cells_a_comma_groups_nothing() -> None:
    found = read("sku;cost\na;1,234\n")
    assert (found.taken, [flaw.column for flaw in found.flaws]) == ({}, ["cost"])


@pytest.mark.parametrize("cell", ["1.234", "12.345.678", "-1.000"])
def test_nor_is_a_point_before_three_digits_taken_for_what_it_may_not_be(cell: str) -> None:
    """Where the comma is the decimal point, 1.234 is as well a thousand and more: never guessed."""
    with pytest.raises(BadCell, match="point"):
        TableRow(2, {"spend": cell}, commas=False).decimal("spend")
    assert TableRow(2, {"spend": "1.2340"}, commas=False).decimal("spend") == "1.2340"
    assert TableRow(2, {"spend": "1.234"}).decimal("spend") == "1.234"


@given(st.binary(max_size=200))
def test_no_bytes_break_it(data: bytes) -> None:
    found = read(b"sku,cost\n" + data)
    assert all(flaw.line >= 1 for flaw in found.flaws)


@given(st.integers(0, 10**12), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_an_amount_is_exact(minor: int, currency: str) -> None:
    digits = {"CNY": 2, "JPY": 0, "KWD": 3}[currency]
    whole, part = divmod(minor, 10**digits)
    text = f"{whole}.{part:0{digits}}" if digits else str(whole)
    found = read_table(f"sku,cost\na,{text}\n".encode(), COLUMNS, lambda told: told.money("cost", currency))
    assert found.taken == {2: minor}
