"""`huitou metrics`: what each figure of a digest is, and how one of them came about."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.domain.figures import BY_KEY, METRICS, PARTS, SCALES, Metric, Parts
from chalicelib.domain.money import Money
from chalicelib.domain.periods import KINDS, Period, period_of
from ops.cli.output import calendar_day, fail, out, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

metrics = typer.Typer(no_args_is_help=True, help="What each figure of a digest is, and how it came about.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    metrics.command("list")(list_)
    metrics.command()(show)
    app.add_typer(metrics, name="metrics")


def list_(*, json: Annotated[bool, typer.Option("--json", help="as JSON")] = False) -> None:
    """All metrics with their formulas."""
    if json:
        print_json([{"metric": metric.key, "unit": metric.unit, "formula": metric.formula} for metric in METRICS])
        return
    rows = [(metric.key, metric.unit, metric.formula) for metric in METRICS]
    table("metrics", [("metric", "left"), ("unit", "left"), ("formula", "left")], rows)


def show(
    metric: Annotated[str, typer.Argument(help="its key, see `huitou metrics list`")],
    *,
    day: Annotated[str, typer.Option("--date", help="the day (2026-11-20), or any of the week or month")],
    period: Annotated[str, typer.Option(help=", ".join(KINDS))] = "day",
    account: Annotated[str | None, typer.Option(help="platform/account; the whole merchant without")] = None,
    json: Annotated[bool, typer.Option("--json", help="as JSON")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """One figure with all it is made of, computed again."""
    found, kind = BY_KEY.get(metric), next((each for each in KINDS if each == period), None)
    if found is None:
        raise typer.BadParameter("no such metric: see `huitou metrics list`", param_hint="METRIC")
    if kind is None:
        raise typer.BadParameter(f"one of {', '.join(KINDS)}", param_hint="--period")
    app = open_application(data_dir, config)
    when = period_of(kind, calendar_day(day))
    measured = app.reporting.measured(when)
    if account is None:
        parts: Parts = measured.total
    else:
        platform, _, name = account.partition("/")
        if (platform, name) not in measured.accounts:
            fail(f"nothing is known of {account} in {when.name}")
            raise typer.Exit(1)
        parts = measured.accounts[platform, name]
    told = _told(found, parts, app.parts.config().currency)
    if json:
        print_json({"metric": found.key, "period": when.name, "account": account, **told})
        return
    _print(found, when, account, told)


def _told(metric: Metric, parts: Parts, currency: str) -> dict[str, Any]:
    """`value` in the unit's smallest part, `shown` as a person reads it; parts in minor units where they are money."""
    value = metric.value(parts)
    used = {name: parts.get(name) for name in metric.names}
    return {"unit": metric.unit, "formula": metric.formula, "value": value, "shown": _shown(metric, value, currency), "parts": used}


def _shown(metric: Metric, value: int | None, currency: str) -> str:
    if value is None:
        return "n/a"
    if metric.unit == "money":
        return f"{Money(value, currency).major()} {currency}"
    if metric.unit == "count":
        return f"{value:,}"
    digits, sign = {"percent": (1, " %"), "points": (1, ""), "times": (2, " ×"), "stars": (2, " ★")}[metric.unit]
    text = str(abs(value)).rjust(digits + 1, "0")
    return f"{'-' if value < 0 else ''}{text[:-digits]}.{text[-digits:]}{sign}"


def _print(metric: Metric, when: Period, account: str | None, told: dict[str, Any]) -> None:
    whose = account or "all accounts"
    out().print(f"[bold]{metric.key}[/] of {when.name}, {whose}: [bold]{told['shown']}[/]")
    out().print(f"= {told['formula']}", highlight=False)
    rows = [(name, value, PARTS[name]) for name, value in told["parts"].items()]
    table("parts (money in minor units)", [("part", "left"), ("value", "right"), ("from", "left")], rows)
    if any(value is None for value in told["parts"].values()):
        out().print("A part that nobody tells makes the metric unknown; it is never taken for nought.")
    elif told["value"] is None:
        out().print("There is nothing to divide by.")
    scale = SCALES[metric.unit]
    if scale != 1:
        out().print(f"The exact quotient × {scale}, rounded half away from zero: {told['value']}")
