"""What a thousand orders cost, as the dashboard reckons it."""

from __future__ import annotations

import json
import re
from typing import Any

from ops import dashboard

PRICES = {
    "PriceMillionWriteUnits": 0.625,
    "PriceMillionReadUnits": 0.125,
    "PriceGbSecond": 0.0000166667,
    "PriceMillionInvocations": 0.2,
    "PriceMillionQueueRequests": 0.4,
    "PriceMillionApiCalls": 3.5,
    "PriceMillionPuts": 5.0,
}


def test_every_widget_has_its_place_and_the_whole_is_json() -> None:
    told: dict[str, Any] = json.loads(json.dumps(dashboard.body()))
    places = [(each["x"], each["y"]) for each in told["widgets"]]
    assert len(places) == len(set(places)) >= 15
    assert all(x + dashboard.WIDE <= dashboard.COLUMNS for x, _ in places)


def test_the_cost_of_a_thousand_orders_is_units_times_prices() -> None:
    """A day of 2,000 orders by hand: units, milliseconds, requests."""
    *rows, last = dashboard.cost()
    expression = str(last[0]["expression"])
    values = {row[-1]["id"]: 0 for row in rows} | {"orders": 2000}
    values |= {"write0": 30_000, "write_due": 4_000, "read1": 8_000, "q0_numberofmessagessent": 2_000, "api": 2_000}
    memory = dashboard.functions()
    normalise = list(memory).index("Normalise")
    values |= {f"took{normalise}": 90_000, f"calls{normalise}": 1_800}
    for name, price in PRICES.items():
        assert expression.count(f"${{{name}}}") == 1
        expression = expression.replace(f"${{{name}}}", repr(price))
    expression = re.sub(r"FILL\((\w+), 0\)", r"\1", expression)
    told = eval(expression, {"__builtins__": {}}, values)  # arithmetic of our own
    spent = (
        34_000 * 0.625e-6
        + 8_000 * 0.125e-6
        + 90 * memory["Normalise"] / 1024 * 0.0000166667
        + 1_800 * 0.2e-6
        + 2_000 * 0.4e-6
        + 2_000 * 3.5e-6
        + 2_000 * 5e-6
    )
    assert abs(told - spent / 2) < 1e-12
    assert set(re.findall(r"\b[a-z]+\d*(?:_[a-z]+)?\b", expression)) <= values.keys() | {"e"}
