"""`huitou consent`: what a person said about being written to, and putting down what they said elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from chalicelib.bootstrap import Application
from chalicelib.config_table import SLUG
from chalicelib.domain.campaign import CHANNELS
from chalicelib.domain.consent import MARKETING
from chalicelib.domain.events import Consent
from chalicelib.recording import subject_of
from ops.cli.members import Key, buyer_of
from ops.cli.output import moment, print_json, table
from ops.cli.session import CONFIG, DATA_DIR, ConfigFile, DataDir, open_application

app = typer.Typer(help="Whom people allow to write to them.", no_args_is_help=True)
EMPLOYEES = "wecom:"
Channel = Annotated[str, typer.Option(help="email, sms, wechat, whatsapp, or wecom:EMPLOYEE")]
Purpose = Annotated[str, typer.Option(help="what for")]
At = Annotated[str | None, typer.Option(help="when it was said (2026-11-20T08:00:00Z); without it now")]
Source = Annotated[str, typer.Option(help="where it was said: a form, a call, a letter")]
Version = Annotated[str, typer.Option("--text-version", help="which words they agreed to")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


@app.command()
def show(
    member: Key,
    *,
    channel: Annotated[str | None, typer.Option(help="only this channel")] = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Json = False,
) -> None:
    """What holds for a person on each channel and purpose, and every word that was ever said, the newest last."""
    application = open_application(data_dir, config)
    buyers = _buyers(application, member)[1]
    _print(_told(application, (*buyers, *_contacts(application, buyers)), channel), as_json=as_json)


@app.command()
def grant(
    member: Key,
    *,
    source: Source,
    text_version: Version,
    channel: Channel = "email",
    purpose: Purpose = MARKETING,
    at: At = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Json = False,
) -> None:
    """A person allowed to be written to. It is theirs to give: say where they gave it, and to which words."""
    application = open_application(data_dir, config)
    buyer, buyers = _buyers(application, member)
    word = _word(application, channel, purpose, at)
    known = _known_to(application, buyers, channel)
    _put(application, word | {"granted": True, "source": source, "text_version": text_version}, known or (buyer,))
    _print(_told(application, (*buyers, *known), channel), as_json=as_json)


@app.command()
def withdraw(
    member: Key,
    *,
    channel: Channel = "email",
    purpose: Purpose = MARKETING,
    source: Source = "told to us",
    at: At = None,
    data_dir: DataDir = DATA_DIR,
    config: ConfigFile = CONFIG,
    as_json: Json = False,
) -> None:
    """A person does not want to be written to: it holds for every buyer that they are."""
    application = open_application(data_dir, config)
    _, buyers = _buyers(application, member)
    word = _word(application, channel, purpose, at)
    known = _known_to(application, buyers, channel)
    _put(application, word | {"granted": False, "source": source}, known or buyers)
    _print(_told(application, (*buyers, *known), channel), as_json=as_json)


def _buyers(application: Application, member: str) -> tuple[str, tuple[str, ...]]:
    """The buyer that was named, and all those that the person is."""
    merchant = application.parts.config().merchant
    buyer = buyer_of(application, member)
    return buyer, application.people.member(merchant, buyer).buyers


def _known_to(application: Application, buyers: tuple[str, ...], channel: str) -> tuple[str, ...]:
    """Of a channel that is one employee's: who the person is to them, which is where the gate looks. Of other channels nobody."""
    if not channel.startswith(EMPLOYEES):
        return ()
    found = _contacts(application, buyers, channel.removeprefix(EMPLOYEES))
    if not found:
        raise typer.BadParameter("no employee of that name has this person as a contact", param_hint="--channel")
    return found


def _contacts(application: Application, buyers: tuple[str, ...], employee: str | None = None) -> tuple[str, ...]:
    """Who the person is in the employees' directories, or in that of one."""
    merchant, vault = application.parts.config().merchant, application.parts.vault
    rows = application.people.member(merchant, buyers[0]).rows
    identities = {identity for row in rows for identity in row.identities if identity.startswith("unionid:")}
    places = {place for identity in identities for place in application.members.contacts(merchant, identity)}
    shops = {(place[:2], place[2]) for place in places if place[0] == "wecom" and employee in (None, place[3])}
    return tuple(sorted(subject_of(vault, (merchant, *shop), contact) for shop, contact in shops))


def _word(application: Application, channel: str, purpose: str, at: str | None) -> dict[str, Any]:
    """The word but for what it says."""
    if channel not in CHANNELS and not channel.startswith(EMPLOYEES):  # else a withdrawal would lie where nobody looks
        raise typer.BadParameter(f"one of {', '.join(CHANNELS)}, or wecom:EMPLOYEE", param_hint="--channel")
    if not SLUG.fullmatch(purpose):
        raise typer.BadParameter("small letters, digits, - and _", param_hint="--purpose")
    now = application.parts.clock.now()
    said = moment(at) if at else now
    if said > now:  # it would outlast a withdrawal that is yet to come
        raise typer.BadParameter("nobody can have said it later than now", param_hint="--at")
    return {"channel": channel, "purpose": purpose, "at": said.astimezone(UTC)}


def _put(application: Application, word: dict[str, Any], buyers: tuple[str, ...]) -> None:
    merchant = application.parts.config().merchant
    for buyer in buyers:
        application.members.put_consent(Consent(merchant=merchant, platform="-", account="-", buyer_id="-", **word), buyer)


def _told(application: Application, buyers: tuple[str, ...], channel: str | None) -> dict[str, Any]:
    merchant = application.parts.config().merchant
    words = [word for buyer in buyers for word in application.members.words(merchant, buyer) if channel in (None, word.channel)]
    words.sort(key=lambda word: (word.at or datetime.min.replace(tzinfo=UTC), not word.granted))
    asked = sorted({(word.channel, word.purpose) for word in words})
    return {
        "buyers": list(buyers),
        "holds": [
            {"channel": one, "purpose": what, "granted": application.members.consent(merchant, buyers, one, what)}
            for one, what in asked
        ],
        "words": [
            {
                "at": word.at,
                "buyer": word.subject,
                "channel": word.channel,
                "purpose": word.purpose,
                "granted": word.granted,
                "source": word.source,
                "text_version": word.text_version,
            }
            for word in words
        ],
    }


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    heads = ("channel", "purpose", "granted")
    table("what holds", [(name, "left") for name in heads], [[row[name] for name in heads] for row in told["holds"]])
    shown = ("at", "channel", "purpose", "granted", "source", "text_version")
    table(
        "what was said",
        [(name.replace("_", " "), "left") for name in shown],
        [[row[name] for name in shown] for row in told["words"]],
    )
