"""Receive: a webhook, verified on its raw bytes, sealed and queued before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from chalicelib.contract import Account, Capability, Reply
from chalicelib.envelope import Envelope, carried, digest_of, encode, pack_request
from chalicelib.errors import HuitouError, Rejected

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.contract import RawRequest, ReceivesWebhooks, Verified
    from chalicelib.ports import Archive, Clock, Connectors, Counters, Queue, SecretSource, Vault

MAX_BODY = 4_000_000  # Lambda takes 6 MB, and base64 makes four of three


class Receive:
    """The step. Acknowledged means durable: the platform's own reply goes out only when the envelope is on the queue."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        connectors: Connectors,
        secrets: SecretSource,
        vault: Vault,
        queue: Queue,
        archive: Archive,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._connectors = connectors
        self._secrets = secrets
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
        verified = receiver.verify(request, shop, self._secrets.secrets(shop), self._clock.now())
        if verified.carries_event:
            self._enqueue(shop, request, verified, connector.info.push_headers)
            self._counters.count("received", platform=platform)
        return verified.reply

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


def _refusal(status: int, reason: str) -> Reply:
    return Reply(status, json.dumps({"error": reason}), "application/json")


def _known(platform: str, error: HuitouError) -> str:
    """A platform name from the URL is anybody's text until the registry knew it: it must not become a metric's dimension."""
    return "unknown" if error.reason in ("platform-unknown", "body-too-large") else platform
