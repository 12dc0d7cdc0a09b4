"""`huitou members`: who is one person, since when, by what; and cutting apart what was joined wrongly."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.errors import Permanent
from ops.cli.orders import find
from ops.cli.output import done, fields, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="People across shops.", no_args_is_help=True)
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
        f"member {told['member']}", {name: told[name] for name in ("buyers", "orders", "first_day", "last_day", "net", "contacts")}
    )
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
