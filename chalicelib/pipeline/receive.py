"""Receive: a webhook, verified on its raw bytes, sealed and queued before it is acknowledged."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from chalicelib.bursts import Bursts
from chalicelib.contract import Account, Capability, RawRequest, Reply, Secrets, Verified
from chalicelib.errors import HuitouError, Rejected
from chalicelib.intake import routed
from chalicelib.probing import HEADER, is_probe

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.contract import FetchesKeys, ReceivesWebhooks
    from chalicelib.intake import Intake
    from chalicelib.ports import Clock, Connectors, Counters, KeySource, SecretSource, Vault

TOO_MANY = "too-many-pushes"
MAX_BODY = 4_000_000  # Lambda takes 6 MB, and base64 makes four of three


class Receive:
    """The step. Acknowledged means durable: the platform's own reply goes out only when the envelope is on the queue."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        configs: Callable[[], Sequence[Config]],
        connectors: Connectors,
        secrets: SecretSource,
        keys: Callable[[], KeySource],
        vault: Vault,
        intake: Intake,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._configs = configs
        self._connectors = connectors
        self._secrets = secrets
        self._keys = keys
        self._vault = vault
        self._intake = intake
        self._clock = clock
        self._counters = counters
        self._bursts = Bursts()

    def handle(self, platform: str, account: str, request: RawRequest) -> Reply:
        """Answer one request. Never raises one of the five errors: each becomes its status.

        400 no text, 401/404 refused, 413 too large, 429 too many at once, 503 not durable or not configured (the platform tries
        again), else what the platform wants to hear.
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
        verified = self._verified(receiver, request, shop)
        if HEADER in request.headers and is_probe(self._vault, shop, request, self._clock.now()):
            self._counters.count("probed", platform=platform)
        elif verified.carries_event:
            if connector.info.pushes_again and (wait := self._wait(shop, known.pushes_per_second)):
                return replace(_refusal(429, TOO_MANY), retry_after=wait)
            owners = routed(self._configs(), shop, verified)
            for owner in owners:
                if (owner.merchant, owner.account) != (shop.merchant, shop.account):
                    # Whoever knows one shop's secret must not reach another's account with it: its own must fit as well.
                    self._verified(receiver, request, owner)
            if verified.opened is not None:
                request = replace(request, body=verified.opened)
            keep = connector.info.push_headers
            for owner in owners:
                self._intake.request(owner, request, keep, topic=verified.topic, delivery_id=verified.delivery_id)
        return verified.reply

    def _wait(self, shop: Account, a_second: int) -> int:
        """Seconds that a shop has to wait which sends more at once than it may; 0: it need not."""
        wait = self._bursts.wait((shop.merchant, shop.platform, shop.account), a_second, self._clock.now())
        if wait:
            self._counters.count("refused", platform=shop.platform, reason=TOO_MANY)
        return wait

    def _verified(self, receiver: ReceivesWebhooks, request: RawRequest, shop: Account) -> Verified:
        secrets = self._secrets.secrets(shop)
        connector = self._connectors.connector(shop.platform)
        if Capability.FETCHES_KEYS in connector.info.capabilities:
            secrets = self._with_key(cast("FetchesKeys", connector), request, shop, secrets)
        return receiver.verify(request, shop, secrets, self._clock.now())

    def _with_key(self, connector: FetchesKeys, request: RawRequest, shop: Account, secrets: Secrets) -> Secrets:
        """The secrets, and the key that the request names unless ops configured one."""
        if secrets.values.get(connector.own_key):
            return secrets
        key_id = connector.key_id(request)
        if key_id is None:
            return secrets
        pem = self._keys().get(shop, key_id, lambda: connector.fetch_key(key_id, self._connectors.api(shop)))
        return Secrets({**secrets.values, f"public_key:{key_id}": (pem,)})


def _refusal(status: int, reason: str) -> Reply:
    return Reply(status, json.dumps({"error": reason}), "application/json")


def _known(platform: str, error: HuitouError) -> str:
    """A platform name from the URL is anybody's text until the registry knew it: it must not become a metric's dimension."""
    return "unknown" if error.reason in ("platform-unknown", "body-too-large") else platform
