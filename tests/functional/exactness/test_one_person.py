"""One person who buys at two shops: told by webhooks, seen by the gate, the caps and the arms; and parted again by ops."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib.domain.events import Consent
from ops.cli import app as cli
from ops.cli import members as commands
from tests.functional.exactness.lapsed import consent_of, email, member_of, order_of
from tests.functional.exactness.world import Delivery, deliver
from tests.functional.stack import NOW, Stack

OTHER = {"currency": "CNY", "tax_included": True, "refund_status": "none", "test": False, "status": "paid"}


def generic(buyer: int, at: str, number: int = 0, address: str | None = None) -> Delivery:
    """The same person's order in the merchant's own shop."""
    money = {"items": 500, "discount_seller": 0, "discount_platform": 0, "shipping": 0, "tax": 0, "other": 0}
    order = OTHER | {
        "order_id": f"G{buyer}-{number}",
        "amounts": money | {"total": 500, "paid": 500, "refunded": 0},
        "placed_at": at,
        "paid_at": at,
        "updated_at": at,
        "buyer": {"id": f"g{buyer}", "email": address or email(buyer).upper()},
        "lines": [],
    }
    return Delivery("generic", "erp", None, json.dumps({"type": "order", "timestamp": at, "data": order}).encode())


def of_generic(stack: Stack, buyer: int) -> str:
    """The buyer of the merchant's own shop."""
    return stack.app.parts.vault.lookup("demo", "buyer", f"generic\x1ferp\x1fg{buyer}")


def both(stack: Stack, *later: Delivery) -> tuple[str, str]:
    """One person at two shops, thirty days silent, with consent told by one."""
    deliver(stack, [order_of(1), consent_of(1), generic(1, "2026-10-11T04:00:00Z"), *later])
    stack.settle()
    return member_of(stack, 1), of_generic(stack, 1)


def test_two_shops_see_one_person(engine: Any) -> None:
    stack = Stack(engine)
    buyers = both(stack)
    person = stack.app.people.member("demo", buyers[1])
    assert person.buyers == tuple(sorted(buyers))
    profile = stack.app.members.profile("demo", person.name).profile
    assert (profile.orders, profile.net) == (2, {"CNY": 2500})
    assert sorted(visit.new for visit in profile.visits) == [False, True]


def test_an_order_at_the_other_shop_ends_the_silence(engine: Any) -> None:
    stack = Stack(engine)
    buyers = both(stack)
    assert stack.sweep() == 1
    deliver(stack, [generic(1, "2026-11-20T03:00:00Z", 1)])
    stack.settle()
    stack.app.deliver.run()
    (message,) = [each for buyer in buyers for each in stack.app.outbox.of("demo", buyer)]
    assert (message.state, message.reason) == ("cancelled", "lapsed")
    assert stack.channel.mails == []


def test_a_withdrawal_at_one_shop_holds_for_the_person(moto_stack: Stack) -> None:
    buyers = both(moto_stack)
    moto_stack.sweep()
    word = Consent("demo", "-", "-", "-", "email", False, NOW, "by telephone")
    moto_stack.app.members.put_consent(word, buyers[1])
    moto_stack.app.deliver.run()
    assert moto_stack.channel.mails == []


def test_two_buyers_drawn_apart_and_then_found_to_be_one_get_one_mail(engine: Any) -> None:
    stack = Stack(engine)
    at = "2026-10-21T04:00:00Z"
    deliver(stack, [order_of(1), consent_of(1), generic(1, at, address="another@example.com")])
    stack.settle()
    apart = (member_of(stack, 1), of_generic(stack, 1))
    assert stack.sweep() == 2
    later = "2026-10-21T05:00:00Z"
    told = json.loads(generic(1, at).body)
    told["data"]["updated_at"] = later
    deliver(stack, [Delivery("generic", "erp", None, json.dumps(told).encode())])
    stack.settle()
    assert stack.app.people.member("demo", apart[0]).buyers == tuple(sorted(apart))
    stack.app.members.put_consent(Consent("demo", "-", "-", "-", "email", True, NOW, "till"), apart[1])
    while stack.app.deliver.run():
        stack.clock.at += timedelta(minutes=1)
        stack.app.tick.beat()
        stack.project()
    states = sorted((each.state, each.reason) for buyer in apart for each in stack.app.outbox.of("demo", buyer))
    assert len(stack.channel.mails) == 1
    assert [state for state, _ in states].count("sent") == 1, states


@pytest.fixture
def command(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Any:
    """`huitou members ...` on the stack."""
    monkeypatch.setattr(commands, "open_application", lambda _data, _config: moto_stack.app)

    def run(*words: str) -> Any:
        return CliRunner().invoke(cli, ["members", *words])

    return run


def test_ops_sees_parts_and_joins(moto_stack: Stack, command: Any) -> None:
    buyers = both(moto_stack)
    shown = command("show", "generic/erp/G1-0", "--json")
    told = json.loads(shown.output)
    assert told["buyers"] == sorted(buyers) and told["orders"] == 2
    assert "lapsed1" not in shown.output and "Lap" not in shown.output
    identity = told["order_rows"][0]["identities"]
    assert command("part", buyers[1], identity).exit_code == 0
    assert [moto_stack.app.members.profile("demo", buyer).profile.orders for buyer in buyers] == [1, 1]
    assert command("join", buyers[1], identity).exit_code == 0
    log = json.loads(command("show", buyers[0], "--json").output)["log"]
    assert [len(each["buyers"]) for each in log] == [2, 1, 2]
    assert command("show", buyers[0]).exit_code == 0
