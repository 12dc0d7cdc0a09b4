"""`huitou status`: how an installation is, at a glance."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chalicelib.bootstrap import Application
from chalicelib.domain.health import AccountHealth, Counted, Finding, Grade, Health, Look, QueueDepth, plain
from chalicelib.domain.health_words import lasting, said
from ops.cli.output import out, print_json
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

MARKS: Mapping[Grade, tuple[str, str]] = {"ok": ("●", "green"), "warn": ("▲", "yellow"), "bad": ("✗", "bold red")}
LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "shop": "shop",
        "pushed": "pushed",
        "pulled": "fetched",
        "every": "every",
        "token": "token until",
        "state": "",
        "queue": "queue",
        "waiting": "waiting",
        "in_flight": "in work",
        "delayed": "delayed",
        "oldest": "oldest",
        "ago": "{} ago",
        "never": "never",
        "paused": "paused",
        "revoked": "revoked",
        "late": "late",
        "dead": "dead letters",
        "clock": "clock",
        "stream": "stream",
        "behind": "{} behind",
        "cells": "sums waiting",
        "parked": "parked",
        "quarantine": "quarantine",
        "sending": "sending",
        "on": "on",
        "off": "off",
        "halted": "stopped: {}",
        "digest": "digest",
        "readers": "readers",
        "cases": "reviews open",
        "overdue": "overdue",
        "none": "none",
        "well": "All is well",
        "todo": "{} things to look at",
        "one": "1 thing to look at",
    },
    "zh-CN": {
        "shop": "店铺",
        "pushed": "推送",
        "pulled": "拉取",
        "every": "间隔",
        "token": "令牌有效至",
        "state": "",
        "queue": "队列",
        "waiting": "待处理",
        "in_flight": "处理中",
        "delayed": "延迟",
        "oldest": "最早",
        "ago": "{}前",
        "never": "从未",
        "paused": "已暂停",
        "revoked": "授权已撤销",
        "late": "落后",
        "dead": "死信",
        "clock": "定时任务",
        "stream": "数据流",
        "behind": "落后 {}",
        "cells": "待汇总",
        "parked": "稍后重试",
        "quarantine": "隔离",
        "sending": "发送",
        "on": "开启",
        "off": "关闭",
        "halted": "已停止：{}",
        "digest": "日报",
        "readers": "收件人",
        "cases": "未结评价",
        "overdue": "超时",
        "none": "无",
        "well": "一切正常",
        "todo": "{} 项需要处理",
        "one": "1 项需要处理",
    },
}
Words = Mapping[str, str]
WIDE = 100  # columns from which tokens are shown too


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="look again every few seconds, until Ctrl-C")] = False,
    seconds: Annotated[int, typer.Option(min=1, help="how long --watch waits in between")] = 5,
    locale: Annotated[str | None, typer.Option(help="en or zh-CN; the shop's without")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """How fresh each shop is, what waits in the queues, and what needs somebody."""
    app = open_application(data_dir, config)
    told = locale_of(app, locale)
    if as_json:
        print_json(as_plain(app.status.read(), told))
        return
    console = out()
    if not watch:
        console.print(page(app.status.read(), told, console))
        return
    with Live(page(app.status.read(), told, console), console=console, screen=True, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(seconds)
                live.update(page(app.status.read(), told, console), refresh=True)
        except KeyboardInterrupt:
            return


def locale_of(app: Application, given: str | None) -> str:
    """The language asked for, else the shop's."""
    if given is not None and given not in LABELS:
        raise typer.BadParameter(f"one of {', '.join(LABELS)}", param_hint="--locale")
    return given or app.parts.config().locale


def as_plain(health: Health, locale: str) -> dict[str, Any]:
    """As JSON holds it: what was read, and each finding with its words."""
    told: dict[str, Any] = plain(health.look)
    graded = {(each.look.platform, each.look.account): each for each in health.accounts}
    for account in told["accounts"]:
        each = graded[account["platform"], account["account"]]
        account |= {"grade": each.grade, "behind_s": each.behind_s}
    found = [plain(each) | said(each, locale)._asdict() for each in health.findings]
    return {"grade": health.grade, "lag_s": health.lag_s, **told, "findings": found}


def page(health: Health, locale: str, console: Console) -> RenderableType:
    """All of it for a terminal."""
    words, look = LABELS[locale], health.look
    parts: list[RenderableType] = [_headline(health, words)]
    if health.accounts:
        parts += [Text(), _accounts(health.accounts, look.at, words, locale, wide=console.width >= WIDE)]
    if live := [queue for queue in look.queues if not queue.dead]:
        parts += [Text(), _queues(live, look.at, words, locale)]
    parts += [Text(), _figures(health, words, locale)]
    if health.findings:
        parts += [Text(), findings(health.findings, locale)]
    return Group(*parts)


