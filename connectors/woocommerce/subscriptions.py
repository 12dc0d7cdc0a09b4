"""The shop's webhooks, by its REST API. A webhook that failed six times in a row is switched off, and is switched on again here."""

from __future__ import annotations

import msgspec

from chalicelib.contract import Api
from chalicelib.errors import Permanent
from chalicelib.subscribing import PushSubscription
from chalicelib.toolkit.loose import Id, ident
from connectors.woocommerce.api import get, send, total_of
from connectors.woocommerce.push import KEY, READ

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
SIZE = 100
MOST_PAGES = 20


class _Hook(msgspec.Struct):
    id: Id = None
    topic: str | None = None
    status: str | None = None
    delivery_url: str | None = None


class _Hooks(msgspec.Struct):
    rows: list[_Hook]


def listed(address: str, api: Api) -> tuple[PushSubscription, ...]:
    """The webhooks that deliver to `address`, whatever their state."""
    found: list[PushSubscription] = []
    for page in range(1, MOST_PAGES + 1):
        query = (("status", "all"), ("per_page", str(SIZE)), ("page", str(page)), ("orderby", "id"), ("order", "asc"))
        answer = get(api, "webhooks", query)
        rows = READ.decode(_Hooks, b'{"rows":' + answer.body + b"}", None).rows
        mine = [row for row in rows if row.delivery_url == address and row.topic]
        found += [PushSubscription(row.topic or "", ident(row.id), active=row.status == "active") for row in mine]
        if page * SIZE >= total_of(answer):
            return tuple(found)
    raise Permanent("pull-truncated", f"more than {MOST_PAGES} pages of webhooks", connector=KEY)


def make(topic: str, address: str, off: PushSubscription | None, api: Api) -> None:
    """Make a webhook, or switch on the one that is there, with the newest secret in either case."""
    secret = api.secrets.one("webhook_secret")
    if off is not None and off.id is not None:
        send(api, "PUT", f"webhooks/{off.id}", {"status": "active", "secret": secret})
        return
    body = {"name": f"Huitou {topic}", "topic": topic, "delivery_url": address, "secret": secret, "status": "active"}
    send(api, "POST", "webhooks", body)
