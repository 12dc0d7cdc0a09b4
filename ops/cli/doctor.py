"""`huitou doctor`: what is wrong, in words, and what to do next: of this machine, the installation, and each connected shop."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from chalicelib.bootstrap import Application
from chalicelib.domain import finding as checked
from chalicelib.domain.health import Finding, Grade, Health, gravest, plain
from chalicelib.domain.health_words import said
from chalicelib.errors import ConfigError, HuitouError
from connectors import registry
from ops import dynamodb_local
from ops.cli.output import out, print_json
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application
from ops.cli.status import LABELS, MARKS, findings
from ops.installation import read_config

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "machine": "This machine",
        "installation": "The installation",
        "shops": "The shops",
        "python": "Python 3.11 or newer",
        "engine": "DynamoDB Local, for `huitou up --store dynamodb-local`",
        "browser": "Chromium, for screenshots in tests",
        "connectors": "Connectors that load",
        "absent": "No installation runs here. Start one with `huitou up`, or set HUITOU_TABLE for the one in AWS.",
        "well": "Nothing is wrong.",
        "sound": "works",
        "unread": "could not be checked",
    },
    "zh-CN": {
        "machine": "本机",
        "installation": "系统",
        "shops": "店铺",
        "python": "Python 3.11 或更新版本",
        "engine": "DynamoDB Local，用于 `huitou up --store dynamodb-local`",
        "browser": "Chromium，用于测试截图",
        "connectors": "可用的平台连接器",
        "absent": "这里没有正在运行的系统。运行 `huitou up`，或设置 HUITOU_TABLE 以连接 AWS 上的系统。",
        "well": "没有发现问题。",
        "sound": "正常",
        "unread": "无法检查",
    },
}
Checked = dict[str, tuple[checked.Finding, ...]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    *,
    shops: Annotated[bool, typer.Option(help="check each shop: one read of its platform, one signed push to ourselves")] = True,
    locale: Annotated[str | None, typer.Option(help="en or zh-CN; the shop's without")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """What is wrong and what to do next: this machine, the installation, the shops. Exit 1 when something is bad."""
    if locale is not None and locale not in LABELS:
        raise typer.BadParameter(f"one of {', '.join(LABELS)}", param_hint="--locale")
    machine, app = machine_of(), None
    try:
        app = open_application(data_dir, config)
    except ConfigError as error:
        if error.reason not in ("not-running", "config-missing"):
            raise
    told = locale or _shops_locale(app, config)
    health = app.status.read() if app else None
    found = shops_of(app) if app and shops else {}
    worst = gravest([machine_grade(machine), health.grade if health else "ok", shops_grade(found)])
    if as_json:
        print_json(_plain(machine, health, found, told, worst))
    else:
        out().print(page(machine, health, found, told))
    if worst == "bad":
        raise typer.Exit(1)


def machine_of() -> dict[str, tuple[Grade, str]]:
    """What this machine has. Only what Huitou cannot run without is bad."""
    local = dynamodb_local.available()
    browser = shutil.which("chromium")
    loaded = [key for key in registry.KEYS if registry.connector(key).info.key == key]
    missing = [key for key in registry.KEYS if key not in loaded]
    return {
        "python": ("ok" if sys.version_info >= (3, 11) else "bad", sys.version.split()[0]),
        "engine": ("ok" if local.ok else "warn", local.reason),
        "browser": ("ok" if browser else "warn", browser or "not found"),
        "connectors": ("bad" if missing else "ok", " ".join([f"{len(loaded)}/{len(registry.KEYS)}", *missing])),
    }


def shops_of(app: Application) -> Checked:
    """What a check of each connected shop found. One that cannot be checked does not hold up the others."""
    found: Checked = {}
    for each in app.parts.config().accounts:
        name = f"{each.platform}/{each.account}"
        try:
            found[name] = app.accounts.connecting.check(each.platform, each.account)
        except HuitouError as error:
            words = {locale: f"{WORDS[locale]['unread']}: {error.reason}" for locale in WORDS}
            found[name] = (checked.Finding("api", False, error.reason, words),)
    return found


def machine_grade(machine: Mapping[str, tuple[Grade, str]]) -> Grade:
    """The worst of what Huitou cannot do without; what only tests need is missing on most machines."""
    return "bad" if any(grade == "bad" for grade, _ in machine.values()) else "ok"


def shops_grade(found: Checked) -> Grade:
    """Bad where one shop does not work."""
    return "ok" if all(checked.sound(each) for each in found.values()) else "bad"


def page(machine: Mapping[str, tuple[Grade, str]], health: Health | None, found: Checked, locale: str) -> RenderableType:
    """All of it for a terminal."""
    words = WORDS[locale]
    parts: list[RenderableType] = [
        Text(words["machine"], "bold"),
        _machine(machine, words),
        Text(),
        Text(words["installation"], "bold"),
    ]
    if health is None:
        parts.append(_line("warn", words["absent"]))
    elif health.findings:
        parts.append(findings(health.findings, locale))
    else:
        parts.append(_line("ok", words["well"]))
    if found:
        parts += [Text(), Text(words["shops"], "bold"), _shops(found, words, locale)]
    return Group(*parts)


def _machine(machine: Mapping[str, tuple[Grade, str]], words: Mapping[str, str]) -> Table:
    grid = _grid()
    for name, (grade, detail) in machine.items():
        sign, style = MARKS[grade]
        grid.add_row(Text(sign, style), Text.assemble(f"{words[name]} ", (detail, "dim")))
    return grid


def _shops(found: Checked, words: Mapping[str, str], locale: str) -> Table:
    """A shop that works takes one line; of another each thing that is wrong, with what to do."""
    grid = _grid()
    for name, each in found.items():
        wrong = [one for one in each if one.ok is False]
        if not wrong:
            grid.add_row(Text(*MARKS["ok"]), Text.assemble((f"{name} ", ""), (words["sound"], "dim")))
        for one in wrong:
            grid.add_row(Text(*MARKS["bad"]), Text(f"{name}: {one.said(locale)}"))
            if one.advice(locale):
                grid.add_row("", Text(f"→ {one.advice(locale)}", style="dim"))
    return grid


def _line(grade: Grade, text: str) -> Table:
    grid = _grid()
    grid.add_row(Text(*MARKS[grade]), Text(text))
    return grid


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(min_width=1)
    grid.add_column(overflow="fold")
    return grid


def _plain(
    machine: Mapping[str, tuple[Grade, str]], health: Health | None, found: Checked, locale: str, worst: Grade
) -> dict[str, Any]:
    def worded(each: Finding) -> dict[str, Any]:
        return {**plain(each), **said(each, locale)._asdict()}

    return {
        "grade": worst,
        "machine": {name: {"grade": grade, "detail": detail} for name, (grade, detail) in machine.items()},
        "installation": None if health is None else {"grade": health.grade, "findings": [worded(each) for each in health.findings]},
        "shops": {name: [asdict(one) for one in each] for name, each in found.items()},
    }


def _shops_locale(app: Application | None, config: Any) -> str:
    if app is not None:
        return app.parts.config().locale
    try:
        return read_config(config).locale
    except ConfigError:
        return "en"
