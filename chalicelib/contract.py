"""What a connector is: requests and events in the core's words, and the capabilities a connector may have.

A connector is an object with an `info` and any of the Protocols below; it declares in `info.capabilities` which. It
works on bytes and values: it never sees Lambda events, queues or tables, and never keeps state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from chalicelib.capabilities import Capability as Capability  # noqa: PLC0414  # whoever sees the contract sees its words
from chalicelib.errors import ConfigError, Rejected

if TYPE_CHECKING:
    from chalicelib.domain.events import Canonical
    from chalicelib.domain.voice import SayLimits


@dataclass(frozen=True, slots=True)
class ConnectorInfo:
    """What the registry, the matrix in the docs and `huitou accounts add` know of a platform.

    `push_trust`: `signed` (the body is authenticated), `hint` (re-read through the API before believing), `none`.
    `verify_secrets` / `api_secrets`: the fixed secret names. `push_headers`: lower-case headers that verification or
    parsing reads; only these travel with the envelope. `marketing`: channels on which the platform's terms let the
    merchant market to its buyers; empty, the default, means none. `host_option`: the account option that holds the address of
    a shop of the merchant's own; that account may then call its host too (toolkit.hosts says which addresses are taken).
    `push_ways`: of a platform with several ways of pushing, what each needs of `verify_secrets`, by the account option `push`;
    an account without the option needs them all. `shop_options`: those by which pushes name a shop; an account with none of
    them gets no push that names one. `messages_about`: to what else than a thread `SendsMessages` can be pointed: order, review.
    `pushes_again`: it is known to send a refused push again for long enough, so that a burst may be answered with 429.
    """

    key: str
    name: str
    capabilities: frozenset[Capability]
    push_trust: Literal["signed", "hint", "none"]
    verify_secrets: tuple[str, ...]
    api_secrets: tuple[str, ...]
    push_headers: frozenset[str]
    api_hosts: tuple[str, ...] = ()
    host_option: str | None = None
    marketing: frozenset[str] = frozenset()
    doc: str = ""
    replies: Mapping[str, SayLimits] = field(default_factory=dict)
    messages: SayLimits | None = None
    messages_about: frozenset[str] = frozenset({"order"})
    push_ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shop_options: tuple[str, ...] = ()
    pushes_again: bool = False

    def push_needs(self, options: Mapping[str, str]) -> tuple[str, ...]:
        """The secrets without which an account with these options takes no push."""
        return self.push_ways.get(options.get("push", ""), self.verify_secrets)


@dataclass(frozen=True, slots=True)
class RawRequest:
    """One HTTP request, byte-exact.

    `headers` maps lower-case names to all values in order; `query` is parsed pairs (the gateway keeps no raw query);
    `url` is the registered public URL from configuration, never rebuilt from the Host header; `topic` is the last path
    segment of `/webhooks/{platform}/{account}/{topic}` where there is one.
    """

    method: str
    url: str
    headers: Mapping[str, tuple[str, ...]]
    query: tuple[tuple[str, str], ...]
    body: bytes
    topic: str | None = None

    def header(self, name: str) -> str | None:
        """The one value of a header (lower-case name), None when absent. Given twice: Rejected 401."""
        values = self.headers.get(name, ())
        if len(values) > 1:
            raise Rejected("header-repeated", f"header {name} is given {len(values)} times")
        return values[0] if values else None

    def parameter(self, name: str) -> str | None:
        """The one value of a query parameter, None when absent. Given twice: Rejected 401."""
        values = [value for key, value in self.query if key == name]
        if len(values) > 1:
            raise Rejected("parameter-repeated", f"query parameter {name} is given {len(values)} times")
        return values[0] if values else None


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """Secrets by name; a name has several live values during rotation. Its repr never shows them."""

    values: Mapping[str, tuple[str, ...]]

    def all(self, name: str) -> tuple[str, ...]:
        """Every live value, the newest first. None configured, or an empty one: ConfigError (fails closed)."""
        found = self.values.get(name, ())
        if not found or not all(found):
            raise ConfigError("secret-missing", f"secret {name} is not configured")
        return found

    def one(self, name: str) -> str:
        """The newest live value; ConfigError when there is none."""
        return self.all(name)[0]

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self.values))})"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply in the platform's own words, always text (application/json, text/plain, text/html, application/xml)."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"
    retry_after: int | None = None  # seconds, as the header of that name


@dataclass(frozen=True, slots=True)
class Verified:
    """A request whose origin was checked (or, for `hint` platforms, found plausible).

    `delivery_id`: the platform's id of this delivery, None where it has none (the core then uses a digest of the body).
    `reply`: the platform's own acknowledgement. `carries_event` False: a handshake or probe, answered and not queued.
    `opened`: what an encrypted body held; it is queued in the body's place, since cutting into events knows no secrets.
    `shop`: of an app with one URL for all its shops, the account options by which the shop of this delivery is known
    (`{"shop_id": "1"}`); the core hands the delivery to the account that has them, and refuses it when none has.
    `also`: the other shops that the same delivery is about; each that is an account's gets it too, and takes its own out of it.
    """

    delivery_id: str | None
    topic: str | None
    reply: Reply = Reply()
    carries_event: bool = True
    opened: bytes | None = field(default=None, repr=False)
    shop: Mapping[str, str] | None = None
    also: tuple[Mapping[str, str], ...] = ()


EventKind = Literal[
    "order",
    "refund",
    "parcel",
    "buyer",
    "privacy",
    "review",
    "question",
    "message",
    "spend",
    "contact",
    "product",
    "account",
    "other",
]
Source = Literal["push", "pull", "import"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, cut out of a delivery. `payload` is the JSON to map, or the notice of a thin event."""

    delivery_id: str
    topic: str
    kind: EventKind
    resource_id: str | None
    occurred_at: datetime | None
    thin: bool
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """A connected shop. `options` holds what a platform needs beyond secrets (API version, region, shop domain)."""

    merchant: str
    platform: str
    account: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ref:
    """Where a payload came from; mapping copies it into what it makes and names it in errors."""

    account: Account
    delivery_id: str
    source: Source


