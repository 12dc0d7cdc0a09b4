"""Connecting a shop."""

from __future__ import annotations

import json
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


def run(*arguments: str, secrets: str | None = None) -> Result:
    told = ["--secrets-stdin"] if secrets is not None else []
    return CliRunner().invoke(app, [*arguments, *told], input=secrets)


HUSH = "webhook_secret=hush"


def test_add_prints_the_url_and_keeps_the_secret_out_of_the_configuration(shop: Path) -> None:
    result = run("accounts", "add", "shopify", "acme", "--option", "shop=acme.myshopify.com", secrets=HUSH)

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
    run("accounts", "add", "shopify", "acme", secrets=HUSH)

    assert read_config(shop / "huitou.toml").sending.enabled is False


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("shopify", "acme", "--option", "shop=b"), "account-exists"),
        (("shopify", "acme", "--secret", "webhook_secret=@other"), "secret-exists"),
        (("shopify", "other", "--secret", "app_key=@other"), "secret-unknown"),
        (("shopify", "other", "--secret", "webhook_secret=@empty"), "secret-empty"),
        (("nosuch", "acme"), "platform-unknown"),
        (("shopify", "not a name"), "config-invalid"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(shop: Path, arguments: tuple[str, ...], reason: str) -> None:
    (shop / "other").write_text("another\n")
    (shop / "empty").write_text("\n")
    run("accounts", "add", "shopify", "acme", "--option", "shop=a", secrets=HUSH)
    before = written(shop)
    result = run("accounts", "add", *arguments)

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == reason
    assert written(shop) == before


def written(shop: Path) -> tuple[str, str]:
    return (shop / "huitou.toml").read_text(), (shop / ".huitou" / "secrets.json").read_text()


def test_a_value_in_an_argument_is_wrong_usage(shop: Path) -> None:
    """Everybody on the machine sees arguments, and the shell remembers them."""
    result = run("accounts", "add", "shopify", "acme", "--secret", HUSH)

    assert result.exit_code == 2
    assert not (shop / "huitou.toml").exists()


def test_the_same_again_changes_nothing_and_more_completes(shop: Path) -> None:
    run("accounts", "add", "shopify", "acme", "--option", "shop=a", secrets=HUSH)
    before = written(shop)
    again = run("accounts", "add", "shopify", "acme", "--option", "shop=a", secrets=HUSH)
    assert again.exit_code == 0 and "nothing changed" in again.output
    assert written(shop) == before

    more = run("accounts", "add", "shopify", "acme", "--option", "api=rest", secrets='{"access_token": "t"}')
    assert more.exit_code == 0 and "is completed" in more.output
    (entry,) = read_config(shop / "huitou.toml").accounts
    assert dict(entry.options) == {"shop": "a", "api": "rest"}
    assert json.loads(written(shop)[1])["shopify/acme"] == {"webhook_secret": ["hush"], "access_token": ["t"]}


def test_rotation_has_two_live_values_until_it_is_finished(shop: Path) -> None:
    run("accounts", "add", "shopify", "acme", secrets=HUSH)

    def values() -> list[str]:
        return list(json.loads(written(shop)[1])["shopify/acme"]["webhook_secret"])

    rotate = ("accounts", "rotate", "shopify", "acme", "webhook_secret")
    assert run(*rotate, secrets="new").exit_code == 0
    assert run(*rotate, secrets="new").exit_code == 0  # again is the same
    assert values() == ["new", "hush"]
    assert run(*rotate, secrets="third").exit_code == 1
    assert values() == ["new", "hush"]
    assert run(*rotate, "--finish").exit_code == 0
    assert values() == ["new"]
    assert run(*rotate, "--finish").exit_code == 0
    assert values() == ["new"]


def test_check_says_what_is_missing(shop: Path) -> None:  # its folder is the working one
    run("accounts", "add", "shopify", "acme")
    missing = run("accounts", "check", "shopify", "acme")
    run("accounts", "add", "shopify", "second", secrets=HUSH)
    complete = run("accounts", "check", "shopify", "second")

    assert missing.exit_code == 1
    assert "webhook_secret" in missing.output
    assert complete.exit_code == 0


def test_check_speaks_the_language_that_is_asked_for(shop: Path) -> None:
    run("accounts", "add", "shopify", "acme")
    assert "缺少密钥：webhook_secret" in run("accounts", "check", "shopify", "acme", "--locale", "zh-CN").output
    found = {each["check"]: each for each in json.loads(run("accounts", "check", "shopify", "acme", "--json").stdout)}
    assert (found["secrets"]["ok"], found["secrets"]["reason"]) == (False, "secret-missing")
    assert found["api"]["ok"] is None  # nothing runs here that could be asked


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
    lines = [f"{name}=x" for name in connector(key).info.verify_secrets if f"--secret={name}=1" != given]
    if given.startswith("--secret="):
        added = run("accounts", "add", key, "acme", secrets="\n".join([*lines, given.removeprefix("--secret=")]))
    else:
        added = run("accounts", "add", key, "acme", given, secrets="\n".join(lines))
    checked = run("accounts", "check", key, "acme")

    assert added.exit_code == 0 and checked.exit_code == (0 if named else 1)
    assert ("without an option" in checked.output.replace("\n", " ")) != named


FOUR = [f"{name}=x" for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")]
STORE = "--option=store_url=https://garden.example"


@pytest.mark.parametrize(
    ("way", "secrets", "lacks"),
    [
        ("none", FOUR, None),
        ("none", [], "access_token_secret"),
        ("io", ["adobe_client_id=c"], None),
        ("io", FOUR, "adobe_client_id"),
        ("commerce", FOUR, "commerce_public_key"),
        (None, FOUR, "commerce_public_key"),
    ],
)
def test_check_asks_for_the_keys_of_the_way_a_shop_pushes(
    shop: Path, way: str | None, secrets: list[str], lacks: str | None
) -> None:
    option = [f"--option=push={way}"] if way else []
    added = run("accounts", "add", "magento", "garden", STORE, *option, secrets="\n".join(secrets))
    found = run("accounts", "check", "magento", "garden")

    assert ("/webhooks/" in added.output) == (way != "none")
    assert found.exit_code == (1 if lacks else 0)
    assert lacks is None or lacks in found.output


@pytest.mark.parametrize("key", KEYS)
def test_check_finds_that_unsigned_webhooks_have_no_effect(shop: Path, key: str) -> None:
    info = connector(key).info
    known = next((case for case in cases(key) if case.kind == "push" and case.expect == "accept"), None)
    told = dict(known.secrets.values) if known else {}
    made = {name: told.get(name, ("a-secret-of-the-tests",)) for name in info.verify_secrets}
    options = dict(known.account.options) if known else {}
    given = [f"--option={name}={value}" for name, value in options.items()]
    assert run("accounts", "add", key, "acme", *given, secrets=json.dumps(made)).exit_code == 0

    assert run("accounts", "check", key, "acme").exit_code == 0
