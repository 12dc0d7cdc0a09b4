"""Whether a connected account works: what is configured, what our own webhook says to it, what the platform says to us.

Nothing is changed by a check: the platform is read once, and the signed push to ourselves is let go once it was verified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from chalicelib.account_words import WORDS, finding
from chalicelib.config import AccountConfig, Config
from chalicelib.contract import (
    Account,
    Api,
    Capability,
    Connector,
    ConnectorInfo,
    FetchesKeys,
    HttpClient,
    HttpRequest,
    HttpResponse,
    Page,
    Probes,
    PullsContacts,
    PullsOrders,
    PullsReviews,
    PullsSpend,
    RawRequest,
    ReceivesWebhooks,
    Secrets,
)
from chalicelib.domain.finding import Finding
from chalicelib.errors import ConfigError, HuitouError, Rejected, Retriable, Skippable
from chalicelib.ports import Clock, Connectors, Vault
from chalicelib.ports_accounts import OwnDoor
from chalicelib.probing import marked

LOOK_BACK = timedelta(minutes=5)
SKEW = timedelta(seconds=60)  # the strictest platforms take 90 s either way


class Listening:
    """An HttpClient that remembers the platform's own time of its last answer."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http
        self.told: datetime | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """See the contract."""
        answer = self._http.send(request)
        self.told = told_time(answer.headers) or self.told
        return answer


class AccountCheck:
    """All checks of one account, as they stand now."""

    def __init__(self, *, connectors: Connectors, clock: Clock, running: tuple[Vault, OwnDoor] | None) -> None:
        """`running`: the vault and the door of the system that runs; None where none does, and only what is kept is looked at."""
        self._connectors = connectors
        self._clock = clock
        self._running = running

    def run(self, config: Config, entry: AccountConfig, secrets: Secrets) -> tuple[Finding, ...]:
        """The findings, each check at most once. Never raises one of the five errors: each becomes a finding."""
        shop = Account(config.merchant, entry.platform, entry.account, entry.options)
        connector, name = self._connectors.connector(entry.platform), f"{entry.platform}/{entry.account}"
        found = [*_configured(connector.info, entry, secrets, name)]
        door_time = None
        if takes_webhooks(connector.info, entry.options) and isinstance(connector, ReceivesWebhooks):
            url = config.webhook_url(entry.platform, entry.account)
            found.append(self._refusal(connector, shop, secrets, url))
            if self._running:
                probe, door_time = self._probe(connector, shop, secrets, url, self._running)
                found.append(probe)
        else:
            found.append(finding("probe", None, "no-webhooks", name))
        if not self._running:
            return (*found, finding("api", None, "not-running", name))
        api, told = self._api(connector, shop, config)
        found += [api, self._clock_of(told or door_time, name)]
        return tuple(found)

    def _refusal(self, connector: ReceivesWebhooks, shop: Account, secrets: Secrets, url: str) -> Finding:
        """An unsigned body has no effect. A platform whose keys are fetched has none here to check with: it refuses too."""
        try:
            verified = connector.verify(RawRequest("POST", url, {}, (), b"{}"), shop, secrets, self._clock.now())
            taken = verified.carries_event
        except Rejected:
            taken = False
        except ConfigError as error:
            if not isinstance(connector, FetchesKeys):
                return _of_error("refusal", error, _name(shop))
            taken = False
        return finding("refusal", not taken, "unsigned-taken" if taken else "unsigned-refused", _name(shop))

    def _probe(
        self, connector: ReceivesWebhooks, shop: Account, secrets: Secrets, url: str, running: tuple[Vault, OwnDoor]
    ) -> tuple[Finding, datetime | None]:
        """Whether our own door takes what is signed with the secrets as they are kept, and the time it told."""
        vault, door = running
        now, request = self._clock.now(), RawRequest("POST", url, {"content-type": ("application/json",)}, (), b"{}")
        if isinstance(connector, FetchesKeys):  # the private key is the platform's own
            return finding("probe", None, "probe-unmade", _name(shop)), None
        try:
            if isinstance(connector, Probes):
                request = connector.probe(request, shop, secrets)
            signed = connector.sign(request, shop, secrets, now)
            wanted = connector.verify(signed, shop, secrets, now).reply.status
        except HuitouError:  # no private key, or a body that this platform alone can make
            return finding("probe", None, "probe-unmade", _name(shop)), None
        try:
            answer = door.post(marked(vault, shop, signed, now))
        except HuitouError as error:
            return finding("probe", False, "door-closed", _name(shop), error.detail or error.reason), None
        ok = answer.status == wanted
        told = told_time(answer.headers)
        if ok:
            return finding("probe", True, "probe-taken", _name(shop)), told
        return finding("probe", False, "probe-refused", _name(shop), f"HTTP {answer.status}"), told

    def _api(self, connector: Connector, shop: Account, config: Config) -> tuple[Finding, datetime | None]:
        reader = cheapest_read(connector, self._clock.now(), config)
        if reader is None:
            return finding("api", None, "nothing-to-read", _name(shop)), None
        try:
            api = self._connectors.api(shop)
        except HuitouError as error:
            return _of_error("api", error, _name(shop)), None
        heard = Listening(api.http)
        try:
            next(iter(reader(replace(api, http=heard))), None)
        except Skippable:
            pass  # it answered that there is nothing
        except HuitouError as error:
            return _of_error("api", error, _name(shop)), heard.told
        return finding("api", True, "api-answers", _name(shop)), heard.told

    def _clock_of(self, told: datetime | None, name: str) -> Finding:
        if told is None:
            return finding("clock", None, "clock-unknown", name)
        skew = self._clock.now() - told
        if abs(skew) <= SKEW:
            return finding("clock", True, "clock-right", name)
        return finding("clock", False, "clock-refused", name, f"{int(skew.total_seconds()):+d} s")


