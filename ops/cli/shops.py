"""`huitou accounts`: connect a shop, look after its secrets, disconnect it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from chalicelib.account_check import AccountCheck
from chalicelib.config import Config
from chalicelib.connecting import NEW_CONFIGURATION, Connected, Connecting
from chalicelib.contract import Account, Api, Connector, ConnectorInfo
from chalicelib.domain.finding import LOCALES, sound
from chalicelib.errors import ConfigError
from chalicelib.parts import SystemClock
from connectors import registry
from ops.account_files import FileConfigurations, FileKeeper
from ops.cli import departures
from ops.cli.output import done, err, pairs, print_json, table
from ops.cli.secret_input import (
    asked_options,
    asked_secrets,
    came_back,
    given_secrets,
    hidden,
    interactive,
    read_stdin,
)
from ops.cli.selecting import actor
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application
from ops.hints import Hints, hints
from ops.installation import STATE_FILE, Folder, read_config

app = typer.Typer(help="Connect shops and look after them.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Locale = Annotated[str | None, typer.Option(help="en or zh-CN; the shop's when left out")]
OptionPairs = Annotated[list[str] | None, typer.Option("--option", help="NAME=VALUE")]
SecretFiles = Annotated[list[str] | None, typer.Option(help="NAME=@FILE; never the value itself, which others would see")]
FromStdin = Annotated[bool, typer.Option("--secrets-stdin", help="NAME=VALUE lines, or one JSON object, on standard input")]


class _Offline:
    """Connectors of an installation that does not run."""

    def connector(self, key: str) -> Connector:
        """See the port."""
        return registry.connector(key)

    def api(self, account: Account) -> Api:
        """Refuse: the tokens lie in the table, which is not there."""
        raise ConfigError("not-running", "start `huitou up` first", connector=account.platform)


def service(config: Path, data_dir: Path) -> Connecting:
    """The service of AWS, of the runtime that runs here, or over the files alone where none does."""
    if os.environ.get("HUITOU_TABLE") or (data_dir / STATE_FILE).exists():
        return open_application(data_dir, config).accounts.connecting
    return Connecting(
        merchant=lambda: read_config(config).merchant,
        configurations=FileConfigurations(config),
        keeper=FileKeeper(Folder(data_dir).secrets),
        connectors=_Offline(),
        check=AccountCheck(connectors=_Offline(), clock=SystemClock(), running=None),
    )


@app.command("list")
def list_(*, config: ConfigFile = CONFIG, as_json: AsJson = False) -> None:
    """The connected shops and the webhook URL of each."""
    known = read_config(config)
    accounts = service(config, DATA_DIR)
    rows = [
        {
            "platform": entry.platform,
            "account": entry.account,
            "webhook_url": accounts.url(entry.platform, entry.account),
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
    secret: SecretFiles = None,
    secrets_stdin: FromStdin = False,
    option: OptionPairs = None,
    merchant: Annotated[str, typer.Option(help="merchant, when the configuration is made anew")] = "demo",
    locale: Locale = None,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Connect a shop, or complete one: asks for what it needs on a terminal. Prints its webhook URL, if any."""
    info = registry.connector(platform).info
    options = {name: values[-1] for name, values in pairs(option or (), "--option").items()}
    secrets = given_secrets(secret or ())
    if secrets_stdin:
        secrets |= read_stdin()
    new_configuration(config, merchant)
    spoken = _locale(locale, config)
    told = hints(platform, spoken)
    accounts = service(config, data_dir)
    if interactive() and not secrets_stdin:
        kept = _kept(accounts, platform, account)
        options |= asked_options(told, {**kept, **options}, spoken)
        secrets |= asked_secrets(info, told, {**options, **kept}, set(secrets), spoken)
    found = accounts.add(platform, account, options=options, secrets=secrets)
    _say(info, account, found, told)


def new_configuration(config: Path, merchant: str) -> None:
    """A first configuration, where there is none."""
    if not os.environ.get("HUITOU_TABLE") and not config.exists():
        config.write_text(NEW_CONFIGURATION.format(merchant=merchant))


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
    """Connect an account by what is given, without a word; ConfigError changes nothing."""
    new_configuration(config, merchant)
    service(config, data_dir).add(platform, account, options=options, secrets=secrets)
    return read_config(config)


