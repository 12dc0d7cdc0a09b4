"""Connecting a shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chalicelib.errors import HuitouError
from connectors.registry import KEYS, connector
from ops.cli import app
from ops.installation import read_config
from tests.kit.cases import cases


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_add_prints_the_url_and_keeps_the_secret_out_of_the_configuration(shop: Path) -> None:
    result = run("accounts", "add", "shopify", "acme", "--secret", "webhook_secret=hush", "--option", "shop=acme.myshopify.com")

    assert result.exit_code == 0
    assert result.stdout.strip() == "http://localhost:8000/webhooks/shopify/acme"
    assert "hush" not in (shop / "huitou.toml").read_text()
    assert "hush" not in result.output
    config = read_config(shop / "huitou.toml")
    assert [(a.platform, a.account, dict(a.options)) for a in config.accounts] == [
        ("shopify", "acme", {"shop": "acme.myshopify.com"})
    ]
    secrets = shop / ".huitou" / "secrets.json"
    assert secrets.stat().st_mode & 0o777 == 0o600


def test_a_shop_is_quiet_until_its_owner_says_otherwise(shop: Path) -> None:
    run("accounts", "add", "shopify", "acme", "--secret", "webhook_secret=hush")

    assert read_config(shop / "huitou.toml").sending.enabled is False


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("shopify", "acme"), "account-exists"),
        (("shopify", "other", "--secret", "app_key=1"), "secret-unknown"),
        (("nosuch", "acme"), "platform-unknown"),
        (("shopify", "not a name"), "config-invalid"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(shop: Path, arguments: tuple[str, ...], reason: str) -> None:
    run("accounts", "add", "shopify", "acme", "--secret", "webhook_secret=hush")
    before = (shop / "huitou.toml").read_text()
    result = run("accounts", "add", *arguments)

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == reason
    assert (shop / "huitou.toml").read_text() == before


def test_check_says_what_is_missing(shop: Path) -> None:  # its folder is the working one
    run("accounts", "add", "shopify", "acme")
    missing = run("accounts", "check", "shopify", "acme")
    run("accounts", "add", "shopify", "second", "--secret", "webhook_secret=hush")
    complete = run("accounts", "check", "shopify", "second")

    assert missing.exit_code == 1
    assert "webhook_secret" in str(missing.exception)
    assert complete.exit_code == 0


@pytest.mark.parametrize(
    ("platform", "said"),
    [("amazon", "its records come by a queue"), ("googleads", "it is pulled"), ("shopify", "/webhooks/shopify/acme")],
)
def test_add_says_how_events_come(shop: Path, platform: str, said: str) -> None:
    result = run("accounts", "add", platform, "acme")

    assert result.exit_code == 0
    assert said in result.output
    assert ("/webhooks/" in result.output) == (platform == "shopify")
    assert ("/webhooks/" in run("accounts", "list", "--json").stdout) == (platform == "shopify")


@pytest.mark.parametrize(
    ("key", "given", "named"),
    [
        ("lazada", "--option=seller_id=1", True),
        ("lazada", "--option=country=sg", False),
        ("meta", "--option=waba_id=1", True),
        ("meta", "--option=login=instagram", False),
        ("shopee", "--secret=shop_id=1", True),
        ("shopee", "--option=region=SG", False),
    ],
)
def test_a_shop_that_no_push_could_name_is_told_so(shop: Path, key: str, given: str, named: bool) -> None:
    secrets = [f"--secret={name}=x" for name in connector(key).info.verify_secrets]
    added = run("accounts", "add", key, "acme", given, *secrets)
    checked = run("accounts", "check", key, "acme")

    assert added.exit_code == 0 and checked.exit_code == (0 if named else 1)
    assert ("without an option" in str(checked.exception)) != named


FOUR = [f"--secret={name}=x" for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")]
STORE = "--option=store_url=https://garden.example"


@pytest.mark.parametrize(
    ("way", "secrets", "lacks"),
    [
        ("none", FOUR, None),
        ("none", [], "nothing to pull with"),
        ("io", ["--secret=adobe_client_id=c"], None),
        ("io", FOUR, "adobe_client_id"),
        ("commerce", FOUR, "commerce_public_key"),
        (None, FOUR, "commerce_public_key"),
    ],
)
def test_check_asks_for_the_keys_of_the_way_a_shop_pushes(
    shop: Path, way: str | None, secrets: list[str], lacks: str | None
) -> None:
    option = [f"--option=push={way}"] if way else []
    added = run("accounts", "add", "magento", "garden", STORE, *option, *secrets)
    found = run("accounts", "check", "magento", "garden")

    assert ("/webhooks/" in added.output) == (way != "none")
    assert found.exit_code == (1 if lacks else 0)
    assert lacks is None or lacks in str(found.exception)


@pytest.mark.parametrize("key", KEYS)
def test_check_finds_that_unsigned_webhooks_have_no_effect(shop: Path, key: str) -> None:
    info = connector(key).info
    known = next((case for case in cases(key) if case.kind == "push" and case.expect == "accept"), None)
    told = dict(known.secrets.values) if known else {}
    made = {name: told.get(name, ("a-secret-of-the-tests",)) for name in info.verify_secrets}
    options = dict(known.account.options) if known else {}
    given = [f"--secret={name}={value}" for name, values in made.items() for value in values]
    given += [f"--option={name}={value}" for name, value in options.items()]
    assert run("accounts", "add", key, "acme", *given).exit_code == 0

    assert run("accounts", "check", key, "acme").exit_code == 0
