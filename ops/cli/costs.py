"""`huitou products`, `freight`, `spend`, `traffic`, `stock`, `rates`: sheets from files. `huitou costs`: what days cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields as fields_of
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.cost_terms import CostTerms
from chalicelib.domain.costs import Waterfall, Waterfalls
from chalicelib.domain.order import local_day
from chalicelib.domain.periods import KINDS as PERIODS
from chalicelib.domain.periods import period_of
from chalicelib.domain.ratio import Ratio
from chalicelib.errors import Rejected
from chalicelib.sheet_kinds import FREIGHT, PRODUCTS, RATES, SPEND, STOCK, TRAFFIC, SheetKind, Shop, read_sheet
from chalicelib.sheets import Change
from chalicelib.toolkit.canonical_json import to_plain
from chalicelib.toolkit.tables import TableRead
from ops.cli.output import calendar_day, done, err, fail, fields, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

MOST_BYTES = 64 * 1024 * 1024
SHOWN_FLAWS = 50
T = TypeVar("T")
Csv = Annotated[
    Path, typer.Argument(help="CSV: UTF-8, UTF-16 or GB 18030, headings in English or Chinese", exists=True, dir_okay=False)
]
Check = Annotated[bool, typer.Option("--check", help="say what would change, and change nothing")]
Partial = Annotated[bool, typer.Option("--partial", help="take the good lines of a file that has bad ones")]
Replace = Annotated[bool, typer.Option("--replace", help="drop what is there and not in the file")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Day = Annotated[str | None, typer.Option("--date", help="as of this day (2026-11-20); today without")]

costs = typer.Typer(help="What days cost, and by what it is known.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the groups."""
    for kind, says in (
        (PRODUCTS, "The product master: costs, categories, roles, weights."),
        (FREIGHT, "What parcels cost, by carrier, region and weight."),
        (TRAFFIC, "Visits by account and day."),
        (STOCK, "Stock by sku and day."),
        (RATES, "Exchange rates, beside those of huitou.toml, which win."),
    ):
        app.add_typer(_group(kind, says), name=kind.name)
    app.add_typer(_spend_group(), name="spend")
    app.add_typer(costs, name="costs")


