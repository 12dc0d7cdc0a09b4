"""Commands that need no installation: verify, normalise."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl, urlsplit

import typer

from chalicelib.contract import Account, EventKind, RawRequest, ReceivesFeed, ReceivesWebhooks, Ref, Secrets
from chalicelib.domain.contact import Contact, Permission
from chalicelib.domain.order import Order, Refund
from chalicelib.domain.spend import SpendRow
from chalicelib.domain.voice import BuyerMessage, Question, Receipt, Review
from chalicelib.errors import Permanent, Skippable
from chalicelib.toolkit.canonical_json import to_json, to_plain
from chalicelib.toolkit.clocks import rfc3339
from connectors import registry
from ops.cli.output import done, fields, moment, money, pairs, print_json, table

Body = Annotated[Path, typer.Option("--body", exists=True, dir_okay=False, help="file with the raw body")]
Headers = Annotated[Path | None, typer.Option("--headers", exists=True, dir_okay=False, help='JSON file: {"Name": "value"}')]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON")]
Options = Annotated[list[str] | None, typer.Option("--option", help="account option NAME=VALUE (may be repeated)")]
File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="file with the raw payload")]


KINDS: dict[str, tuple[type, ...]] = {
    "order": (Order,),
    "refund": (Refund,),
    "review": (Review,),
    "question": (Question,),
    "message": (BuyerMessage, Receipt),
    "spend": (SpendRow,),
    "contact": (Contact, Permission),
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(verify)
    app.command()(normalise)


def verify(
    platform: str,
    *,
    body: Body,
    headers: Headers = None,
    method: Annotated[str, typer.Option(help="HTTP method")] = "POST",
    url: Annotated[str, typer.Option(help="the registered URL, with its query")] = "https://localhost/webhooks/platform/account",
    secret: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; a name may be given twice")] = None,
    at: Annotated[str | None, typer.Option(help="check as of this time (RFC 3339)")] = None,
    option: Options = None,
    as_json: AsJson = False,
) -> None:
    """Check one webhook's signature offline: exit 0 verified, 1 refused with the reason."""
    connector = registry.connector(platform)
    if not isinstance(connector, ReceivesWebhooks):
        raise Permanent("no-webhooks", "this platform sends no webhooks: any is refused", connector=platform)
    request = _request(body, headers, method, url)
    now = moment(at) if at else datetime.now(UTC)
    verified = connector.verify(request, _account(platform, None, option), Secrets(pairs(secret or (), "--secret")), now)
    if as_json:
        print_json(
            {
                "verified": True,
                "delivery_id": verified.delivery_id,
                "topic": verified.topic,
                "carries_event": verified.carries_event,
                "reply": {"status": verified.reply.status, "body": verified.reply.body},
            }
        )
        return
    done(f"verified: topic {verified.topic or '—'}, delivery {verified.delivery_id or '—'}")


def normalise(
    platform: str,
    kind: Annotated[str, typer.Argument(help="order, refund, review, question, message, spend, contact or event")],
    file: File,
    *,
    account: Annotated[str, typer.Option(help="account name to put into the result")] = "acme",
    merchant: Annotated[str, typer.Option(help="merchant name to put into the result")] = "demo",
    headers: Headers = None,
    topic: Annotated[str | None, typer.Option(help="last path segment of the webhook URL (event only)")] = None,
    option: Options = None,
    as_json: AsJson = False,
) -> None:
    """Raw payload to canonical JSON, offline. `event` lists the events in a webhook body."""
    connector = registry.connector(platform)
    ref = Ref(_account(platform, account, option, merchant), "offline", "import")
    if kind == "event":
        url = f"https://localhost/webhooks/{platform}/{account}" + (f"/{topic}" if topic else "")
        _events(connector, _request(file, headers, "POST", url), ref, as_json=as_json)
        return
    if kind not in KINDS:
        raise typer.BadParameter(f"{', '.join(KINDS)} or event")
    try:
        told = connector.canonical(cast(EventKind, kind), file.read_bytes(), ref)
    except Skippable as error:
        raise Permanent("not-supported", f"{kind}: {error}", connector=platform) from None
    found = [thing for thing in told if isinstance(thing, KINDS[kind])]
    if not found:
        raise Permanent("nothing-found", f"the payload holds no {kind}", connector=platform, path="$")
    if as_json:
        plain = [json.loads(to_json(thing)) for thing in found]
        print_json(plain[0] if len(plain) == 1 else plain)
        return
    for thing in found:
        fields(f"{kind} of {platform}/{account}", _summary(thing))


