"""What the documents say of figures, mails and messages is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.adapters import catalogue, message_view
from chalicelib.domain import adwords, wording
from chalicelib.domain.metrics import Sums
from chalicelib.domain.report import Comparison
from tests.unit.mail.injections import MESSAGE_PAYLOADS

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


def test_the_page_of_messages_lists_what_is_shipped() -> None:
    text = (DOCS / "templates.md").read_text(encoding="utf-8")
    rows = {row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| [^|]+\| ([ab, ]+) \|(.*)\|$", text, re.MULTILINE)}
    assert sorted(rows) == sorted(catalogue.templates())
    for template, (variants, needs) in rows.items():
        assert tuple(variants.strip().split(", ")) == catalogue.variants(template, "en")
        assert set(re.findall(r"`(\w+)`", needs)) == catalogue.needs(template)
    assert f"A list of {len(MESSAGE_PAYLOADS)} payloads" in text
    assert f"more than {adwords.SEGMENTS} segments" in text
    assert f"more than {adwords.WECOM_BYTES:,} bytes" in text
    for locale in wording.MESSAGE_LOCALES:
        assert f"`{locale}`" in text


def test_the_example_of_a_template_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = re.findall(r"```toml\n(.*?)```", (DOCS / "templates.md").read_text(encoding="utf-8"), re.DOTALL)
    shared = (catalogue.root() / "messages" / "en.toml").read_text(encoding="utf-8")
    (tmp_path / "messages" / "spring").mkdir(parents=True)
    (tmp_path / "messages" / "en.toml").write_text(shared, encoding="utf-8")
    (tmp_path / "messages" / "spring" / "en.toml").write_text(block, encoding="utf-8")
    monkeypatch.setattr(catalogue, "root", lambda: tmp_path)
    values = {"shop_name": "Qinghe Tea", "postal": "1 Example Road", "unsubscribe_url": "https://shop.example/u", "offer": "A1"}
    view = message_view.build(values, locale="de", template="spring", variant="a")
    assert (view.subject, view.lines) == ("Spring: a code for you", ("The first leaves of the year have come to Qinghe Tea.",))
    told = message_view.line(values, locale="en", template="spring", variant="a")
    assert told == "Hello! New leaves are in at Qinghe Tea. Your code: A1."
