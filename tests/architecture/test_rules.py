"""Every module keeps every rule, and every rule catches what it is there for."""

from __future__ import annotations

import pytest

from tests.architecture.rules import RULES, Rule, long_modules, open_comparisons, queries, scans
from tests.architecture.source import Module, modules
from tests.kit.faults import Told

Found = tuple[int, list[str]]  # how many modules were looked at, and what breaks the rule in them


@pytest.fixture(scope="module")
def found() -> dict[str, Found]:
    """What breaks each rule. Each module is parsed once for all rules."""
    told: dict[str, Found] = {rule.name: (0, []) for rule in RULES}
    for module in modules(tuple({room.partition("/")[0]: None for rule in RULES for room in rule.rooms})):
        for rule in RULES:
            if any(module.path == room or module.path.startswith(f"{room}/") for room in rule.rooms):
                checked, broken = told[rule.name]
                told[rule.name] = (checked + 1, broken + rule.check(module))
    return told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_tree_keeps(rule: Rule, found: dict[str, Found]) -> None:
    checked, broken = found[rule.name]

    assert checked
    assert broken == []


COMPARED = [rule for rule in RULES if rule.check is open_comparisons]
READ = [rule for rule in RULES if rule.check in (scans, queries)]


@pytest.mark.fault(3)
def test_03_nothing_secret_is_compared_byte_by_byte(found: dict[str, Found], fault: Told) -> None:
    (checked,) = {found[rule.name][0] for rule in COMPARED}
    assert [each for rule in COMPARED for each in found[rule.name][1]] == []
    fault.figure(f"0 in {checked} modules, all that is shipped")


@pytest.mark.fault(3, saboteur=True)
@pytest.mark.parametrize("name", ["secret", "self._api_token", "webhook_signature", "sign", "key_hash", "hmac", "mac", "password"])
@pytest.mark.parametrize("operator", ["==", "!="])
def test_03_saboteur_who_compares_with_an_operator(name: str, operator: str) -> None:
    for code in (f"ok = given {operator} {name}", f"if {name} {operator} expected(): pass"):
        assert all(rule.check(Module(rule.path, code)) for rule in COMPARED)


@pytest.mark.fault(45)
def test_45_nothing_scans_and_every_query_pages(found: dict[str, Found], fault: Told) -> None:
    (checked,) = {found[rule.name][0] for rule in READ}
    assert [each for rule in READ for each in found[rule.name][1]] == []
    fault.figure(f"0 scans in {checked} modules, one place that queries")


@pytest.mark.fault(45, saboteur=True)
@pytest.mark.parametrize("rule", READ, ids=lambda rule: rule.name)
def test_45_saboteur_who_reads_without_end(rule: Rule) -> None:
    assert rule.check(Module(rule.path, rule.sabotage)) != []


def test_rules_have_names_of_their_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


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
