"""The profit section of a digest: from sales to contribution margin, what of the costs is known, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chalicelib.adapters import charts
from chalicelib.adapters.catalogue import words
from chalicelib.adapters.digest_model import Cell, Column, Line, Section, Shown, Table
from chalicelib.adapters.digest_words import LONGEST_NAME, Tongue
from chalicelib.domain import wording
from chalicelib.domain.cost_parts import LINELESS, WAITING, Part
from chalicelib.domain.costs import Waterfall, Waterfalls
from chalicelib.domain.ratio import Ratio

NAMED_GAPS = 3
# What a merchant runs to tell what is missing.
COMMANDS = {"goods": "huitou products import", "freight": "huitou freight import", "ads": "huitou spend import"}


def section(told: Waterfalls | None, tongue: Tongue) -> Section | None:
    """The waterfall as a picture and a table, margins by account, and what is not in them."""
    if told is None:
        return None
    total, picture = told.total, _shown(told.total, tongue)
    tables = [_parts(total, tongue)]
    if len(told.accounts) > 1:
        tables.append(_accounts(told, tongue))
    lead = () if total.margin is not None else (tongue.say("margin_unknown"),)
    notes = (*_gaps(total, tongue), *_aside(told, tongue))
    return Section(
        "profit", tongue.say("profit"), lead=lead, shown=(picture,) if picture else (), tables=tuple(tables), notes=notes
    )


def _shown(total: Waterfall, tongue: Tongue) -> Shown | None:
    """The picture; none where there is no margin to end it with."""
    if total.margin is None:
        return None
    say = words("chart", tongue.locale)
    changes = [("tax", -total.tax_platform), ("refunds", -total.refunds)]
    steps = [_step(say("gmv"), total.gmv, tongue, total=True)]
    steps += [_step(say(key), change, tongue) for key, change in changes if change]
    if len(steps) > 1:
        steps.append(_step(say("net_sales"), total.net_sales, tongue, total=True))
    steps += [_step(say(part.kind), -part.cost, tongue) for part in total.parts if part.cost]
    steps.append(_step(say("contribution"), total.margin, tongue, total=True))
    parts = tongue.say("separator").join(f"{step.label} {step.figure}" for step in steps)
    chart = charts.Waterfall(tuple(steps))
    return Shown("margin", tongue.say("margin_caption"), tongue.say("margin_alt", parts=parts), chart, _parts(total, tongue))


def _step(label: str, change: int, tongue: Tongue, *, total: bool = False) -> charts.Step:
    plus = "+" if change > 0 and not total else ""
    return charts.Step(label, change, total, plus + tongue.money(change))


def _parts(total: Waterfall, tongue: Tongue) -> Table:
    """Every step with its share of net sales, and how much of a cost is known."""
    say = words("chart", tongue.locale)
    columns = (
        Column("", right=False),
        Column(tongue.say("amount")),
        Column(tongue.say("of_net_sales")),
        Column(tongue.say("known")),
    )

    def line(name: str, amount: int | None, *, known: str = "", below: str = "", strong: bool = False) -> Line:
        share = tongue.percent(Ratio(amount, total.net_sales).permille())
        return Line((Cell(name, below, strong=strong), Cell(tongue.money(amount), strong=strong), Cell(share), Cell(known)))

    lines = [line(say("gmv"), total.gmv)]
    lines += [line(say(key), -value) for key, value in (("tax", total.tax_platform), ("refunds", total.refunds)) if value]
    lines.append(line(say("net_sales"), total.net_sales, strong=True))
    for part in total.parts:
        cost = part.cost
        below = tongue.say("estimated", amount=tongue.money(part.estimated)) if part.estimated else ""
        lines.append(line(say(part.kind), None if cost is None else -cost, known=_known(part, tongue), below=below))
    lines.append(line(say("contribution"), total.margin, strong=True))
    return Table(columns, tuple(lines), whole=True)


def _known(part: Part, tongue: Tongue) -> str:
    return tongue.percent(part.covered.permille()) if part.covered.known else tongue.percent(1000 if part.whole else 0)


def _accounts(told: Waterfalls, tongue: Tongue) -> Table:
    columns = (
        Column(tongue.say("account"), right=False),
        Column(tongue.say("net_sales"), phone=False),
        Column(tongue.say("margin")),
        Column(tongue.say("of_net_sales")),
    )
    ordered = sorted(told.accounts.items(), key=lambda one: (one[1].margin is None, -(one[1].margin or 0), one[0]))
    lines = []
    for (platform, account), one in ordered:
        name = Cell(tongue.platform(platform), wording.clean(account, LONGEST_NAME), strong=True)
        share = tongue.percent(Ratio(one.margin, one.net_sales).permille())
        lines.append(Line((name, Cell(tongue.money(one.net_sales)), Cell(tongue.money(one.margin), strong=True), Cell(share))))
    return Table(columns, tuple(lines), caption=tongue.say("margin_by_account"))


def _gaps(total: Waterfall, tongue: Tongue) -> Iterator[str]:
    """What of each cost is missing, and what to run."""
    say = words("chart", tongue.locale)
    for part in total.parts:
        if part.lacking:
            names = _named([_gap(gap.name, tongue) for gap in part.gaps], part.lacking, tongue)
            yield tongue.say("cost_missing", cost=say(part.kind), names=names, command=COMMANDS.get(part.kind, "[costs]"))
        if part.usual:
            names = _named([wording.clean(name, LONGEST_NAME) for name in part.usual], len(part.usual), tongue)
            yield tongue.say("cost_usual", cost=say(part.kind), names=names)


def _named(names: Sequence[str], number: int, tongue: Tongue) -> str:
    """The first of so many, and how many more there are."""
    told = list(names[:NAMED_GAPS])
    if number > len(told):
        told.append(tongue.say("more_sources", number=str(number - len(told))))
    return tongue.say("separator").join(told)


def _gap(name: str, tongue: Tongue) -> str:
    known = {WAITING: "gap_waiting", LINELESS: "gap_lineless"}
    return tongue.say(known[name]) if name in known else wording.clean(name, LONGEST_NAME)


def _aside(told: Waterfalls, tongue: Tongue) -> Iterator[str]:
    """What is told for information, and what belongs to no order."""
    total, say = told.total, words("chart", tongue.locale)
    if total.without:
        costs = tongue.say("separator").join(say(kind) for kind in total.without)
        yield tongue.say("margin_without", costs=costs)
    for key, amount in (("aside_subsidy", total.subsidy), ("aside_coupons", total.coupons), ("aside_fixed", told.fixed)):
        if amount:
            yield tongue.say(key, amount=tongue.money(amount))
    if told.unrated:
        currencies = tongue.say("separator").join(told.unrated)
        yield tongue.say("unrated", currencies=currencies, currency=tongue.report.currency)
