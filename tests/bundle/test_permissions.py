"""Each function may do what it does, and nothing that it never does."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.errors import ConfigError
from ops.quick_moto import quick_moto
from tests.bundle.story import Call, grants, permitted, recorded
from tests.bundle.template import Template, functions, role_of, statements

# What Lambda does in the function's name, and what each function does that may be the first to need a key.
NOT_CALLED = {"Log", "Receive", "ReadStream", "FindStream", "GiveUp", "TellMissing", "DataKeys", "KeysTable"}


@pytest.fixture(scope="module")
def calls(template: Template) -> Iterator[set[Call]]:
    with quick_moto():  # functions read with several threads, and moto's tables cannot be read while they are written
        yield recorded(template)


def refused(template: Template, calls: set[Call]) -> list[Call]:
    """Calls that no statement of their function's role allows."""
    granted = {function: statements(template, function) for function in functions(template)}
    return sorted((call for call in calls if not permitted(call, granted[call.function])), key=str)


def idle(template: Template, calls: set[Call]) -> list[tuple[str, str, str]]:
    """Actions that are granted and that the story never needs."""
    found = []
    for function in functions(template):
        for statement in statements(template, function):
            if statement["Sid"] not in NOT_CALLED:
                mine = [call for call in calls if call.function == function]
                for action in statement["Action"]:
                    if not any(grants({**statement, "Action": [action]}, call) for call in mine):
                        found.append((function, statement["Sid"], action))
    return found


def statement(template: Template, function: str, sid: str) -> dict[str, Any]:
    """A statement as it stands in the template."""
    policy = template["Resources"][role_of(template, function)]["Properties"]["Policies"][0]["PolicyDocument"]
    found: dict[str, Any] = next(one for one in policy["Statement"] if one["Sid"] == sid)
    return found


def test_every_function_ran(template: Template, calls: set[Call]) -> None:
    assert {call.function for call in calls} == set(functions(template))


@pytest.mark.fault(69)
def test_nothing_needed_is_refused(template: Template, calls: set[Call]) -> None:
    assert refused(template, calls) == []


@pytest.mark.fault(69)
def test_nothing_is_granted_for_nothing(template: Template, calls: set[Call]) -> None:
    assert idle(template, calls) == []


@pytest.mark.fault(45)
def test_no_function_scans_or_may(template: Template, calls: set[Call]) -> None:
    granted = {action for function in functions(template) for one in statements(template, function) for action in one["Action"]}
    assert "dynamodb:Query" in granted and "dynamodb:Query" in {call.action for call in calls}
    for told in (granted, {call.action for call in calls}):
        assert not {action for action in told if "Scan" in action or "PartiQL" in action or "ExecuteStatement" in action}


@pytest.mark.parametrize("function", ["Normalise", "Sweep", "Tick", "Pull", "Work", "Digest"])
def test_a_missing_permission_shows(template: Template, calls: set[Call], function: str) -> None:
    broken = copy.deepcopy(template)
    statement(broken, function, "Table")["Action"].remove("dynamodb:PutItem")

    assert {call.function for call in refused(broken, calls)} == {function}


@pytest.mark.fault(69, saboteur=True)
def test_a_permission_too_many_shows(template: Template, calls: set[Call]) -> None:
    broken = copy.deepcopy(template)
    statement(broken, "Sweep", "Table")["Action"].append("dynamodb:BatchWriteItem")

    assert idle(broken, calls) == [("Sweep", "Table", "dynamodb:BatchWriteItem")]


def test_the_api_reaches_only_what_links_in_messages_need(template: Template) -> None:
    """Whoever takes over the function that faces the internet reads no cell and writes no order."""
    mine = statements(template, "APIHandler")
    place = "arn:aws:dynamodb:us-east-1:111122223333:table/table"

    def may(action: str, leading: str) -> bool:
        return permitted(Call("APIHandler", f"dynamodb:{action}", place, (("dynamodb:LeadingKeys", leading),)), mine)

    assert may("GetItem", "demo#O#shopify#acme#1")
    assert may("PutItem", "demo#X#hash")
    assert not may("PutItem", "demo#O#shopify#acme#1")
    assert may("Query", "demo#I#email:hash")  # who is one person with whoever unsubscribes
    assert not may("PutItem", "demo#I#email:hash")
    assert may("PutItem", "demo#E#owner")  # the first click of a message, and the answer to a survey
    assert not may("Query", "demo#E#owner") and not may("PutItem", "demo#C#2026-11-20#nps#generic#erp#0")
    assert may("PutItem", "demo#H#readers")  # a reader of digests has left
    assert not may("PutItem", "demo#H#storms") and not may("PutItem", "demo#N")
    assert not may("PutItem", "demo#M#owner")
    assert not may("Query", "demo#C#2026-11-20#orders")
    assert may("GetItem", "other#O#shopify#acme#1"), "an installation serves several merchants"
    # Whatever a merchant calls itself or its shops, no row of another kind looks as if it were of one of these.
    for name in "MOISXEBY":
        with pytest.raises(ConfigError, match="account"):
            parse(f'merchant = "m"\n[[accounts]]\nplatform = "generic"\naccount = "{name}"')
        with pytest.raises(ConfigError, match="merchant"):
            parse(f'merchant = "x#{name}#y"')
