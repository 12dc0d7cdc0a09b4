"""`huitou erase` and `huitou export`: a person's data destroyed, or handed out; and what platforms ask on their behalf."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.belongings import Held, Seed
from chalicelib.bootstrap import Application
from chalicelib.erasing import Erasure
from chalicelib.errors import ConfigError, Permanent
from chalicelib.finding_people import FindingPeople
from chalicelib.handing_out import readable
from chalicelib.petitions import Petition
from chalicelib.stages import SETTLE
from ops.cli.orders import find
from ops.cli.output import done, err, fields, plain, print_json, table
from ops.cli.secret_input import interactive
from ops.cli.selecting import AsJson, actor
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

Who = Annotated[
    str | None,
    typer.Argument(
        metavar="[MEMBER]",
        help="a member or buyer as `huitou members` prints it, or an order: platform/account/order_id. Left out: asked for, so "
        "that no address and no number stands in the shell's history",
    ),
]
SHORT = 12


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(erase)
    app.command()(export)


def erase(
    member: Who = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would go, and touch nothing")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    listed: Annotated[bool, typer.Option("--list", help="what is under way, and what platforms asked")] = False,
    reapply: Annotated[bool, typer.Option("--reapply", help="after a restore: everybody who was ever erased, once more")] = False,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Erase a person: nobody opens their data again, what they did stays counted. Again: carry on. It cannot be undone."""
    app = open_application(data_dir, config)
    if listed:
        _list(app, as_json=as_json)
    elif reapply:
        _reapply(app, yes=yes)
    else:
        _erase(app, _asked(app, member), dry_run=dry_run, yes=yes, as_json=as_json)


def export(
    member: Who = None,
    *,
    out: Annotated[Path | None, typer.Option("--out", help="the JSON file to write, for its owner alone to read")] = None,
    petition: Annotated[
        str | None, typer.Option("--petition", help="one that a platform asked for: see `huitou erase --list`")
    ] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: AsJson = False,
) -> None:
    """All that is held of a person, readable: for themselves, or whoever has a right to it. Kept in the audit."""
    app = open_application(data_dir, config)
    if out is None and not as_json:
        raise typer.BadParameter("give --out FILE, or --json to print it")
    asked = _petition(app, petition) if petition else None
    seed = app.privacy.petitions.seed(asked) if asked else _asked(app, member)
    if not seed.buyers and not seed.orders:
        raise Permanent("nobody-found", "nothing is held of anybody of that name")
    named = asked.id if asked else (*seed.buyers, *(f"{key.platform}/{key.account}/{key.order_id}" for key in seed.orders))[0]
    app.audit.note(app.parts.config().merchant, actor(), "person.export", named)
    told = app.privacy.handing_out.of(seed)
    if as_json:
        print_json(told)
    if out is not None:
        _write(out, json.dumps(told, ensure_ascii=False, indent=2, default=plain) + "\n")
        _write(out.with_name(f"{out.stem}.README.txt"), readable(told))
        done(f"{len(told['orders'])} orders and all else in {out}; what is what in {out.stem}.README.txt. Keep both safe")
    if asked is not None:
        app.privacy.petitions.done(asked)
        done(f"the petition {asked.id} is seen to: hand the file to whoever asked")


def _asked(app: Application, member: str | None) -> Seed:
    """Who is meant, by an argument or, where that would be personal, by an answer."""
    people = app.lookups.people
    if member is not None:
        if people.is_personal(member):
            raise typer.BadParameter("an address or a number stays in the shell's history: leave it out, and it is asked for")
        return _seed(app, people, member)
    told = str(typer.prompt("E-mail address, phone number with its country, or the buyer's id at a platform", err=True))
    return _seed(app, people, told.strip())


def _seed(app: Application, people: FindingPeople, told: str) -> Seed:
    merchant, belongings = app.parts.config().merchant, app.privacy.belongings
    if told.count("/") >= 2 or not (found := people.find(told)):
        parts = told.split("/")
        if len(parts) > 2 and not app.lookups.orders.find(told):  # a buyer who never bought: a contact, or who only wrote
            return belongings.person(merchant, belongings.buyers_of(merchant, parts[0], parts[1], "/".join(parts[2:])))
        key = find(app, told)
        return belongings.person(merchant, [], [key])
    return belongings.person(merchant, found)


