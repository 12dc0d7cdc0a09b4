"""Receive: a webhook, verified on its raw bytes, sealed and queued before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from chalicelib.contract import Account, Capability, RawRequest, Reply, Secrets, Verified
from chalicelib.envelope import Envelope, carried, digest_of, encode, pack_request
from chalicelib.errors import HuitouError, Permanent, Rejected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.config import Config
    from chalicelib.contract import FetchesKeys, ReceivesFeed, ReceivesWebhooks
    from chalicelib.ports import Archive, Clock, Connectors, Counters, KeySource, Queue, SecretSource, Vault

MAX_BODY = 4_000_000  # Lambda takes 6 MB, and base64 makes four of three


class Receive:
    """The step. Acknowledged means durable: the platform's own reply goes out only when the envelope is on the queue."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        secrets: SecretSource,
        keys: Callable[[], KeySource],
        vault: Vault,
        queue: Queue,
        archive: Archive,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._secrets = secrets
        self._keys = keys
        self._vault = vault
        self._queue = queue
        self._archive = archive
        self._clock = clock
        self._counters = counters

    def handle(self, platform: str, account: str, request: RawRequest) -> Reply:
        """Answer one request. Never raises one of the five errors: each becomes its status.

        400 no text, 401/404 refused, 413 too large, 503 not durable or not configured (the platform tries again), else what the
        platform wants to hear.
        """
        try:
            reply = self._accept(platform, account, request)
        except Rejected as error:
            self._counters.count("refused", platform=_known(platform, error), reason=error.reason)
            return _refusal(error.status, error.reason)
        except HuitouError as error:  # not durable, not configured, or sealed with a key that is gone
            self._counters.count("not_accepted", platform=platform, reason=error.reason)
            return _refusal(503, error.reason)
        except UnicodeEncodeError:  # a JSON event can hold half a surrogate pair, which no bytes on a wire ever were
            self._counters.count("refused", platform="unknown", reason="text-malformed")
            return _refusal(400, "text-malformed")
        return reply

    def _accept(self, platform: str, account: str, request: RawRequest) -> Reply:
        if len(request.body) > MAX_BODY:
            raise Rejected("body-too-large", f"more than {MAX_BODY} bytes", status=413)
        connector = self._connectors.connector(platform)
        config = self._config()
        known = config.account(platform, account)
        # The declaration, not isinstance: a runtime check of a Protocol takes 8 us, about as long as the sealing.
        if known is None or Capability.RECEIVES_WEBHOOKS not in connector.info.capabilities:
            raise Rejected("account-unknown", "no such account takes webhooks", status=404)
        receiver = cast("ReceivesWebhooks", connector)
        shop = Account(config.merchant, platform, account, known.options)
        secrets = self._secrets.secrets(shop)
        if Capability.FETCHES_KEYS in connector.info.capabilities:
            secrets = self._with_key(cast("FetchesKeys", connector), request, shop, secrets)
        verified = receiver.verify(request, shop, secrets, self._clock.now())
        if verified.carries_event:
            if verified.opened is not None:
                request = replace(request, body=verified.opened)
            self._enqueue(self._owner(config, shop, verified), request, verified, connector.info.push_headers)
            self._counters.count("received", platform=platform)
        return verified.reply

    def _owner(self, config: Config, shop: Account, verified: Verified) -> Account:
        """The account that a delivery is for: that of the URL, or of an app with one URL for all its shops the one it names."""
        if verified.shop is None or _has(shop.options, verified.shop):
            return shop
        owners = [each for each in config.accounts if each.platform == shop.platform and _has(each.options, verified.shop)]
        if len(owners) != 1:
            raise Rejected("shop-unknown", f"{len(owners)} accounts are the delivery's shop", status=404)
        return Account(config.merchant, shop.platform, owners[0].account, owners[0].options)

    def feed(self, platform: str, record: str) -> None:
        """Queue one record of a platform's own queue or bus, which only the platform can write to.

        Retriable when it is not durable. A record that nobody owns, or that cannot be read, is Permanent: its queue keeps it.
        """
        connector, body = self._connectors.connector(platform), record.encode()
        if Capability.RECEIVES_FEED not in connector.info.capabilities:
            raise Permanent("no-feed", "this platform has no feed", connector=platform)
        wanted = cast("ReceivesFeed", connector).address(body)
        config = self._config()
        owners = [each for each in config.accounts if each.platform == platform and _has(each.options, wanted)]
        if len(owners) != 1:
            raise Permanent("account-unknown", f"{len(owners)} accounts are the record's owner", connector=platform)
        shop = Account(config.merchant, platform, owners[0].account, owners[0].options)
        request = RawRequest("POST", config.webhook_url(platform, shop.account), {}, (), body)
        self._enqueue(shop, request, Verified(None, None), connector.info.push_headers)
        self._counters.count("received", platform=platform)

    def _with_key(self, connector: FetchesKeys, request: RawRequest, shop: Account, secrets: Secrets) -> Secrets:
        """The secrets, and the key that the request names unless ops configured one."""
        if secrets.values.get(connector.own_key):
            return secrets
        key_id = connector.key_id(request)
        if key_id is None:
            return secrets
        pem = self._keys().get(shop, key_id, lambda: connector.fetch_key(key_id, self._connectors.api(shop)))
        return Secrets({**secrets.values, f"public_key:{key_id}": (pem,)})

    def _enqueue(self, shop: Account, request: RawRequest, verified: Verified, keep: frozenset[str]) -> None:
        digest = digest_of(shop.platform, shop.account, verified.topic or request.topic, request.body)
        sealed = self._vault.seal_raw(shop.merchant, pack_request(request, keep), digest)
        text, claim = carried(sealed, shop.merchant, digest, self._archive.put)
        envelope = Envelope(
            digest=digest,
            merchant=shop.merchant,
            platform=shop.platform,
            account=shop.account,
            source="push",
            form="request",
            topic=verified.topic or request.topic,
            delivery_id=verified.delivery_id or digest,
            received_at=self._clock.now(),
            sealed=text,
            claim=claim,
        )
        self._queue.send([encode(envelope)])


def _has(options: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    return bool(wanted) and all(options.get(name) == value for name, value in wanted.items())


def _refusal(status: int, reason: str) -> Reply:
    return Reply(status, json.dumps({"error": reason}), "application/json")


def _known(platform: str, error: HuitouError) -> str:
    """A platform name from the URL is anybody's text until the registry knew it: it must not become a metric's dimension."""
    return "unknown" if error.reason in ("platform-unknown", "body-too-large") else platform
