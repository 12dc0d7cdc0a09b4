"""`huitou members`: who is one person, since when, by what; cutting apart what was joined wrongly; where members stand."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from chalicelib.bootstrap import Application
from chalicelib.domain.graph import Member
from chalicelib.domain.lifecycle import State
from chalicelib.domain.order import local_day
from chalicelib.domain.portrait import Portrait
from chalicelib.domain.rfm import Segment
from chalicelib.errors import Permanent
from ops.cli.orders import find
from ops.cli.output import done, fields, money, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="People across shops.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
SEGMENTS: tuple[str, ...] = get_args(Segment)
STATES: tuple[str, ...] = get_args(State)
COLUMNS = (
    *("member", "segment", "recency_score", "frequency_score", "money_score", "last_day", "purchases", "net", "currency"),
    *("stage", "wake_on", "tier", "points", "last_platform", "platforms", "unrated"),
)
Key = Annotated[str, typer.Argument(help="a member or buyer as printed here, or an order: platform/account/order_id or its number")]


@app.command()
def show(
    key: Key,
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """A person: their buyers and orders, what they spent, and when they became who they are. No name, no address."""
    told = _told(open_application(data_dir, config), key)
    if as_json:
        print_json(told)
        return
    fields(
        f"member {told['member']}",
        {
            "buyers": ", ".join(told["buyers"]),
            "orders": told["orders"],
            "first day": told["first_day"],
            "last day": told["last_day"],
            "net": ", ".join(str(money(net, currency)) for currency, net in told["net"].items()) or None,
            "contacts": ", ".join(told["contacts"]) or None,
        },
    )
    if told["portrait"]:
        fields("portrait", _words(told["portrait"]))
    orders = told["order_rows"]
    table(
        "orders",
        [(name, "left") for name in ("order", "buyer", "day", "counts", "identities")],
        [list(row.values()) for row in orders],
    )
    if told["log"]:
        table(
            "joined and parted",
            [("at", "left"), ("buyers", "left")],
            [[each["at"], ", ".join(each["buyers"])] for each in told["log"]],
        )


@app.command()
def part(
    key: Key,
    identity: Annotated[str, typer.Argument(help="as `show` prints it")],
    *,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Cut a buyer from an identity, so that it links them to nobody any more."""
    _sever(open_application(data_dir, config), key, identity, again=False)
    done("cut; profiles and days are recomputed")


@app.command()
def join(key: Key, identity: str, *, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG) -> None:
    """Take back a cut."""
    _sever(open_application(data_dir, config), key, identity, again=True)
    done("joined again; profiles and days are recomputed")


@app.command()
def segments(*, data_dir: DataDir = DATA_DIR, config: ConfigFile = CONFIG, as_json: AsJson = False) -> None:
    """How many members are in which segment, stage and tier, and what they spent. Reads a row for each member."""
    told = _census(open_application(data_dir, config))
    if as_json:
        print_json(told)
        return
    fields("all members", {"as of": told["as_of"], "members": told["members"], "net": money(told["net"], told["currency"])})
    for part, heading in (
        ("segments", "by recency, frequency and money"),
        ("stages", "by their own rhythm"),
        ("tiers", "by what they bought lately"),
    ):
        columns = [("name", "left"), ("members", "right"), ("share", "right"), ("net", "right")]
        rows = [
            (each["name"], each["members"], f"{each['share']:.1%}", money(each["net"], told["currency"])) for each in told[part]
        ]
        table(heading, columns, rows)
    for currency, members in told["unrated"].items():
        done(f"{members} members bought in {currency} as well, which has no rate and is in no figure: see [[rates]]")


