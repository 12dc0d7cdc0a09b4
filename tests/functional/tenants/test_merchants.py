"""Configurations of several merchants: whose is broken, whose shop it is, and what the others notice of it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import click
import pytest

from chalicelib import bootstrap, entry
from chalicelib.bootstrap import Application
from chalicelib.contract import Account, Reply, Verified
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.intake import owners_of, routed
from chalicelib.merchants import CONFIG_SECONDS, Merchants, named
from chalicelib.pipeline.tick import Tick
from connectors import registry
from ops.cli import session
from ops.installation import check_config, read_config
from ops.local import TallyCounters
from tests.functional.stack import HandClock
from tests.functional.tenants.town import A, B, Town, batch, config_of, order


class Texts:
    """Configurations in memory; what was read is noted."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.read: list[str] = []
        self.clock, self.counters = HandClock(), TallyCounters()
        self.book = Merchants(self._one, self.clock, self.counters)

    def _one(self, name: str) -> str:
        self.read.append(name)
        if name not in self.texts:
            raise Permanent("archive-missing", "gone")
        return self.texts[name]

    def later(self) -> None:
        """So much later that all is read again."""
        self.clock.at += timedelta(seconds=CONFIG_SECONDS + 1)


def two(**texts: str) -> Texts:
    """Two merchants, with other texts in their place."""
    return Texts(**({"huitou": f'merchants = ["{A}", "{B}"]', A: config_of(A), B: config_of(B)} | texts))


def test_the_only_merchant_costs_one_reading_a_minute() -> None:
    only = Texts(huitou=config_of(A))
    assert [only.book.config().merchant for _ in range(5)] == [A] * 5
    assert (only.book.of(A).merchant, only.book.snapshot().several, only.read) == (A, False, ["huitou"])
    only.clock.at += timedelta(seconds=CONFIG_SECONDS)
    only.book.config()
    assert only.read == ["huitou"]
    only.later()
    only.book.config()
    assert only.read == ["huitou"] * 2
    with pytest.raises(ConfigError, match="merchant-unknown"):
        only.book.of(B)


def test_what_has_not_changed_is_not_parsed_again() -> None:
    texts = two()
    first = texts.book.of(B)
    texts.later()
    assert texts.book.of(B) is first
    texts.texts[B] = config_of(B).replace("Shop of", "House of")
    assert texts.book.of(B) is first, "a minute is not over"
    texts.later()
    assert texts.book.of(B).name == f"House of {B}"


def test_several_have_no_configuration_in_common() -> None:
    texts = two()
    with pytest.raises(ConfigError, match="merchant-unnamed"):
        texts.book.config()
    with pytest.raises(ConfigError, match="merchant-unknown"):
        texts.book.of("huitou")
    assert [each.merchant for each in texts.book.configs()] == [A, B]