def _erase(app: Application, seed: Seed, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    merchant, erasing = app.parts.config().merchant, app.privacy.erasing
    held = app.privacy.belongings.of(merchant, seed)
    told = _counted(held)
    if as_json and dry_run:
        print_json(told)
    elif not as_json:
        fields("would go" if dry_run else "goes", told)
    if dry_run:
        return
    _confirm(held, yes=yes)
    app.audit.note(merchant, actor(), "person.erase", (*held.buyers, "a guest")[0])
    shops = [(each.platform, each.account) for each in app.parts.config().accounts]
    erasure = erasing.carry_on(erasing.begin(seed, "ops", shops).id)
    if as_json:
        print_json(_shown(erasure))
    _say(erasure)


def _counted(held: Held) -> dict[str, Any]:
    return {
        "buyers": len(held.buyers),
        "orders": len(held.orders),
        "contacts": len(held.contacts),
        "identities": len(held.identities),
        "keys": len(held.subjects),
        "shops": [f"{platform}/{account}" for platform, account in held.shops],
    }


def _confirm(held: Held, *, yes: bool) -> None:
    if yes:
        return
    if not interactive():
        raise ConfigError("not-confirmed", "nobody is there to ask: give --yes")
    err().print(
        f"The personal data of {len(held.buyers)} buyers and {len(held.orders)} orders are destroyed and cannot be brought back, "
        "by a backup neither. What they bought stays in all sums.",
        highlight=False,
    )
    if typer.prompt("Type erase to go on", default="", show_default=False, err=True) != "erase":
        raise ConfigError("not-confirmed", "something else was typed: nothing was done")


def _say(erasure: Erasure) -> None:
    if erasure.over:
        done(f"erased: {erasure.erased} orders and records, and {erasure.taken} things where their words lay among others'")
        return
    minutes = int(SETTLE.total_seconds() // 60)
    done("their keys are destroyed: nobody opens their data any more")
    err().print(
        f"In {minutes} minutes, when every worker has forgotten the keys, the rest goes: by itself within the hour, or by this "
        "command."
    )


def _reapply(app: Application, *, yes: bool) -> None:
    merchant, erasing = app.parts.config().merchant, app.privacy.erasing
    if not yes and not interactive():
        raise ConfigError("not-confirmed", "nobody is there to ask: give --yes")
    if not yes and not typer.confirm("Was the table, or that of the keys, restored?", err=True):
        raise ConfigError("not-confirmed", "then there is nothing to do")
    app.audit.note(merchant, actor(), "person.reapply", "everybody who was erased")
    count = erasing.reapply()
    erasing.run()
    done(f"tombstones put back: {count}; the sweep does the rest within the hour")


def _list(app: Application, *, as_json: bool) -> None:
    erasures, petitions = app.privacy.erasing.all(), app.privacy.petitions.open()
    if as_json:
        print_json({"erasures": [_shown(each) for each in erasures], "petitions": [_asked_for(each) for each in petitions]})
        return
    rows = [(each.id[:SHORT], each.stage, each.by, each.at[:16], each.due[:16]) for each in erasures]
    table("under way", [(name, "left") for name in ("erasure", "stage", "by", "asked", "due")], rows)
    told = [(each.id, each.kind, f"{each.platform}/{each.account}", each.at[:16], each.due[:16]) for each in petitions]
    table("platforms ask", [(name, "left") for name in ("petition", "what", "shop", "asked", "due")], told)


def _shown(erasure: Erasure) -> dict[str, Any]:
    names = ("id", "stage", "by", "at", "due", "erased", "taken")
    return {name: getattr(erasure, name) for name in names} | {"buyers": list(erasure.buyers)}


def _asked_for(petition: Petition) -> dict[str, Any]:
    return {name: getattr(petition, name) for name in ("id", "kind", "platform", "account", "at", "due")}


def _petition(app: Application, name: str) -> Petition:
    found = app.privacy.petitions.find(name)
    if found is None or found.kind != "export":
        raise Permanent("petition-unknown", "no platform asks for that, or it was seen to: `huitou erase --list`")
    return found


def _write(path: Path, text: str) -> None:
    """For its owner alone from the first byte on."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