def _group(kind: SheetKind[Any], says: str) -> typer.Typer:
    group = typer.Typer(help=says, no_args_is_help=True)

    @group.command("import")
    def import_(
        file: Csv,
        *,
        check: Check = False,
        partial: Partial = False,
        replace: Replace = False,
        data_dir: DataDir = DATA_DIR,
        config: ConfigFile = CONFIG,
    ) -> None:
        """Keep the lines of a file. Nothing is kept of a file with a bad line. The same file again changes nothing."""
        application = open_application(data_dir, config)
        merchant, sheets = application.parts.config().merchant, application.cost_sheets
        _import(
            application,
            kind,
            file,
            (check, partial),
            lambda rows, _: (
                sheets.plan(merchant, kind, rows, replace=replace)
                if check
                else sheets.take(merchant, kind, rows, source=file.name, replace=replace)
            ),
        )

    @group.command("list")
    def list_(*, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
        """Every line that is kept."""
        application = open_application(data_dir, config)
        rows = application.cost_sheets.rows(application.parts.config().merchant, kind)
        _print_rows(kind.name, [field.name for field in fields_of(kind.row)], rows, as_json)

    if kind is PRODUCTS:
        group.command("show")(show_product)
    return group


def show_product(
    sku: str, *, day: Day = None, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG
) -> None:
    """One sku as it stands on a day."""
    application = open_application(data_dir, config)
    when = calendar_day(day) if day else _today(application)
    found = application.cost_sheets.products(application.parts.config().merchant).get(sku, when)
    if found is None:
        raise Rejected("no-product", "the product master has no such sku: `huitou products import FILE`", status=404)
    told = {field.name: getattr(found, field.name) for field in fields_of(found)}
    if as_json:
        print_json(told)
        return
    told["cost"] = money(found.cost, found.currency) if found.currency else None
    fields(sku, told | {"category": " / ".join(found.category) or None})


def _spend_group() -> typer.Typer:
    group = typer.Typer(help="What advertising cost, where no connector tells it.", no_args_is_help=True)
    group.command("import")(import_spend)
    group.command("list")(list_spend)
    return group


def import_spend(
    file: Csv, *, check: Check = False, partial: Partial = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG
) -> None:
    """Keep the lines of a file as rows of spend, as connectors tell them. A line told before is replaced by what it says now."""
    application = open_application(data_dir, config)
    merchant, spending = application.parts.config().merchant, application.spending
    _import(
        application,
        SPEND,
        file,
        (check, partial),
        lambda rows, data: spending.plan(rows) if check else spending.take(merchant, rows, data, file.name),
    )


def list_spend(
    *,
    day: Annotated[str, typer.Option("--date", help="the day, 2026-11-20")],
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """A day's spend of every account that tells it, and which of them is missing."""
    application = open_application(data_dir, config)
    days = application.costing.spend([calendar_day(day)])
    if as_json:
        print_json([_plain(each) for each in days])
        return
    rows = []
    for each in days:
        spent = application.costing.ads([each])
        shown = [money(spent.spend, application.parts.config().currency), spent.impressions, spent.clicks]
        rows.append([f"{each.platform}/{each.account}", each.state, len(each.rows), *shown, each.reported_at, each.source])
    names = ("account", "state", "campaigns", "spend", "impressions", "clicks", "read at", "file")
    right = {"campaigns", "spend", "impressions", "clicks"}
    table(f"spend of {day}", [(name, "right" if name in right else "left") for name in names], rows)


@costs.command("show")
def show(*, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """By what costs are known: fees of each account, where told, and what is only usual or not known."""
    application = open_application(data_dir, config)
    known = application.parts.config()
    rows = [_fees(known.costs, (entry.platform, entry.account)) for entry in known.accounts]
    if as_json:
        print_json(
            {"accounts": rows, "ship_within_hours": known.costs.ship_within_hours, "least_covered": known.costs.least_covered}
        )
        return
    names = ("account", "commission", "told by", "order fee", "payment", "payment fee", "ships within", "free shipping from")
    table(f"fees of {known.merchant}, shares of net sales", [(name, "left") for name in names], [row.values() for row in rows])


@costs.command("sheets")
def sheets(*, as_json: AsJson = False, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Every sheet: how many lines, since when, from which file."""
    application = open_application(data_dir, config)
    heads = application.sheets.heads(application.parts.config().merchant)
    if as_json:
        print_json([{"sheet": name} | _plain(head) for name, head in heads.items()])
        return
    rows = [[name, head.rows, head.at, head.source, head.fingerprint, len(head.before)] for name, head in heads.items()]
    names = ("sheet", "lines", "since", "file", "content", "earlier ones")
    table("sheets", [(name, "right" if name == "lines" else "left") for name in names], rows)


@costs.command("back")
def back(sheet: str, content: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Let an earlier content of a sheet hold again, as `huitou costs sheets --json` names it."""
    application = open_application(data_dir, config)
    head = application.sheets.go_back(application.parts.config().merchant, sheet, content)
    done(f"{sheet} has {head.rows} lines again")


@costs.command("margin")
def margin(
    *,
    day: Annotated[str, typer.Option("--date", help="the day (2026-11-20), or any of the week or month")],
    period: Annotated[str, typer.Option(help=", ".join(PERIODS))] = "day",
    as_json: AsJson = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """From sales to contribution margin, in whole and by account, and what of it is not known."""
    kind = next((each for each in PERIODS if each == period), None)
    if kind is None:
        raise typer.BadParameter(f"one of {', '.join(PERIODS)}", param_hint="--period")
    application = open_application(data_dir, config)
    when = period_of(kind, calendar_day(day))
    found = application.costing.of(when.days)
    if as_json:
        print_json(_told(found))
        return
    _print_waterfall(found, application.parts.config().currency, when.name)


def _import(
    application: Application,
    kind: SheetKind[T],
    file: Path,
    how: tuple[bool, bool],
    keep: Callable[[Iterable[T], bytes], Change],
) -> None:
    if file.stat().st_size > MOST_BYTES:
        raise Rejected("sheet-refused", "the file is larger than 64 MB", status=400)
    check, partial = how
    data = file.read_bytes()
    read = read_sheet(kind, data, _shop(application))
    _tell_flaws(read)
    if (read.flaws and not partial) or not read.taken:
        fail(f"nothing taken: {len(read.flaws)} bad lines" if read.flaws else "nothing taken: no line in it")
        raise typer.Exit(1)
    change = keep(read.taken.values(), data)
    told = f"{change.new} new, {change.changed} changed, {change.same} as before"
    told += f", {change.dropped} dropped" if change.dropped else ""
    done(f"{'would be: ' if check else ''}{kind.name}: {told}" + (f"; {len(read.flaws)} bad lines left out" if read.flaws else ""))


def _tell_flaws(read: TableRead[Any]) -> None:
    for flaw in read.flaws[:SHOWN_FLAWS]:
        fail(str(flaw))
    if len(read.flaws) > SHOWN_FLAWS:
        err().print(f"and {len(read.flaws) - SHOWN_FLAWS} more")


def _shop(application: Application) -> Shop:
    config = application.parts.config()
    accounts = frozenset((entry.platform, entry.account) for entry in config.accounts)
    return Shop(config.currency, accounts, config.merchant, config.zone.key, application.spending.pulled())


def _print_rows(title: str, names: list[str], rows: Iterable[object], as_json: bool) -> None:
    if as_json:
        print_json([_plain(row) for row in rows])
        return
    told = [[_cell(getattr(row, name)) for name in names] for row in rows]
    table(title, [(name.replace("_", " "), "left") for name in names], told)


def _cell(value: object) -> object:
    return " / ".join(value) if isinstance(value, tuple) else value


def _plain(value: Any) -> Any:
    """As JSON prints it: dataclasses and structs by their fields."""
    return to_plain(value)


def _fees(terms: CostTerms, account: tuple[str, str]) -> dict[str, Any]:
    fee, payment = terms.commission(account), terms.payment(account)
    usual = fee.usual if fee else None
    return {
        "account": "/".join(account),
        "commission": _percent(fee.share.numerator, fee.share.denominator) if fee else None,
        "told by": None if fee is None else f"usual: {usual[0]}-{usual[1]} ‰" if usual else "huitou.toml",
        "order fee": terms.order_fee(account),
        "payment": _percent(payment.numerator, payment.denominator) if payment is not None else None,
        "payment fee": terms.payment_fee(account),
        "ships within": terms.promised_hours(account),
        "free shipping from": ", ".join(map(str, terms.free_shipping(account))) or None,
    }


def _percent(numerator: int, denominator: int) -> str | None:
    """A share with two decimals."""
    value = Ratio(numerator, denominator).scaled(10_000)
    return None if value is None else f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02} %"


def _told(found: Waterfalls) -> dict[str, Any]:
    accounts = [_waterfall(each) for each in found.accounts.values()]
    return {"total": _waterfall(found.total), "accounts": accounts, "fixed": found.fixed, "unrated": list(found.unrated)}


def _waterfall(each: Waterfall) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(each)
    plain["account"] = "/".join(each.account) if each.account else None
    for part, told in zip(each.parts, plain["parts"], strict=True):
        told |= {"cost": part.cost, "covered": part.covered.permille()}
    return plain


def _print_waterfall(found: Waterfalls, currency: str, name: str) -> None:
    columns = [found.total, *found.accounts.values()]
    heads = [("", "left"), ("all", "right"), *(("/".join(account), "right") for account in found.accounts)]
    rows: list[list[str | None]] = []
    for label, read in (
        ("gmv", "gmv"),
        ("- tax by platform", "tax_platform"),
        ("- refunds", "refunds"),
        ("net sales", "net_sales"),
    ):
        rows.append([label, *(money(getattr(each, read), currency) for each in columns)])
    for part in found.total.parts:
        costs_of = [each.part(part.kind).cost for each in columns]
        rows.append([f"- {part.kind}", *("n/a" if cost is None else money(cost, currency) for cost in costs_of)])
    rows.append(["contribution margin", *("n/a" if each.margin is None else money(each.margin, currency) for each in columns)])
    table(f"{name}, {currency}", heads, rows)
    for part in found.total.parts:
        share = part.covered.permille()
        if part.usual:
            err().print(f"{part.kind}: the platform's usual share for {', '.join(part.usual)}: tell yours in [[costs.accounts]]")
        if part.lacking or not part.whole:
            rest = f", the rest estimated at {money(part.estimated, currency)}" if part.estimated else ""
            known = "not told" if part.cost is None else f"known of {_percent(share or 0, 1000)}{rest}"
            lacks = "; ".join(f"{gap.name} ({gap.count})" for gap in part.gaps)
            err().print(f"{part.kind}: {known}{': ' + lacks if lacks else ''}", highlight=False)
    goods = found.total.part("goods")
    if found.total.margin is None:
        err().print(f"no margin: {goods.lacking} skus without cost: `huitou products import FILE`")
    for code in found.unrated:
        err().print(f"{code} has no rate and is in no figure: `huitou rates import FILE`")


def _today(application: Application) -> date:
    return local_day(application.parts.clock.now(), application.parts.config().zone)
