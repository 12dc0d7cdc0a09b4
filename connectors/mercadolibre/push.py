"""Notifications of Mercado Libre. They are not signed: a plausible one is a hint to read the resource again."""

from __future__ import annotations

import hashlib
import re

from chalicelib.contract import Account, Event, RawRequest, Secrets
from chalicelib.errors import ConfigError, Permanent, Rejected
from chalicelib.toolkit.signing import require_any, same
from connectors.mercadolibre import status
from connectors.mercadolibre.payloads import Notification
from connectors.mercadolibre.values import KEY, decode, ident, malformed, moment

MAX_RESOURCE = 256
_RESOURCE = re.compile(r"/?[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", re.ASCII)


def check(request: RawRequest, account: Account, secrets: Secrets) -> str | None:
    """Refuse what cannot be from the platform; answers the notification's id where it has one.

    The last path segment is the account's secret (404 otherwise, as for any unknown path); application, seller and
    the form of the resource must fit (401).
    """
    _require_path(request.topic, secrets.all("url_secret"))
    seller = account.options.get("user_id")
    if not seller:
        raise ConfigError("option-missing", "the option user_id (the seller's id) is not configured", connector=KEY)
    try:
        notification = decode(Notification, request.body, None)
    except Permanent as error:
        raise Rejected("notification-malformed", error.detail, connector=KEY, path=error.path) from None
    require_any(
        [application.encode() for application in secrets.all("application_id")],
        ident(notification.application_id),
        reason="application",
    )
    require_any([seller.encode()], ident(notification.user_id), reason="seller")
    if not plausible(notification.resource):
        raise Rejected("resource-malformed", "the resource is no path of the API", connector=KEY, path="$.resource")
    return ident(notification.id)


def _require_path(given: str | None, expected: tuple[str, ...]) -> None:
    hits = [same(secret.encode(), (given or "").encode("utf-8", "surrogatepass")) for secret in expected]
    if not any(hits):
        raise Rejected("path-unknown", "no such path", status=404, connector=KEY)


def plausible(resource: str) -> bool:
    """Whether a resource is a relative path of plain segments; never an absolute URL, never one with dots or a query."""
    return len(resource) <= MAX_RESOURCE and _RESOURCE.fullmatch(resource) is not None


def to_event(body: bytes, delivery_id: str) -> Event:
    """The event of a notification: always thin, its payload the notification itself."""
    notification = decode(Notification, body, delivery_id)
    resource = full_resource(notification)
    if not plausible(notification.resource):
        raise malformed("the resource is no path of the API", "$.resource", delivery_id)
    return Event(
        delivery_id=ident(notification.id) or _digest(notification),
        topic=notification.topic,
        kind=status.TOPICS.get(notification.topic, "other"),
        resource_id=resource.rsplit("/", 1)[-1],
        occurred_at=moment(notification.sent, "$.sent", delivery_id),
        thin=True,
        payload=body.removeprefix(b"\xef\xbb\xbf"),
    )


def full_resource(notification: Notification) -> str:
    """The resource with its leading slash; `messages` may name a bare id."""
    resource = notification.resource
    if "/" not in resource and "messages" in notification.topic:
        return f"/messages/{resource}"
    return resource if resource.startswith("/") else f"/{resource}"


def _digest(notification: Notification) -> str:
    """Without an id a delivery is told by what it is about and when it was sent."""
    text = "\n".join((notification.topic, full_resource(notification), notification.sent or ""))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