def takes_webhooks(info: ConnectorInfo, options: Mapping[str, str]) -> bool:
    """Whether a platform pushes to an account with these options over HTTP."""
    silent = options.get("push") in info.push_ways and not info.push_needs(options)
    return Capability.RECEIVES_WEBHOOKS in info.capabilities and not silent


def unnamed(info: ConnectorInfo, options: Mapping[str, str], secrets: Mapping[str, object]) -> str | None:
    """The options of which an account needs one, or no push that names its shop could find it; None where it has one."""
    named = info.shop_options
    if not named or any(options.get(name) or secrets.get(name) for name in named):
        return None
    return f"pushes that name their shop are refused without an option that says which it is: {' or '.join(named)}"


def lacking(info: ConnectorInfo, options: Mapping[str, str], secrets: Mapping[str, object]) -> list[str]:
    """The secrets without which the account takes no push; of one that is only pulled, and has none to pull with, those."""
    missing = [name for name in info.push_needs(options) if not secrets.get(name)]
    silent = options.get("push") in info.push_ways and not info.push_needs(options)
    if silent and not any(secrets.get(name) for name in info.api_secrets):
        missing += info.api_secrets
    return missing


def told_time(headers: Mapping[str, str]) -> datetime | None:
    """The time of an answer's Date, None where it has none that can be read."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except (TypeError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else None


def _configured(info: ConnectorInfo, entry: AccountConfig, secrets: Secrets, name: str) -> Iterable[Finding]:
    if detail := unnamed(info, entry.options, secrets.values):
        yield finding("configuration", False, "option-missing", name, detail)
    elif entry.paused:
        yield finding("configuration", None, "account-paused-here", name)
    else:
        yield finding("configuration", True, "configured", name)
    two = sorted(each for each, values in secrets.values.items() if len(values) > 1)
    if missing := lacking(info, entry.options, secrets.values):
        yield finding("secrets", False, "secret-missing", name, ", ".join(missing))
    elif two:
        yield finding("secrets", True, "rotating", name, ", ".join(two))
    else:
        yield finding("secrets", True, "secrets-there", name)


def cheapest_read(connector: Connector, now: datetime, config: Config) -> Callable[[Api], Iterable[Page]] | None:
    """The cheapest read that the platform has: the last minutes, of which one page is asked for."""
    since, today = now - LOOK_BACK, now.astimezone(config.zone).date()
    if isinstance(connector, PullsOrders):
        return lambda api: connector.pull_orders(since, now, None, api)
    if isinstance(connector, PullsReviews):
        return lambda api: connector.pull_reviews(since, now, None, api)
    if isinstance(connector, PullsContacts):
        return lambda api: connector.pull_contacts(None, api)
    if isinstance(connector, PullsSpend):
        return lambda api: connector.pull_spend(today, today, None, api)
    return None


def _of_error(check: str, error: HuitouError, name: str) -> Finding:
    """A finding for one of the five errors: by its reason where there are words for it, else by its type."""
    reason = error.reason
    if reason not in WORDS:
        by_type = {Retriable: "platform-down", ConfigError: "misconfigured"}
        reason = next((word for kind, word in by_type.items() if isinstance(error, kind)), "api-refused")
    return finding(check, False, reason, name, error.detail or error.reason)


def _name(shop: Account) -> str:
    return f"{shop.platform}/{shop.account}"
