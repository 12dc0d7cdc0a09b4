"""`huitou accounts`: connect a shop, look at the connected ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.config import Config
from chalicelib.contract import Account, Capability, ConnectorInfo, FetchesKeys, RawRequest, ReceivesWebhooks, Secrets
from chalicelib.errors import ConfigError
from connectors import registry
from ops.cli.output import done, err, fail, pairs, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir
from ops.installation import Folder, read_config

app = typer.Typer(help="Connect shops and look at them.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]

_NEW = """merchant = "{merchant}"
name = "{merchant}"
time_zone = "Asia/Shanghai"
currency = "CNY"
locale = "en"
base_url = "http://localhost:8000"
"""


@app.command("list")
def list_(*, config: ConfigFile = CONFIG, as_json: AsJson = False) -> None:
    """The connected shops and the webhook URL of each."""
    known = read_config(config)
    rows = [
        {
            "platform": entry.platform,
            "account": entry.account,
            "webhook_url": _url(known, entry.platform, entry.account),
            "pull_minutes": entry.pull_minutes,
            "paused": entry.paused,
        }
        for entry in known.accounts
    ]
    if as_json:
        print_json(rows)
        return
    names = ("platform", "account", "webhook_url", "pull_minutes", "paused")
    table(f"accounts of {known.merchant}", [(name, "left") for name in names], [[row[name] for name in names] for row in rows])


@app.command()
def add(
    platform: str,
    account: str,
    *,
    secret: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; a name may be given twice during rotation")] = None,
    option: Annotated[list[str] | None, typer.Option("--option", help="NAME=VALUE")] = None,
    merchant: Annotated[str, typer.Option(help="merchant, when the configuration is made anew")] = "demo",
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Connect a shop: the account goes into huitou.toml, its secrets into the state folder. Prints its webhook URL, if any."""
    options = {name: values[-1] for name, values in pairs(option or (), "--option").items()}
    known = connect(
        platform, account, pairs(secret or (), "--secret"), options, merchant=merchant, config=config, data_dir=data_dir
    )
    info = registry.connector(platform).info
    done(f"{info.name} {account} is connected")
    missing = sorted(set(info.push_needs(options)) - {name.partition("=")[0] for name in secret or ()})
    if missing:
        err.print(f"still needed before its webhooks are accepted: {', '.join(missing)}")
    if unnamed := _unnamed(info, options, pairs(secret or (), "--secret")):
        err.print(unnamed)
    url = _url(known, platform, account)
    if url is not None:
        typer.echo(url)
    elif Capability.RECEIVES_FEED in info.capabilities:
        err.print("it has no webhooks: its records come by a queue, see docs/operations.md")
    else:
        err.print("it has no webhooks: it is pulled")


def _url(known: Config, platform: str, account: str) -> str | None:
    """What to register with the platform; None where there is nothing to register."""
    info, entry = registry.connector(platform).info, known.account(platform, account)
    takes = Capability.RECEIVES_WEBHOOKS in info.capabilities and not (entry and _silent(info, entry.options))
    return known.webhook_url(platform, account) if takes else None


def _silent(info: ConnectorInfo, options: Mapping[str, str]) -> bool:
    """Whether an account says that its platform, which can push, pushes nothing to it."""
    return options.get("push") in info.push_ways and not info.push_needs(options)


def connect(
    platform: str,
    account: str,
    secrets: Mapping[str, Sequence[str]],
    options: Mapping[str, str],
    *,
    merchant: str,
    config: Path,
    data_dir: Path,
) -> Config:
    """Put an account into the configuration and its secrets into the state folder; ConfigError changes nothing."""
    info = registry.connector(platform).info
    wanted = {*info.verify_secrets, *info.api_secrets}
    if unknown := sorted(set(secrets) - wanted):
        raise ConfigError(
            "secret-unknown", f"{platform} knows {', '.join(sorted(wanted)) or 'no secrets'}, not {', '.join(unknown)}"
        )
    if not config.exists():
        config.write_text(_NEW.format(merchant=merchant))
    if read_config(config).account(platform, account) is not None:
        raise ConfigError("account-exists", f"{platform}/{account} is connected already")
    before = config.read_text()
    config.write_text(before + _entry(platform, account, options))
    try:
        known = read_config(config)
    except ConfigError:
        config.write_text(before)
        raise
    Folder(data_dir).secrets.save(platform, account, {name: list(values) for name, values in secrets.items()})
    return known


@app.command()
def check(platform: str, account: str, *, config: ConfigFile = CONFIG, data_dir: DataDir = DATA_DIR) -> None:
    """Whether a shop's secrets are there, and that its verifier refuses what is not signed."""
    known = read_config(config)
    entry = known.account(platform, account)
    if entry is None:
        raise ConfigError("account-unknown", f"{platform}/{account} is not connected")
    connector = registry.connector(platform)
    shop = Account(known.merchant, platform, account, entry.options)
    secrets = Folder(data_dir).secrets.secrets(shop)
    missing = [name for name in connector.info.push_needs(entry.options) if not secrets.values.get(name)]
    if missing:
        raise ConfigError("secret-missing", f"not configured: {', '.join(missing)}", connector=platform)
    calls = connector.info.api_secrets
    if _silent(connector.info, entry.options) and not any(secrets.values.get(name) for name in calls):
        raise ConfigError("secret-missing", f"nothing to pull with: {', '.join(calls)}", connector=platform)
    if unnamed := _unnamed(connector.info, entry.options, secrets.values):
        raise ConfigError("option-missing", unnamed, connector=platform)
    if isinstance(connector, ReceivesWebhooks) and not _refuses(connector, shop, secrets, known):
        fail("an unsigned webhook was not refused")
        raise typer.Exit(1)
    done(f"{platform}/{account}: secrets are there, unsigned webhooks are refused")


def _unnamed(info: ConnectorInfo, options: Mapping[str, str], secrets: Mapping[str, Sequence[str]]) -> str | None:
    """What to say of an account that no push which names its shop could find; None where there is nothing to say."""
    named = info.shop_options
    if not named or any(options.get(name) or secrets.get(name) for name in named):
        return None
    return f"pushes that name their shop are refused without an option that says which it is: {' or '.join(named)}"


def _refuses(connector: ReceivesWebhooks, shop: Account, secrets: Secrets, known: Config) -> bool:
    """Whether an unsigned body has no effect. A platform whose keys are fetched has none here to check with: it refuses too."""
    from chalicelib.errors import Rejected

    url = known.webhook_url(shop.platform, shop.account)
    try:
        verified = connector.verify(RawRequest("POST", url, {}, (), b"{}"), shop, secrets, datetime.now(UTC))
    except Rejected:
        return True
    except ConfigError:
        return isinstance(connector, FetchesKeys)
    return not verified.carries_event


def _entry(platform: str, account: str, options: Mapping[str, str]) -> str:
    lines = ["", "[[accounts]]", f'platform = "{platform}"', f'account = "{account}"']
    if options:
        lines += ["[accounts.options]", *(f'{name} = "{value}"' for name, value in options.items())]
    return "\n".join(lines) + "\n"
