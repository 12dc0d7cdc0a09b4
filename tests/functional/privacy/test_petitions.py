"""Platforms ask on behalf of their buyers: erased by itself within a day, handed out by a person, and by nobody who cannot sign."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib import entry
from chalicelib.contract import Account, RawRequest, Ref
from chalicelib.domain.events import PrivacyRequest
from chalicelib.errors import Permanent
from connectors import registry
from ops.cli import app as huitou
from ops.cli import erasure
from tests.functional.exactness.surveyed import installed
from tests.functional.privacy.scene import (
    ADDRESS,
    BUYER,
    CUSTOMER,
    EMAIL,
    MESSAGE,
    NAME,
    NOTE,
    OTHER,
    REVIEW,
    Search,
    buys,
    erp_order,
    scene,
    shopify,
    shopify_order,
    subject,
    talks,
    told,
    wait,
)
from tests.functional.stack import NOW, Stack
from tests.kit.faults import Told

REDACT = {
    "shop_id": 1,
    "shop_domain": "acme.myshopify.com",
    "customer": {"id": CUSTOMER, "email": EMAIL},
    "orders_to_redact": [50_001],
}
ASK = {"shop_id": 1, "shop_domain": "acme.myshopify.com", "customer": {"id": CUSTOMER}, "orders_requested": [50_001]}
SHOP = {"shop_id": 1, "shop_domain": "acme.myshopify.com"}
TOPICS = (("customers/redact", REDACT), ("customers/data_request", ASK), ("shop/redact", SHOP))


def sweep(stack: Stack) -> None:
    """As the schedule calls it."""
    with installed(stack):
        entry.sweep({}, None)


@pytest.mark.fault(62)
@pytest.mark.parametrize(("topic", "body"), TOPICS)
def test_62_a_privacy_topic_with_another_signature_is_refused(quick: Any, fault: Told, topic: str, body: dict[str, Any]) -> None:
    stack = scene(quick)
    headers = {"x-shopify-topic": (topic,), "x-shopify-hmac-sha256": ("bm9ib2R5J3M=",)}
    raw = RawRequest("POST", stack.config.webhook_url("shopify", "acme"), headers, (), json.dumps(body).encode())
    assert stack.app.receive.handle("shopify", "acme", raw).status == 401
    assert stack.inbound.bodies == []
    assert shopify(stack, topic, json.dumps(body).encode()) == 200 and len(stack.inbound.bodies) == 1
    fault.platform("shopify")
    fault.figure(f"{topic}: 401 on another signature, nothing queued; 200 on its own")


@pytest.mark.fault(62)
def test_62_an_erasure_that_a_platform_asks_for_goes_by_itself(quick: Any, fault: Told) -> None:
    stack = scene(quick)
    buys(stack)
    assert shopify(stack, "customers/redact", json.dumps(REDACT).encode()) == 200
    stack.settle()
    assert shopify(stack, "customers/redact", json.dumps(REDACT).encode()) == 200  # the platform tries again
    stack.settle()
    (petition,) = stack.app.privacy.petitions.open()
    assert datetime.fromisoformat(petition.due) - datetime.fromisoformat(petition.at) == timedelta(hours=24)
    assert stack.app.work.held("demo") == 0 and EMAIL not in str(petition)
    started = stack.clock.at
    sweep(stack)
    wait(stack)
    sweep(stack)
    wait(stack)
    assert stack.app.privacy.petitions.open() == [] and stack.app.privacy.erasing.all() == []
    assert Search(stack).found() == {}
    fault.platform("shopify")
    fault.figure(f"customers/redact: all done {stack.clock.at - started} after the sweep began, of 24 hours")


@pytest.mark.fault(62)
def test_62_a_closed_account_is_erased_and_an_unknown_one_kept_out(quick: Any, fault: Told) -> None:
    stack = scene(quick)
    buys(stack)
    notice = json.loads((Path(__file__).parents[2] / "fixtures/ebay/push-order/body.json").read_text())
    notice["metadata"]["topic"] = "MARKETPLACE_ACCOUNT_DELETION"
    notice["notification"]["data"] = {"username": "velvetbuyer77", "userId": "ZQ12345678", "eiasToken": "t"}
    shop = Account("demo", "ebay", "acme", {})
    connector: Any = registry.connector("ebay")
    asked = connector.canonical("privacy", json.dumps(notice).encode(), Ref(shop, "d-1", "push"))
    assert [each.kind for each in asked] == ["erase_buyer", "erase_buyer"]
    for each in asked:
        stack.app.asides.take(each, source=1, occurred_at=None, received_at=NOW, keep_raw=lambda: "")
    sweep(stack)
    vault = stack.app.parts.vault
    for name in ("velvetbuyer77", "ZQ12345678"):
        assert vault.erased("demo", subject(stack, "ebay", "acme", name)) is not None
    assert stack.app.privacy.erasing.all() == [] and stack.app.privacy.petitions.open() == []
    assert Search(stack).found() != {}  # of who did not ask
    fault.platform("ebay")
    fault.figure("an account that was closed: user name and id kept out, nobody else touched")


def test_a_petition_of_nobody_waits_for_a_person(quick: Any) -> None:
    stack = scene(quick)
    asked = PrivacyRequest("demo", "shopify", "acme", "erase_buyer", None, (), None)
    with pytest.raises(Permanent, match="petition-of-nobody"):
        stack.app.asides.take(asked, source=1, occurred_at=None, received_at=NOW, keep_raw=lambda: "")


def test_a_guest_s_order_is_erased_by_its_number(quick: Any) -> None:
    stack = scene(quick)
    guest = json.loads(shopify_order(50_001, NOW - timedelta(days=3))) | {"customer": None, "email": EMAIL}
    assert shopify(stack, "orders/paid", json.dumps(guest).encode()) == 200
    stack.settle()
    assert Search(stack).found() != {}
    redact = REDACT | {"customer": {"id": 1}}
    assert shopify(stack, "customers/redact", json.dumps(redact).encode()) == 200
    stack.settle()
    for _ in range(2):
        sweep(stack)
        wait(stack)
    assert Search(stack).found() == {}


def test_what_is_held_is_handed_out_whole(quick: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = scene(quick)
    buys(stack)
    talks(stack)
    assert shopify(stack, "customers/data_request", json.dumps(ASK).encode()) == 200
    stack.settle()
    (petition,) = stack.app.privacy.petitions.open()
    stack.clock.at += timedelta(days=31)
    stack.app.privacy.run()
    assert stack.app.privacy.petitions.late() == [petition] and stack.counters.total("petition_late") == 1
    monkeypatch.setattr(erasure, "open_application", lambda *_: stack.app)
    out = tmp_path / "person.json"
    done = CliRunner().invoke(huitou, ["export", "--petition", petition.id, "--out", str(out)])
    assert done.exit_code == 0, done.output
    whole = json.loads(out.read_text())
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert {order["platform"] for order in whole["orders"]} == {"shopify", "generic", "woocommerce"}
    for planted in (EMAIL, NAME, ADDRESS, REVIEW, MESSAGE, NOTE, BUYER, str(CUSTOMER)):
        assert planted in out.read_text()
    assert OTHER not in out.read_text() and "It never came" not in out.read_text()
    assert [word["granted"] for word in whole["words"]] == [True] and whole["contacts"][0]["employee"] == "zhang"
    assert [message["message_id"] for message in whole["sent"]] == ["w-1"] and whole["segment"][0]["purchases"] == 3
    assert "reviews: 1." in (tmp_path / "person.README.txt").read_text()
    assert stack.app.privacy.petitions.open() == []
    assert [row.act for row in stack.app.audit.read("demo", NOW)] == ["person.export"]


def test_the_command_asks_for_what_is_personal_and_erases(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = scene(quick)
    assert told(stack, "order", erp_order("erp-50003", NOW - timedelta(days=37))) == 200
    stack.settle()
    monkeypatch.setattr(erasure, "open_application", lambda *_: stack.app)
    run = CliRunner().invoke
    assert run(huitou, ["erase", EMAIL]).exit_code == 2  # it would stay in the shell's history
    dry = run(huitou, ["erase", "--dry-run", "--json"], input=f"{EMAIL}\n")
    assert '"orders": 1' in dry.stdout and Search(stack).found() != {}
    assert run(huitou, ["erase", "generic/erp/erp-50003"]).exit_code == 1  # nobody is there to be asked
    monkeypatch.setattr(erasure, "interactive", lambda: True)
    assert run(huitou, ["erase", "generic/erp/erp-50003"], input="no\n").exit_code == 1
    assert Search(stack).found() != {}
    assert run(huitou, ["erase", "--yes"], input=f"{EMAIL}\n").exit_code == 0
    me = subject(stack, "generic", "erp", BUYER)
    assert json.loads(run(huitou, ["erase", "--list", "--json"]).stdout)["erasures"][0]["buyers"] == [me]
    wait(stack)
    done = run(huitou, ["erase", me, "--yes", "--json"])
    assert '"stage": "gone"' in done.stdout
    wait(stack)
    assert Search(stack).found() == {}
    assert [row.act for row in stack.app.audit.read("demo", NOW)] == ["person.erase", "person.erase"]
    assert run(huitou, ["erase", "--reapply", "--yes"]).exit_code == 0
