"""The worked example of docs/metrics.md is the code's own result."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.adapters import catalogue
from chalicelib.domain import wording
from chalicelib.domain.metrics import Comparison, Sums

DOCS = Path(__file__).parents[3] / "docs"


def test_the_worked_example_holds() -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert block.count("assert") > 8
    exec(compile(block, "metrics.md", "exec"), {"Sums": Sums, "Comparison": Comparison})
    assert f"**{wording.change(Comparison.change(38925, 35000), 'en').text}**" in text


def test_every_figure_of_the_code_is_defined() -> None:
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    for name in ("gmv", "refunds", "net_sales", "orders", "aov", "new", "returning", "quantity", "amount", "unpriced"):
        assert f"`{name}`" in text


def test_the_digest_page_quotes_the_mail() -> None:
    text = (DOCS / "digest.md").read_text(encoding="utf-8")
    say = catalogue.words("digest", "en")
    for key in ("no_orders", "first_day", "no_data"):
        assert f'"{say(key)}"' in text
    for locale in wording.LOCALES:
        for minor, currency in ((123450, "USD"), (123450, "CNY"), (1234, "JPY"), (1234567, "KWD")):
            assert f"`{wording.money(minor, currency, locale)}`".replace("\u00a0", " ") in text
