"""Every module keeps every rule, and every rule catches what it is there for."""

from __future__ import annotations

import pytest

from tests.architecture.rules import RULES, Rule, long_modules
from tests.architecture.source import Module, modules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_tree_keeps(rule: Rule) -> None:
    checked = modules(rule.rooms)
    broken = [found for module in checked for found in rule.check(module)]

    assert checked
    assert broken == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rule_catches(rule: Rule) -> None:
    assert rule.check(Module(rule.path, rule.sabotage)) != []


def test_tables_and_shapes_do_not_count() -> None:
    table = "TABLE = {\n" + "    'a': 'b',\n" * 500 + "}\n"
    shape = "class Order(Struct):\n" + "    a: str\n" * 500

    assert long_modules(Module("connectors/x/status.py", table + shape)) == []


def test_computed_tables_count() -> None:
    table = "TABLE = {\n" + "    'a': f(),\n" * 500 + "}\n"

    assert long_modules(Module("connectors/x/status.py", table)) != []
