"""The files that an owner takes along."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ops.cli.departures import written


@pytest.mark.fault(59)
def test_both_files_hold_every_order_and_nobody_else_reads_them(tmp_path: Path) -> None:
    """What begins like a formula is a text in the sheet, and itself in JSON."""
    orders: list[dict[str, Any]] = [
        {"order_id": "1", "status": "paid", "amounts": {"total": -5}, "buyer": {"name": "=HYPERLINK(1)"}, "ship_to": None},
        {"order_id": "2", "status": "paid", "amounts": {"total": 7}, "buyer": {"name": "张三"}, "ship_to": {"city": "杭州"}},
    ]
    assert written(orders, tmp_path / "out") == 2
    lines, rows = tmp_path / "out" / "orders.jsonl", tmp_path / "out" / "orders.csv"
    assert [json.loads(line) for line in lines.read_text().splitlines()] == orders
    with rows.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["total"], row["buyer_name"], row["city"]) for row in found] == [
        ("-5", "'=HYPERLINK(1)", ""),
        ("7", "张三", "杭州"),
    ]
    assert {path.stat().st_mode & 0o777 for path in (lines, rows)} == {0o600}