@app.command()
def check(
    platform: str,
    account: str,
    *,
    locale: Locale = None,
    as_json: AsJson = False,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Whether a shop works: secrets, a signed test webhook to ourselves, one read of the platform's API, the clock."""
    findings = service(config, data_dir).check(platform, account)
    spoken = _locale(locale, config)
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            mark = {True: "[green]✓[/]", False: "[bold red]✗[/]", None: "[dim]–[/]"}[each.ok]
            err().print(f"{mark} {each.said(spoken)}", highlight=False)
            if each.ok is not True and each.advice(spoken):
                err().print(f"  → {each.advice(spoken)}", highlight=False)
    if not sound(findings):
        raise typer.Exit(1)


@app.command()
def authorise(
    platform: str,
    account: str,
    *,
    redirect: Annotated[
        str | None, typer.Option(help="the address registered with the platform; the console's when left out")
    ] = None,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """Let the shop's owner consent: prints the platform's link, then takes the address (or the code) that they came back with."""
    authorising = open_application(data_dir, config).accounts.authorising
    back = redirect or f"{read_base_url(config)}/console/authorised"
    url, state = authorising.asked(platform, account, back)
    typer.echo(url)
    err().print(
        "Open the link as the shop's owner. Then paste the address that the browser ends at, or the code alone.", highlight=False
    )
    given = hidden("address or code")
    answer = came_back(given)
    shop = authorising.finish(answer.pop("state", "") or state, answer)
    done(f"{shop.platform}/{shop.account} is authorised")


@app.command()
def rotate(
    platform: str,
    account: str,
    name: Annotated[str, typer.Argument(help="the secret's name")],
    *,
    finish: Annotated[bool, typer.Option("--finish", help="drop the old value: the platform uses the new one by now")] = False,
    secrets_stdin: Annotated[bool, typer.Option("--secrets-stdin", help="the new value on standard input")] = False,
    config: ConfigFile = CONFIG,
    data_dir: DataDir = DATA_DIR,
) -> None:
    """A new value of a secret beside the old one: pushes under either are taken until --finish."""
    accounts = service(config, data_dir)
    if finish:
        dropped = accounts.finish(platform, account, name)
        done(f"{name}: {dropped} old value{'' if dropped == 1 else 's'} dropped")
        return
    value = hidden(name, confirm=True) if not secrets_stdin else typer.get_text_stream("stdin").readline().rstrip("\n")
    live = accounts.rotate(platform, account, name, value)
    done(f"{name}: {live} value{'' if live == 1 else 's'} live, the newest signs")
    if live > 1:
        err().print(
            "Within 5 minutes every function takes both. Then change it at the platform, and when its pushes come under the "
            f"new one: huitou accounts rotate {platform} {account} {name} --finish",
            highlight=False,
        )


@app.command()
def pause(platform: str, account: str, *, config: ConfigFile = CONFIG, data_dir: DataDir = DATA_DIR) -> None:
    """Hold a shop's schedule: it is not pulled, reconciled or refreshed. Its webhooks are still taken."""
    held = open_application(data_dir, config).pauses.pause(platform, account, by=actor())
    done(f"{platform}/{account} is paused, by {held.by or 'the configuration'}")


@app.command()
def resume(platform: str, account: str, *, config: ConfigFile = CONFIG, data_dir: DataDir = DATA_DIR) -> None:
    """Let its schedule go on."""
    open_application(data_dir, config).pauses.resume(platform, account, by=actor())
    done(f"{platform}/{account} goes on")


def _say(info: ConnectorInfo, account: str, found: Connected, told: Hints) -> None:
    words = {"connected": "is connected", "completed": "is completed", "unchanged": "is connected already; nothing changed"}
    done(f"{info.name} {account} {words[found.change]}")
    if found.missing:
        err().print(f"still needed before its webhooks are accepted: {', '.join(found.missing)}", highlight=False)
    if found.unnamed:
        err().print(found.unnamed, highlight=False)
    if found.webhook_url is not None:
        typer.echo(found.webhook_url)
    elif found.way == "feed":
        err().print("it has no webhooks: its records come by a queue, see docs/operations.md")
    else:
        err().print("it has no webhooks: it is pulled")
    for step in told.steps if interactive() else ():
        err().print(f"\n{step}", highlight=False, markup=False)


def _kept(accounts: Connecting, platform: str, account: str) -> dict[str, str]:
    """The options that an account has already."""
    try:
        return dict(accounts.account(platform, account).options)
    except ConfigError:
        return {}


def read_base_url(config: Path) -> str:
    """Our public address."""
    if os.environ.get("HUITOU_TABLE"):
        return open_application(DATA_DIR, config).parts.config().base_url
    return read_config(config).base_url


def _locale(given: str | None, config: Path) -> str:
    if given is not None and given not in LOCALES:
        raise typer.BadParameter(f"one of {', '.join(LOCALES)}", param_hint="--locale")
    return given or (read_config(config).locale if config.exists() else "en")


departures.register(app)