@app.command()
def export(
    *,
    out: Annotated[Path, typer.Option(help="the CSV file to write")],
    segment: Annotated[str | None, typer.Option(help=f"only of this segment: {', '.join(SEGMENTS)}")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
) -> None:
    """Members with their figures as a CSV file. No name, no address."""
    if segment is not None and segment not in SEGMENTS:
        raise typer.BadParameter(f"no such segment: one of {', '.join(SEGMENTS)}")
    app_ = open_application(data_dir, config)
    currency = app_.parts.config().currency
    count = 0
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for each in _portraits(app_):
            if segment in (None, each.segment):
                writer.writerow(_line(each, currency))
                count += 1
    done(f"{count} members in {out}")


def _portraits(app_: Application) -> Iterable[Portrait]:
    config = app_.parts.config()
    return app_.standings.portraits(config.merchant, local_day(app_.parts.clock.now(), config.zone))


def _census(app_: Application) -> dict[str, Any]:
    config, now = app_.parts.config(), app_.parts.clock.now()
    everybody = list(_portraits(app_))
    unrated = sorted({currency for each in everybody for currency in each.unrated})
    tiers = [tier.name for tier in config.members.tiers]
    return {
        "as_of": now,
        "currency": config.currency,
        "members": len(everybody),
        "net": sum(each.money for each in everybody),
        "segments": _shares(everybody, SEGMENTS, lambda each: each.segment),
        "stages": _shares(everybody, STATES, lambda each: each.stage.state),
        "tiers": _shares(everybody, (*tiers, "none"), lambda each: each.tier or "none") if tiers else [],
        "unrated": {currency: sum(currency in each.unrated for each in everybody) for currency in unrated},
    }


def _shares(everybody: list[Portrait], names: Iterable[str], name_of: Callable[[Portrait], str]) -> list[dict[str, Any]]:
    counts, nets = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    for each in everybody:
        counts[name_of(each)] += 1
        nets[name_of(each)] += each.money
    whole = max(len(everybody), 1)
    return [{"name": name, "members": count, "share": count / whole, "net": nets[name]} for name, count in counts.items()]


def _line(each: Portrait, currency: str) -> dict[str, Any]:
    scores = {"recency_score": each.score.recency, "frequency_score": each.score.frequency, "money_score": each.score.money}
    return scores | {
        "member": each.member,
        "segment": each.segment,
        "last_day": each.days[-1],
        "purchases": len(each.days),
        "net": each.money,
        "currency": currency,
        "stage": each.stage.state,
        "wake_on": each.stage.wake_on,
        "tier": each.tier,
        "points": each.points,
        "last_platform": each.last_platform,
        "platforms": " ".join(sorted(each.platforms)),
        "unrated": " ".join(each.unrated),
    }


def _portrait(app_: Application, person: Member) -> dict[str, Any] | None:
    config = app_.parts.config()
    found = app_.standings.portrait(person, local_day(app_.parts.clock.now(), config.zone))
    if found is None:
        return None
    line = _line(found, config.currency)
    return {name: line[name] for name in COLUMNS if name != "member"}


def _words(portrait: dict[str, Any]) -> dict[str, Any]:
    """A portrait for people."""
    return {
        "segment": portrait["segment"],
        "recency, frequency, money": " ".join(str(portrait[f"{name}_score"]) for name in ("recency", "frequency", "money")),
        "net": money(portrait["net"], portrait["currency"]),
        "not in it, for want of a rate": portrait["unrated"] or None,
        "purchases": portrait["purchases"],
        "stage": portrait["stage"],
        "changes on": portrait["wake_on"],
        "tier": portrait["tier"],
        "points": portrait["points"],
        "platforms": portrait["platforms"],
    }


def _sever(app_: Application, key: str, identity: str, *, again: bool) -> None:
    merchant, buyer = app_.parts.config().merchant, buyer_of(app_, key)
    before = app_.people.member(merchant, buyer).buyers
    if identity not in {each for row in app_.members.orders(merchant, buyer) for each in row.identities}:
        raise Permanent("identity-unknown", "this buyer's orders carry no such identity: see `huitou members show`")
    app_.members.sever(merchant, buyer, identity, again=again)
    app_.project.again(merchant, {*before, *app_.members.linked(merchant, identity, 100), buyer})


def buyer_of(app_: Application, key: str) -> str:
    """The buyer that is meant: itself, or that of an order."""
    merchant = app_.parts.config().merchant
    if app_.members.orders(merchant, key):
        return key
    member = app_.orders.read(find(app_, key)).member
    if member is None:
        raise Permanent("member-unknown", "the order has no buyer of its own: a guest's")
    return member


def _told(app_: Application, key: str) -> dict[str, Any]:
    merchant = app_.parts.config().merchant
    person = app_.people.member(merchant, buyer_of(app_, key))
    stored = app_.members.profile(merchant, person.name)
    profile = stored.profile
    identities = {identity for row in person.rows for identity in row.identities}
    rows = sorted(person.rows, key=lambda row: (row.day, row.platform, row.account, row.order_id))
    return {
        "member": person.name,
        "buyers": list(person.buyers),
        "orders": profile.orders,
        "first_day": profile.first_day,
        "last_day": profile.last_day,
        "net": profile.net,
        "portrait": _portrait(app_, person),
        "contacts": sorted({"/".join(each) for one in identities for each in app_.members.contacts(merchant, one)}),
        "order_rows": [
            {
                "order": f"{row.platform}/{row.account}/{row.order_id}",
                "buyer": row.member,
                "day": row.day,
                "counts": "yes" if row.counts else "no",
                "identities": ", ".join(row.identities),
            }
            for row in rows
        ],
        "log": [{"at": at, "buyers": list(buyers)} for at, buyers in stored.log],
    }