BROKEN = {
    "archive-missing": None,
    "config-malformed": "merchant = ",
    "config-invalid": 'merchant = "zeta"\nunheard = 1',
    "merchant-differs": config_of(A),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_a_broken_configuration_is_its_merchants_alone(reason: str) -> None:
    texts, broken = two(), BROKEN[reason]
    if broken is None:
        del texts.texts[B]
    else:
        texts.texts[B] = broken
    assert texts.book.of(A).merchant == A
    with pytest.raises((ConfigError, Permanent), match=reason):
        texts.book.of(B)
    assert ("generic", f"{B}-erp") not in texts.book.snapshot().owners
    assert texts.counters.total("config_error", reason=reason) == 1
    texts.texts[B] = config_of(B)
    texts.later()
    assert texts.book.of(B).merchant == B


@pytest.mark.parametrize("broken", ["merchant = ", config_of(A)])
def test_the_last_good_one_stays_in_use(broken: str) -> None:
    """Also where what is there now is another merchant's: it opens nothing."""
    texts = two()
    good = texts.book.of(B)
    texts.texts[B] = broken
    texts.later()
    assert texts.book.of(B) is good
    assert texts.counters.total("config_error") == 1
    texts.texts["huitou"] = "merchants = "
    texts.later()
    assert [each.merchant for each in texts.book.configs()] == [A, B]


def test_a_shop_is_the_first_merchants_who_has_it() -> None:
    taken = config_of(B).replace(f'account = "{B}-erp"', f'account = "{A}-erp"')
    texts = two(**{B: taken})
    snapshot = texts.book.snapshot()
    assert snapshot.owners["generic", f"{A}-erp"] == A
    assert texts.book.of(B).account("generic", f"{A}-erp") is None
    assert texts.book.of(B).account("woocommerce", f"{B}-shop") is not None
    assert texts.counters.total("config_error", reason="account-taken") == 1


@pytest.mark.parametrize(
    "text", ["merchants = []", "merchants = 3", 'merchants = ["a", "a"]', 'merchants = ["a#b"]', 'merchants = ["huitou"]',
             'merchants = ["a"]\ncurrency = "CNY"', 'merchants = ["a'],
)  # fmt: skip
def test_a_list_of_merchants_is_that_and_nothing_else(text: str) -> None:
    with pytest.raises(ConfigError):
        named(text)
    assert named('merchant = "a"\n[x]\nmerchants = ["b"]') is None


def test_an_app_of_several_merchants_reaches_the_shop_that_is_named() -> None:
    texts = two()
    shop = Account(A, "shopify", f"{A}-bus", {"shop": A})
    told = Verified(None, None, Reply(), shop={"shop": B})
    (found,) = routed(texts.book.configs(), shop, told)
    assert (found.merchant, found.account) == (B, f"{B}-bus")
    texts.texts[B] = texts.texts[B].replace(f'shop = "{B}"', f'shop = "{A}"')
    texts.later()
    (found,) = routed(texts.book.configs(), Account(A, "shopify", "other", {}), Verified(None, None, Reply(), shop={"shop": A}))
    assert found.merchant == A, "who is named later takes nothing from an earlier one"


@pytest.mark.parametrize(("tag", "owner"), [(A, A), (B, B), ("nobody", None)])
def test_a_receipt_is_of_the_merchant_whose_mail_it_was(tag: str, owner: str | None) -> None:
    """All send with the stack's one configuration set: the first in the list must not hear of the others' readers."""
    sender = '[[accounts]]\nplatform = "ses"\naccount = "{}-mail"\noptions = {{configuration_set = "stack"}}\n[survey]'
    texts = two(**{each: config_of(each).replace("[survey]", sender.format(each)) for each in (A, B)})
    told = {"eventType": "Delivery", "mail": {"messageId": "m", "tags": {"ses:configuration-set": ["stack"], "merchant": [tag]}}}
    connector: Any = registry.connector("ses")
    found = owners_of(texts.book.configs(), "ses", connector.address(json.dumps(told).encode()))
    assert [config.merchant for config, _ in found] == ([owner] if owner else [])


# --- The process ---


@pytest.fixture
def town(quick: Any) -> Town:
    """Both merchants."""
    return Town(quick)


def pushed(town: Town, account: str) -> int:
    """An order for an account by its name; the status."""
    at, body = order("ann", date(2026, 11, 19), 20)
    return town.push_to(account, json.dumps({"type": "order", "timestamp": at, "data": body}).encode())


def test_a_webhook_is_its_owners_and_a_strangers_is_404(town: Town) -> None:
    assert (pushed(town, f"{A}-erp"), pushed(town, f"{B}-erp"), pushed(town, "nobody")) == (200, 200, 404)
    tenancy = bootstrap.tenancy()
    assert tenancy.owner("generic", f"{B}-erp") is tenancy.of(B)
    with pytest.raises(Rejected, match="account-unknown"):
        tenancy.owner("generic", "nobody")
    assert town.counters.total("refused", reason="account-unknown") == 1


def test_while_one_is_unreadable_the_other_takes_webhooks_and_nobodys_are_asked_to_come_again(town: Town) -> None:
    town.texts[B] = "merchant = "
    assert (pushed(town, f"{A}-erp"), pushed(town, f"{B}-erp"), pushed(town, "nobody")) == (200, 503, 503)
    assert batch(entry.normalise, town.inbound) == []
    for step in (entry.tick, entry.sweep, entry.deliver, entry.poll, entry.pull, entry.digest):
        assert step({}, None)["failed"] == [B]
    assert town.counters.total("merchant_failed", reason="config-malformed") == 6
    assert [each.parts.config().merchant for each in bootstrap.tenancy().readable()] == [A]
    assert town.http("GET", "/unsubscribe/none.none")["statusCode"] == 404


def test_a_step_that_breaks_over_one_is_done_for_the_others(town: Town) -> None:
    unpark = Tick.unpark

    def breaks(step: Tick) -> int:
        if step._config().merchant == A:
            raise ZeroDivisionError
        return unpark(step)

    with patch.object(Tick, "unpark", breaks):
        found = entry.tick({}, None)
    assert (found["failed"], found["unparked"]) == ([A], 0)
    assert town.counters.total("merchant_failed", reason="ZeroDivisionError") == 1


def _note(turn: list[str], app: Application) -> dict[str, Any]:
    turn.append(app.parts.config().merchant)
    return {}


def test_who_comes_first_changes(town: Town) -> None:
    seen: list[list[str]] = []
    for _ in range(3):
        turn: list[str] = []
        bootstrap.tenancy().each(partial(_note, turn))
        seen.append(turn)
        town.clock.at += timedelta(minutes=1)
    assert seen[0] == seen[2] != seen[1] == seen[0][::-1]


def test_rows_of_one_that_fail_come_again_and_the_others_are_done(town: Town) -> None:
    for merchant in (A, B):
        assert pushed(town, f"{merchant}-erp") == 200
    assert batch(entry.normalise, town.inbound) == []
    records = town.records()
    town.texts[A] = "merchant = "
    town.book._kept = None  # a process that starts now, and has never had a good one
    town.book._parsed.clear()
    with pytest.raises(ConfigError):
        entry.project({"Records": records}, None)
    cells = {key.split("#")[0] for key, _ in town.rows("huitou") if "#C#" in key}
    assert cells == {B}


def test_rows_of_a_merchant_who_is_gone_hold_up_nobody(town: Town) -> None:
    for merchant in (A, B):
        assert pushed(town, f"{merchant}-erp") == 200
    assert batch(entry.normalise, town.inbound) == []
    records = town.records()
    town.texts["huitou"] = f'merchants = ["{B}"]'
    town.clock.at += timedelta(seconds=1)
    assert entry.project({"Records": records}, None) == {"batchItemFailures": []}
    assert {key.split("#")[0] for key, _ in town.rows("huitou") if "#C#" in key} == {B}
    assert town.counters.total("rows_unowned") >= 1
    with pytest.raises(ConfigError, match="merchant-unknown"):
        town.of(A)


def test_a_command_is_about_the_merchant_it_names(town: Town) -> None:
    with click.Context(click.Command("huitou")) as context:
        context.params["merchant"] = B
        assert session._chosen(bootstrap.tenancy()).parts.config().merchant == B
        context.params["merchant"] = None
        with pytest.raises(ConfigError, match="merchant-unnamed"):
            session._chosen(bootstrap.tenancy()).parts.config()


def test_configurations_are_checked_together_before_they_are_used(tmp_path: Any) -> None:
    files = {"huitou": f'merchants = ["{A}", "{B}"]', A: config_of(A), B: config_of(B)}
    for name, text in files.items():
        (tmp_path / f"{name}.toml").write_text(text)
    check_config(tmp_path / "huitou.toml")
    with pytest.raises(ConfigError, match=rf"merchant-unnamed.*{A}\.toml"):
        read_config(tmp_path / "huitou.toml")
    (tmp_path / f"{B}.toml").write_text(config_of(B).replace(f'"{B}-erp"', f'"{A}-erp"'))
    with pytest.raises(ConfigError, match="account-taken"):
        check_config(tmp_path / "huitou.toml")
    (tmp_path / f"{B}.toml").unlink()
    with pytest.raises(ConfigError, match="config-missing"):
        check_config(tmp_path / "huitou.toml")
