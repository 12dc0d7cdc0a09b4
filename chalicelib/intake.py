"""The way in: sealed, in an envelope, on the inbound queue. Used by receive, and by those that fetch what a platform keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, cast

from chalicelib import tracing
from chalicelib.contract import Account, Capability, RawRequest, Verified
from chalicelib.envelope import Envelope, carried, digest_of, encode, pack_event, pack_request
from chalicelib.errors import Permanent, Rejected, Skippable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from chalicelib.config import AccountConfig, Config
    from chalicelib.contract import Event, ReceivesFeed, Source
    from chalicelib.ports import Archive, Clock, Connectors, Counters, Queue, Vault

Lane = Literal["live", "bulk"]


class Intake:
    """Requests and records as envelopes. When a method has returned, what it was given survives."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        configs: Callable[[], Sequence[Config]],
        connectors: Connectors,
        vault: Vault,
        queue: Queue,
        archive: Archive,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._configs = configs
        self._connectors = connectors
        self._vault = vault
        self._queue = queue
        self._archive = archive
        self._clock = clock
        self._counters = counters

    def request(
        self, shop: Account, request: RawRequest, keep: frozenset[str], *, topic: str | None = None, delivery_id: str | None = None
    ) -> None:
        """Queue a verified request with the headers in `keep`. Retriable when it is not durable."""
        named = topic or request.topic
        digest = digest_of(shop.platform, shop.account, named, request.body)
        sealed = self._vault.seal_raw(shop.merchant, pack_request(request, keep, named), digest)
        text, claim = carried(sealed, shop.merchant, digest, self._archive.put)
        envelope = Envelope(
            digest=digest,
            merchant=shop.merchant,
            platform=shop.platform,
            account=shop.account,
            source="push",
            form="request",
            topic=topic,  # as the connector says it: the last segment of a URL may be a secret, and this stands outside the seal
            delivery_id=delivery_id or digest,
            received_at=self._clock.now(),
            sealed=text,
            claim=claim,
        )
        self._queue.send([encode(envelope)])
        with tracing.under(digest):
            self._counters.count("received", platform=shop.platform)

    def events(self, shop: Account, events: Sequence[Event]) -> None:
        """Queue what a platform answered when it was asked. Retriable when it is not durable."""
        if events:
            now = self._clock.now()
            self._queue.send([encode(enclosed(shop, event, vault=self._vault, archive=self._archive, now=now)) for event in events])

    def record(self, platform: str, record: str, reader: AccountConfig | None = None) -> None:
        """Queue one record of a feed under the account that it names. Retriable when it is not durable.

        What says nothing about anybody (Skippable) is counted and let go. Permanent("account-unknown") for a record that nobody
        owns. One that cannot be read is Permanent as well, unless `reader`, the account through which it was fetched, is given:
        it then waits in quarantine under that account.
        """
        connector, body = self._connectors.connector(platform), record.encode()
        if Capability.RECEIVES_FEED not in connector.info.capabilities:
            raise Permanent("no-feed", "this platform has no feed", connector=platform)
        try:
            owners = owners_of(self._configs(), platform, cast("ReceivesFeed", connector).address(body))
        except Skippable as error:
            self._counters.count("skipped", platform=platform, reason=error.reason)
            return
        except Permanent:
            if reader is None:
                raise
            owners = [(self._config(), reader)]
        if len(owners) != 1:
            raise Permanent("account-unknown", f"{len(owners)} accounts are the record's owner", connector=platform)
        ((config, known),) = owners
        shop = Account(config.merchant, platform, known.account, known.options)
        request = RawRequest("POST", config.webhook_url(platform, shop.account), {}, (), body)
        self.request(shop, request, connector.info.push_headers)


def enclosed(
    shop: Account, event: Event, *, vault: Vault, archive: Archive, now: datetime, source: Source = "pull", lane: Lane = "live"
) -> Envelope:
    """What a platform told when it was asked, or a file holds, sealed in an envelope. Retriable when the archive fails."""
    digest = digest_of(shop.platform, shop.account, event.topic, event.payload)
    sealed = vault.seal_raw(shop.merchant, pack_event(event), digest)
    text, claim = carried(sealed, shop.merchant, digest, archive.put)
    return Envelope(
        digest=digest,
        merchant=shop.merchant,
        platform=shop.platform,
        account=shop.account,
        source=source,
        form="event",
        topic=event.topic,
        delivery_id=event.delivery_id,
        received_at=now,
        sealed=text,
        claim=claim,
        lane=lane,
    )


def owners_of(configs: Sequence[Config], platform: str, wanted: Mapping[str, str]) -> list[tuple[Config, AccountConfig]]:
    """The accounts of a platform that have these options, of the first merchant who has any.

    Merchants come in the order in which the deployment names them: one who is named later takes nothing from an earlier one.
    What says itself whose it is (`merchant`, which is no option) is nobody else's.
    """
    named, options = wanted.get("merchant"), {name: value for name, value in wanted.items() if name != "merchant"}
    for config in (each for each in configs if named in (None, each.merchant)):
        if found := [(config, each) for each in config.accounts if each.platform == platform and has(each.options, options)]:
            return found
    return []


def has(options: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether an account has the options that name a shop; nothing named is nobody's."""
    return bool(wanted) and all(options.get(name) == value for name, value in wanted.items())


def routed(configs: Sequence[Config], shop: Account, verified: Verified) -> tuple[Account, ...]:
    """The accounts that a delivery is for: that of the URL, or of an app with one URL for all its shops those that it names.

    An app may serve shops of several merchants. Rejected 404 when no account is one of those shops.
    """
    if verified.shop is None:
        return (shop,)
    found: dict[tuple[str, str], Account] = {}
    for wanted in (verified.shop, *verified.also):
        if has(shop.options, wanted):
            found[shop.merchant, shop.account] = shop
        elif len(owners := owners_of(configs, shop.platform, wanted)) == 1:
            ((config, known),) = owners
            found[config.merchant, known.account] = Account(config.merchant, shop.platform, known.account, known.options)
    if not found:
        raise Rejected("shop-unknown", "no account, or more than one, is the delivery's shop", status=404)
    return tuple(found.values())