@dataclass(frozen=True, slots=True)
class Rate:
    """A platform's limit on calls, shared by every worker: `burst` calls at once, one more every `every` seconds.

    `name` is the operation's, or the limit's that several operations share; the count is kept for each account.
    """

    name: str
    every: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A call to a platform. `url` absolute https; `query` is sent in the given order; `rate` the limit it falls under.

    `once`: it says something, so that a failure is never followed by another try of the client's own. Its repr shows no secret:
    tokens stand in queries and headers, and a robot's address is one.
    """

    method: str
    url: str = field(repr=False)
    query: Sequence[tuple[str, str]] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    rate: Rate | None = None
    once: bool = False


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A platform's answer; header names lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class HttpClient(Protocol):
    """Sends one request to a host the connector declared in `info.api_hosts` (a leading `*.` covers subdomains).

    Answers 2xx and 4xx as they are; raises Retriable on connection errors, time-outs, 429 (`after` from Retry-After)
    and 5xx, after its own few tries within the time that is left. Never follows redirects.
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send and return the answer."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """An access token with what renews it. `expires_at` None: never."""

    access_token: str = field(repr=False)
    expires_at: datetime | None
    refresh_token: str | None = field(default=None, repr=False)


class Tokens(Protocol):
    """The account's token, refreshed by one worker at a time and stored with its single-use refresh token in one write."""

    def get(self, refresh: Callable[[Token | None], Token]) -> str:
        """A live access token. Calls `refresh(last stored token or None)` when none is stored or it is about to expire.

        `refresh` raises Permanent("token-revoked") when the platform says so; the account is then paused once.
        """

    def expire(self, access_token: str) -> None:
        """The platform refused this access token: the next `get` refreshes, unless another worker already has."""