def _events(connector: Any, request: RawRequest, ref: Ref, *, as_json: bool) -> None:
    if not isinstance(connector, (ReceivesWebhooks, ReceivesFeed)):
        raise Permanent("no-webhooks", "this platform sends no webhooks")
    found = [
        {
            "delivery_id": event.delivery_id,
            "topic": event.topic,
            "kind": event.kind,
            "resource_id": event.resource_id,
            "occurred_at": rfc3339(event.occurred_at) if event.occurred_at else None,
            "thin": event.thin,
        }
        for event in connector.events(request, ref)
    ]
    if as_json:
        print_json(found)
        return
    names = ("delivery_id", "topic", "kind", "resource_id", "occurred_at", "thin")
    table("events", [(name, "left") for name in names], [[event[name] for name in names] for event in found])


def _summary(thing: Any) -> dict[str, Any]:
    if not isinstance(thing, Order | Refund):  # small and flat: what is told of it, as it is
        plain = to_plain(thing)
        return {name.replace("_", " "): _shown(name, plain) for name, value in plain.items() if value not in (None, [], False)}
    if isinstance(thing, Refund):
        return {
            "refund": thing.refund_id,
            "order": thing.order_id,
            "status": f"{thing.status} ({thing.kind})",
            "amount": money(thing.amount, thing.currency) if thing.currency else thing.amount,
            "closed": thing.closed_at,
        }
    lines = ", ".join(f"{line.quantity} × {line.title or line.sku or line.line_id}" for line in thing.lines)
    return {
        "order": f"{thing.order_no or ''} {thing.order_id}".strip(),
        "status": f"{thing.status} ({thing.platform_status})" if thing.platform_status else thing.status,
        "refund status": thing.refund_status,
        "total": money(thing.amounts.total, thing.currency),
        "paid": money(thing.amounts.paid, thing.currency),
        "refunded": money(thing.amounts.refunded, thing.currency),
        "placed": thing.placed_at,
        "lines": lines,
        "extra": thing.extra or None,
    }


def _shown(name: str, plain: dict[str, Any]) -> Any:
    value = plain[name]
    if name in ("spend", "revenue"):
        return money(value, plain["currency"])
    if isinstance(value, dict):
        return "; ".join(f"{key} {', '.join(item) if isinstance(item, list) else item}" for key, item in value.items() if item)
    return ", ".join(value) if isinstance(value, list) else value


def _request(body: Path, headers: Path | None, method: str, url: str) -> RawRequest:
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    topic = segments[-1] if segments and (len(segments) != 3 or segments[0] != "webhooks") else None
    return RawRequest(
        method=method.upper(),
        url=url.partition("?")[0],
        headers=_headers(headers),
        query=tuple(parse_qsl(parts.query, keep_blank_values=True)),
        body=body.read_bytes(),
        topic=topic,
    )


def _headers(path: Path | None) -> dict[str, tuple[str, ...]]:
    """`{"Name": "value" or ["value", ...]}`, or the same under a key `headers`."""
    if path is None:
        return {}
    try:
        raw = json.loads(path.read_text())
        table_ = raw.get("headers", raw)
        return {
            str(name).lower(): (value,) if isinstance(value, str) else tuple(str(entry) for entry in value)
            for name, value in table_.items()
        }
    except (ValueError, AttributeError, TypeError):
        raise typer.BadParameter('the headers file is JSON: {"Name": "value"}') from None


def _account(platform: str, account: str | None, option: list[str] | None, merchant: str = "demo") -> Account:
    options = {name: values[-1] for name, values in pairs(option or (), "--option").items()}
    return Account(merchant, platform, account or "account", options)