def findings(found: Iterable[Finding], locale: str) -> RenderableType:
    """Each in words, with what to do below it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(2):
        grid.add_column(overflow="fold")
    for each in found:
        what, do = said(each, locale)
        sign, style = MARKS[each.grade]
        grid.add_row(Text(sign, style if each.grade != "ok" else "dim"), Text(what))
        if do:
            grid.add_row("", Text(f"→ {do}", style="dim"))
    return grid


def _headline(health: Health, words: Words) -> Text:
    open_ = [each for each in health.findings if each.grade != "ok"]
    sign, style = MARKS[health.grade]
    todo = words["well"] if not open_ else words["one"] if len(open_) == 1 else words["todo"].format(len(open_))
    return Text.assemble((f"{sign} {todo}", style), (f" · {health.look.merchant} · {health.look.at:%Y-%m-%d %H:%M:%S} UTC", "dim"))


def _accounts(accounts: Iterable[AccountHealth], now: datetime, words: Words, locale: str, *, wide: bool) -> Table:
    grid = _grid(words, ["", "shop", "pushed", "pulled", "every", *(["token"] if wide else []), "state"])
    for each in accounts:
        look = each.look
        sign, style = MARKS[each.grade]
        until = f"{look.token.until:%Y-%m-%d %H:%M}" if look.token and look.token.until else "—"
        grid.add_row(
            Text(sign, style),
            f"{look.platform}/{look.account}",
            _ago(look.pushed_at, now, words, locale) if look.pushes else "—",
            _ago(look.pulled_at, now, words, locale) if look.every else "—",
            lasting(look.every * 60, locale) if look.every else "—",
            *([until] if wide else []),
            _state(each, words),
        )
    return grid


def _state(account: AccountHealth, words: Words) -> Text:
    look, told = account.look, list[str]()
    if look.token and look.token.revoked:
        told.append(words["revoked"])
    if look.pause:
        told.append(words["paused"])
    elif account.behind_s:
        told.append(words["late"])
    told += [failure.reason for failure in look.failures]
    return Text(", ".join(dict.fromkeys(told)), MARKS[account.grade][1] if told else "")


def _queues(queues: Iterable[QueueDepth], now: datetime, words: Words, locale: str) -> Table:
    grid = _grid(words, ["", "queue", "waiting", "in_flight", "delayed", "oldest"])
    for each in queues:
        grid.add_row(
            "",
            each.name,
            str(each.waiting),
            str(each.in_flight),
            str(each.delayed),
            lasting(int((now - each.oldest_at).total_seconds()), locale) if each.oldest_at else "—",
        )
    return grid


def _figures(health: Health, words: Words, locale: str) -> Table:
    look = health.look
    lag = words["behind"].format(lasting(health.lag_s, locale)) if health.lag_s is not None else words["never"]
    sending = words["on"] if look.sending else words["off"]
    halted = words["halted"].format(", ".join(sorted(look.halted))) if look.halted else ""
    dead = sum(each.waiting + each.in_flight + each.delayed for each in look.queues if each.dead)
    rows = [
        ("clock", _ago(look.beat_at, look.at, words, locale), "stream", lag),
        ("cells", _count(look.cells), "dead", str(dead)),
        ("parked", _count(look.parked), "quarantine", str(sum(look.quarantine.values()))),
        ("sending", f"{sending} {halted}".strip(), "cases", _cases(look, words)),
        ("digest", look.digests.get("day", words["never"]), "readers", _readers(look)),
    ]
    grid = Table.grid(padding=(0, 2))
    for width in (1, None, None, None, None):
        grid.add_column(min_width=width)
    for left, value, right, other in rows:
        grid.add_row("", Text(words[left], "dim"), value, Text(words[right], "dim"), other)
    return grid


def _cases(look: Look, words: Words) -> str:
    late = f" · {words['overdue']} {_count(look.cases_overdue)}" if look.cases_overdue.count else ""
    return _count(look.cases) + late


def _readers(look: Look) -> str:
    return f"{look.readers - look.readers_left}/{look.readers}" if look.readers_left else str(look.readers)


def _grid(words: Words, names: list[str]) -> Table:
    numbers = {"waiting", "in_flight", "delayed"}
    grid = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for name in names:
        least = 1 if not name else None
        label = words.get(name, "") if name else ""
        justify = "right" if name in numbers else "left"
        grid.add_column(label, justify=justify, overflow="fold", min_width=cell_len(label) if label else least)  # type: ignore[arg-type]  # left or right
    return grid


def _ago(at: datetime | None, now: datetime, words: Words, locale: str) -> str:
    return words["ago"].format(lasting(int((now - at).total_seconds()), locale)) if at else words["never"]


def _count(counted: Counted) -> str:
    return f"{counted.count}+" if counted.more else str(counted.count)