@dataclass(frozen=True, slots=True)
class Api:
    """What a connector needs to call its platform for one account."""

    account: Account
    secrets: Secrets
    http: HttpClient
    tokens: Tokens
    now: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a pull. `events` as a push would give them, fat where the list already holds the whole resource.

    `cursor` continues after this page and is opaque to the core; None: the window is done. A pager that sees the same
    cursor twice, or stops before the platform says it is done, raises.
    """

    events: tuple[Event, ...]
    cursor: str | None


@runtime_checkable
class Connector(Protocol):
    """Every connector: its description, and canonical objects from its payloads."""

    info: ConnectorInfo

    def canonical(self, kind: EventKind, payload: bytes, ref: Ref) -> tuple[Canonical, ...]:
        """Map one payload. Permanent with the JSON path on a payload that cannot be read; Skippable on a kind it ignores.

        An order payload gives its Order first and then the refunds it holds; a list or wrapper gives one after the other.
        """


@runtime_checkable
class ReceivesWebhooks(Protocol):
    """Push: verify raw bytes, acknowledge in the platform's words, cut into events; and sign, for tests and simulator."""

    def verify(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> Verified:
        """Raise Rejected (401, or the platform's own code) or return what is known. No branch lets a request through unchecked."""

    def sign(self, request: RawRequest, account: Account, secrets: Secrets, now: datetime) -> RawRequest:
        """The same request with the platform's signature on it (newest secret)."""

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """The events of a verified request. Permanent with the JSON path on a body that cannot be read."""


@runtime_checkable
class Hydrates(Protocol):
    """Thin pushes: read the resource through the API before anything is believed."""

    def hydrate(self, event: Event, api: Api) -> Event:
        """The event with `thin` False and the payload read from the platform. Retriable, Permanent, Skippable as it goes."""


@runtime_checkable
class PullsOrders(Protocol):
    """Pull: pages of changed orders within a window of update times."""

    def pull_orders(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Pages from `cursor` on (None: from the start of the window). Bounded; a truncated pull raises."""


@dataclass(frozen=True, slots=True)
class Target:
    """What an answer or message goes to, as the canonical object named it. `kind`: review, question, order or thread."""

    kind: Literal["review", "question", "order", "thread"]
    id: str
    order_id: str | None = None
    product_id: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What the platform said to an answer or message: its id for it where it gives one."""

    platform_id: str | None


@runtime_checkable
class PullsReviews(Protocol):
    """Pull: pages of reviews, comments and questions, as `review` and `question` events; as `pull_orders` otherwise."""

    def pull_reviews(self, since: datetime, until: datetime, cursor: str | None, api: Api) -> Iterator[Page]:
        """Pages from `cursor` on. A platform that cannot ask by update time lists the newest first and stops at `since`."""


@runtime_checkable
class RepliesToReviews(Protocol):
    """Public answers to reviews, comments or questions; `info.replies` says to which, and what one may say."""

    def reply(self, target: Target, text: str, api: Api) -> Sent:
        """Say it once. Permanent when the platform refuses for good (answered, window closed, text); Retriable before it was said.

        A call whose outcome is not known raises Permanent("outcome-unknown"): it is looked up, never said again blindly.
        """


@runtime_checkable
class SendsMessages(Protocol):
    """Private messages to a buyer on the platform; `info.messages` says what one may say."""

    def send_message(self, target: Target, text: str, api: Api) -> Sent:
        """As `RepliesToReviews.reply`."""


@runtime_checkable
class PullsContacts(Protocol):
    """Pull: the whole directory, page by page, as `contact` events."""

    def pull_contacts(self, cursor: str | None, api: Api) -> Iterator[Page]:
        """Pages from `cursor` on; there is no "changed since"."""


@runtime_checkable
class PullsSpend(Protocol):
    """What advertising cost, day by day, as `spend` events."""

    def pull_spend(self, first: date, last: date, cursor: str | None, api: Api) -> Iterator[Page]:
        """Pages over the days `first` to `last`, both included, in the report's own zone."""


@runtime_checkable
class ReceivesFeed(Protocol):
    """Push without HTTP: records of a queue or event bus that IAM lets only the platform write to."""

    def address(self, body: bytes) -> Mapping[str, str]:
        """The options that the record's owner has (`{"seller_id": ...}`). Permanent on a record that names none.

        `merchant` beside them, where the record says whose it is: nobody else's then. Skippable on one that says nothing about
        anybody: it is let go.
        """

    def events(self, request: RawRequest, ref: Ref) -> tuple[Event, ...]:
        """As `ReceivesWebhooks.events`; `request` is a POST of the record's body, without headers."""


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record of a feed that is asked for: `receipt` is what confirms it, `body` what `ReceivesFeed` reads."""

    receipt: str
    body: str = field(repr=False)


@runtime_checkable
class PollsFeed(ReceivesFeed, Protocol):
    """A feed that the platform keeps until it is confirmed (Taobao's TMC, compensation lists of missed pushes)."""

    def poll(self, api: Api) -> Iterator[tuple[FeedRecord, ...]]:
        """Batches until the platform has no more, bounded. The core confirms each before it asks for the next."""

    def confirm(self, records: Sequence[FeedRecord], api: Api) -> None:
        """Confirm records that are durable here. Raising leaves them with the platform, which gives them again."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a platform's socket. `body`: the record for `ReceivesFeed`, None for heartbeats and answers.

    `ack`: what is sent back once the record is durable; None where nothing is.
    """

    body: str | None = field(repr=False)
    ack: str | None = field(repr=False, default=None)


@runtime_checkable
class HoldsSocket(ReceivesFeed, Protocol):
    """A feed over a WebSocket that a long-lived worker holds. Text frames only; the connector keeps no state.

    `heartbeat_seconds`: how often to send one; `silent_seconds`: reconnect when nothing came for so long.
    """

    heartbeat_seconds: int
    silent_seconds: int

    def connect_url(self, secrets: Secrets, now: datetime) -> str:
        """The signed `wss://` URL, good for one connection. It holds a digest of secrets: never logged."""

    def heartbeat(self, now: datetime) -> str:
        """The frame that keeps the connection."""

    def frame(self, text: str, now: datetime) -> Frame:
        """Read a frame. Permanent on one that cannot be read: it is counted and not acknowledged."""


@runtime_checkable
class FetchesKeys(Protocol):
    """Push signed with keys that the platform hands out by id. The core fetches, keeps and hands them to `verify`.

    A fetched key is the secret `public_key:<id>`. `own_key` names the one by which ops may configure the platform's key
    themselves; nothing is then fetched.
    """

    own_key: str

    def key_id(self, request: RawRequest) -> str | None:
        """The id of the key that this request claims, strictly of the platform's form (Rejected otherwise); None: it needs none."""

    def fetch_key(self, key_id: str, api: Api) -> str:
        """The key as PEM. Rejected when the platform knows no such key; Retriable when it does not answer."""


@runtime_checkable
class HandlesErasure(Protocol):
    """The platform's own privacy requests arrive as `privacy` events and map to PrivacyRequest."""

    def privacy_topics(self) -> tuple[str, ...]:
        """The topics that carry them."""


@runtime_checkable
class ImportsFiles(Protocol):
    """CSV or JSON files handed in by ops."""

    def import_file(self, name: str, content: bytes, ref: Ref) -> tuple[Event, ...]:
        """The events of a file; Permanent with row or path on what cannot be read."""


@dataclass(frozen=True, slots=True, repr=False)
class Authorised:
    """What a shop's consent was exchanged for. `options`: what the platform told of the shop, for options that are not set yet."""

    token: Token
    options: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Authorises(Protocol):
    """OAuth by a link: the owner consents on the platform's page, which sends them back with a code."""

    def authorise_url(self, account: Account, secrets: Secrets, redirect_uri: str, state: str, now: datetime) -> str:
        """The platform's page for the owner. It holds no secret. ConfigError where an option or secret is missing."""

    def exchange(self, answer: Mapping[str, str], redirect_uri: str, api: Api) -> Authorised:
        """Exchange the parameters that the owner came back with (`code` and what else the platform sends), once.

        Called by one worker at a time, with a code that is used up by it. Rejected where the answer cannot be the platform's, is
        of another shop, or its code is over; ConfigError where the application is refused.
        """


@runtime_checkable
class RevokesTokens(Protocol):
    """Taking back what the shop's owner granted, when it is disconnected here."""

    def revoke(self, api: Api) -> None:
        """End the authorisation at the platform. One that is over already is no error; Retriable when the platform is down."""


@runtime_checkable
class Probes(Protocol):
    """A push of its own making, where an empty JSON object is none: for asking our own webhook whether all is set up."""

    def probe(self, request: RawRequest, account: Account, secrets: Secrets) -> RawRequest:
        """`request` with a body that says nothing to anybody, still to be signed."""
