"""What the steps need from the outside, as Protocols. Adapters and in-memory fakes implement them alike.

Every key begins with the merchant, and every call names one: no port has a method that could reach another tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol

from chalicelib.channels import Notice
from chalicelib.contract import Account, Api, Connector, Secrets
from chalicelib.domain.consent import MARKETING, Word
from chalicelib.domain.contact import Permission
from chalicelib.domain.events import Consent
from chalicelib.domain.facts import Cell, Fact, MemberOrder, Row
from chalicelib.domain.member import Profile, Visit
from chalicelib.domain.merge import Layers
from chalicelib.domain.order_number import Numbered
from chalicelib.domain.record import OrderKey
from chalicelib.domain.report import Report
from chalicelib.domain.wording import Rendered
from chalicelib.ports_machine import Archive as Archive  # noqa: PLC0414  # a port all the same
from chalicelib.ports_machine import Clock as Clock  # noqa: PLC0414  # a port all the same
from chalicelib.ports_machine import Counters as Counters  # noqa: PLC0414  # a port all the same
from chalicelib.ports_machine import Gauges as Gauges  # noqa: PLC0414  # a port all the same
from chalicelib.ports_machine import Queue as Queue  # noqa: PLC0414  # a port all the same
from chalicelib.ports_machine import Vault as Vault  # noqa: PLC0414  # a port all the same


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order as it lies in the table. `version` 0: not there yet. `personal` is sealed under `subject`'s key.

    `identities`: keyed hashes of verified identifiers (`email:...`, `phone:...`); `seen`: digests of tellings that were
    applied, the newest last, bounded; bookkeeping only, no part of what the order is. `told`: the history of the newest of these,
    put with what they brought about.
    """

    version: int
    layers: Layers = field(default_factory=dict)
    personal: bytes | None = None
    subject: str | None = None
    member: str | None = None
    bucket: int = 0
    identities: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    told: tuple[HistoryRow, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One telling of an order: what came, from where, and where its raw bytes lie. Holds no personal data.

    `effect` "same": it said nothing new, and is kept, without its bytes, since no other telling came from its source.
    """

    digest: str
    at_millis: int
    topic: str
    source: str
    received_at: datetime
    archive_key: str | None
    effect: Literal["applied", "stale", "same"]


class OrderStore(Protocol):
    """Orders with their history."""

    def read(self, order: OrderKey) -> StoredOrder:
        """A consistent read; version 0 when there is none."""

    def read_many(self, orders: Collection[OrderKey]) -> dict[OrderKey, StoredOrder]:
        """Those of the orders that are there, each read consistently, a hundred a call."""

    def write(self, order: OrderKey, stored: StoredOrder, *, expected_version: int) -> bool:
        """Put on condition that the version is still the one read. False: somebody else was first."""

    def keepable(self, order: OrderKey, known: Layers, told: Layers) -> Layers:
        """Of what is told of an order all that may be kept: where its time is over, nothing personal."""

    def strip(self, order: OrderKey, version: int) -> bool:
        """Take the personal data out of the item, if its version is still this one, which it keeps."""

    def note(self, order: OrderKey, row: HistoryRow) -> None:
        """Put a history row of its own; the same telling lands on the same row."""

    def history(self, order: OrderKey) -> list[HistoryRow]:
        """All of an order's history, with it and in rows of its own, by the platform's time."""

    def buckets(self, merchant: str, platform: str, account: str) -> tuple[int, int]:
        """Where new orders of an account go: (first bucket, how many). Grows with the volume."""

    def grow(self, merchant: str, platform: str, account: str, seen: tuple[int, int], times: int = 2) -> None:
        """New buckets for orders still to come, `times` as many within bounds, if they are still as `seen`."""


class OrderNumbers(Protocol):
    """Which order goes by which number, where that is not its id."""

    def note(self, orders: Iterable[Numbered]) -> None:
        """Remember the numbers of orders; again is the same, and the last of two orders of one number stays."""

    def find(self, merchant: str, shops: Collection[tuple[str, str]], number: str) -> list[OrderKey]:
        """The orders of these accounts (platform, account) that were noted under a number, in one call for a hundred accounts.

        What is noted may be out of date: the order itself says which number it goes by.
        """


class CellStore(Protocol):
    """Cells: rows, heads and summaries. See docs/data-model.md."""

    def put_rows(self, facts: Iterable[tuple[Fact, int]], dropped: Iterable[tuple[Cell, str, int]]) -> set[Cell]:
        """Put rows and tombstones with their versions; a lower version is refused, an equal one is put again.

        Returns the cells whose rows were accepted.
        """

    def raise_dirty(self, cells: Iterable[Cell]) -> None:
        """Raise each cell's dirty number."""

    def dirty_number(self, cell: Cell) -> int:
        """The cell's dirty number (consistent read)."""

    def rows(self, cell: Cell) -> Iterator[Row]:
        """The cell's live rows by consistent reads, tombstones left out."""

    def named_rows(self, cell: Cell) -> Iterator[tuple[str, Row]]:
        """The same with their names."""

    def page(self, cell: Cell, prefix: str, after: str, limit: int) -> list[tuple[str, Row]]:
        """The first live rows, at most `limit`, whose names begin with `prefix` and come behind `after`; by consistent reads."""

    def put_summary(self, cell: Cell, summary: bytes, *, dirty: int) -> None:
        """Put a summary made from rows read after `dirty` was read; a summary from a later number stays."""

    def heads(self, merchant: str, day: date) -> list[CellHead]:
        """All cells of a day with their dirty numbers and summaries."""

    def dirtiness(self, merchant: str, day: date) -> int:
        """The dirty numbers of a day's orders and people, added up: unchanged while nothing was written there."""

    def dirty_cells(self, merchant: str, limit: int) -> list[Cell]:
        """Cells that wait for recomputing, the longest waiting first."""


@dataclass(frozen=True, slots=True)
class CellHead:
    """A cell as a reader sees it. Fresh when `summed` equals `dirty`."""

    cell: Cell
    dirty: int
    summed: int
    summary: bytes | None


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A member's profile with its version (0: not there), people bucket, and what its last change touched.

    `touched` are the visits whose people rows that change had to write; whoever builds on this version writes them again,
    so that a crash between the profile and its rows heals. `basis` names what it was made from; `buyers` are those of the person,
    none where another of them bears the person's name; `log`, the newest last, says when they became these. `place` is the bucket
    of the member cells that the buyer's row lies in for good; None until there was one.
    """

    version: int
    profile: Profile
    bucket: int
    touched: frozenset[Visit] = frozenset()
    basis: str = ""
    buyers: tuple[str, ...] = ()
    log: tuple[tuple[str, tuple[str, ...]], ...] = ()
    place: int | None = None


class KeySource(Protocol):
    """Public keys that platforms hand out by id."""

    def get(self, account: Account, key_id: str, fetch: Callable[[], str]) -> str:
        """The key as PEM, from what is kept or by `fetch`. Rejected when there is none; Retriable when it cannot be asked."""


class RecordKey(NamedTuple):
    """What a review, question, message, receipt or row of spend is kept under. `kind` is one of these words."""

    merchant: str
    platform: str
    account: str
    kind: str
    id: str

    @property
    def place(self) -> str:
        """What its sealed part is bound to, beside its merchant and subject."""
        return "\x1f".join((self.kind, self.platform, self.account, self.id))


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record as it lies in the table. `version` 0: not there yet.

    `clock`: the platform's milliseconds, source (a receipt: its state), fingerprint (of reviews and questions behind the time at
    which they were heard). `plain` and `personal` are JSON objects, the latter sealed under `subject`'s key; `raw` names the
    archived bytes.
    """

    version: int
    clock: tuple[int, int, str] = (0, 0, "")
    plain: bytes = b"{}"
    subject: str | None = None
    personal: bytes | None = None
    raw: str | None = None


class RecordStore(Protocol):
    """Reviews, questions, messages, receipts and spend."""

    def read(self, record: RecordKey) -> StoredRecord:
        """A consistent read; version 0 when there is none."""

    def write(self, record: RecordKey, stored: StoredRecord, *, expected_version: int) -> bool:
        """Put on condition that the version is still the one read (0: that there is none)."""

    def strip(self, record: RecordKey, version: int) -> bool:
        """Take the personal data out of the item, if its version is still this one, which it keeps."""

    def keys(self, merchant: str, platform: str, account: str, kind: str, day: date | None = None) -> Iterator[RecordKey]:
        """The records of an account and kind; `day` for spend, which lies by day."""

    def spend(self, merchant: str, platform: str, account: str, day: date) -> Iterator[StoredRecord]:
        """The rows of spend of an account's day, by consistent reads."""


class Link(NamedTuple):
    """An identity (keyed hash) that was seen with a member."""

    merchant: str
    identity: str
    member: str


class MemberStore(Protocol):
    """Members: their order rows, profile, consents, arms and sends."""

    def put_order(self, merchant: str, row: MemberOrder, version: int) -> None:
        """Put the order's row; a lower version is refused."""

    def drop_order(self, merchant: str, row: MemberOrder, version: int) -> None:
        """Leave a tombstone for a row that moved to another member."""

    def profile(self, merchant: str, member: str) -> StoredProfile:
        """A consistent read; version 0 when there is none."""

    def orders(self, merchant: str, member: str) -> list[MemberOrder]:
        """The member's order rows by consistent reads."""

    def put_profile(self, merchant: str, member: str, stored: StoredProfile, *, expected_version: int) -> bool:
        """Put with the due index's keys, on condition that the version is still the one read."""

    def profiles(self, members: Collection[tuple[str, str]]) -> dict[tuple[str, str], StoredProfile]:
        """The profiles of (merchant, member), each read consistently, in few calls."""

    def link(self, links: Collection[Link]) -> None:
        """Remember that identities were seen with members, in few calls; one that is known stays as it is."""

    def linked(self, merchant: str, identity: str, limit: int | None = None) -> list[str]:
        """The buyers an identity was seen with, at most `limit`."""

    def sever(self, merchant: str, member: str, identity: str, *, again: bool = False) -> None:
        """Cut a buyer from an identity, so that it links them to nobody; `again`: join them again."""

    def severed(self, merchant: str, member: str) -> frozenset[str]:
        """The identities that a buyer is cut from."""

    def due(self, merchant: str, last_day: date) -> Iterator[str]:
        """Members whose last counted order lies on that day, over all buckets of the due index."""

    def put_consent(self, consent: Consent, subject: str) -> None:
        """Keep a buyer's word, and as the one that holds unless there is a newer; at the same instant a withdrawal holds."""

    def consent(self, merchant: str, subjects: Collection[str], channel: str, purpose: str = MARKETING) -> bool | None:
        """Granted, withdrawn, or None when nobody said: the newest word of these buyers, who are one person."""

    def words(self, merchant: str, subject: str) -> list[Word]:
        """All that a buyer ever said, by channel, purpose and time."""

    def put_permission(self, permission: Permission, subject: str) -> None:
        """Keep that a person allowed, or refused, one message of a template; told again, it stays as it is, used or not."""

    def take_permission(self, merchant: str, subject: str, template: str, message_id: str) -> bool:
        """Use up one permission for a message, the oldest first; the same message takes none twice. False: there is none left."""

    def permissions(self, merchant: str, subject: str, template: str, message_id: str | None = None) -> int:
        """How many messages of a template a person still allows; `message_id`: with the one that this message has taken."""

    def release_permission(self, merchant: str, subject: str, template: str, message_id: str) -> None:
        """Give back the one that a message took, and did not go by."""

    def put_contact(self, merchant: str, identity: str, contact: tuple[str, str, str, str], *, active: bool, version: int) -> None:
        """Remember under an identity (keyed hash) who a directory has: platform, account, contact id, employee.

        `version` is that of the record which says so; what an older one said is refused.
        """

    def contacts(self, merchant: str, identity: str) -> list[tuple[str, str, str, str]]:
        """The active contacts of an identity."""

    def suppress(self, merchant: str, address: str, reason: str, channel: str = "email") -> None:
        """No more messages on a channel to an address or number (keyed hash)."""

    def suppressed(self, merchant: str, address: str, channel: str = "email") -> str | None:
        """Why an address or number gets nothing on a channel, None when it may."""


class Calendar(Protocol):
    """Days on which members are to be looked at. `kind`: wake, birthday; delivered, which notes orders in the place of members.

    A day is text: a date, or a keyed hash of one.
    """

    def note(self, merchant: str, kind: str, day: str, member: str) -> None:
        """Note a member under a day; again is the same."""

    def on(self, merchant: str, kind: str, day: str) -> Iterator[str]:
        """Who is noted under a day."""

    def forget(self, merchant: str, kind: str, day: str, member: str) -> None:
        """Strike it out."""

    def move(self, merchant: str, kind: str, day: str | None, member: str) -> bool:
        """Note a member under this day in the place of the one they were moved to before; None: under none any more.

        False: somebody moved them at the same time.
        """


State = Literal["queued", "deferred", "sending", "sent", "unknown", "failed", "suppressed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox. `message_id` is the idempotency key; `owner` the member, or the digest's recipient hash.

    `decision` is the gate's record at send time: each rule with its outcome. `values` are what the template needs besides
    what is read at send time; never personal data. `trace`: the delivery it came of (chalicelib.tracing), if it came of one.
    """

    merchant: str
    message_id: str
    owner: str
    kind: Literal["winback", "review_reply", "survey", "digest", "service"]
    channel: str
    template: str
    locale: str
    state: State
    reason: str | None
    due_at: datetime | None
    campaign: str | None
    arm: Literal["treated", "holdout"] | None
    version: int = 0
    decision: tuple[tuple[str, str], ...] = ()
    sent_at: datetime | None = None
    provider_id: str | None = None
    trace: str | None = None
    values: dict[str, str] = field(default_factory=dict)


class Outbox(Protocol):
    """Messages still to be sent and sent, by owner."""

    def add(self, message: Message, *facts: Fact) -> bool:
        """Put unless there is one of that id. False: there was. Facts go into their cells in the same transaction."""

    def read(self, merchant: str, owner: str, message_id: str) -> Message | None:
        """One message."""

    def of(self, merchant: str, owner: str) -> list[Message]:
        """All messages of an owner."""

    def due(self, merchant: str, now: datetime, limit: int) -> list[Message]:
        """Queued and deferred messages whose time has come, the oldest first."""

    def left_sending(self, merchant: str, before: datetime) -> list[Message]:
        """Messages claimed before `before` of which nobody has told the outcome: their worker died."""

    def save(self, message: Message, outcome: Fact | None = None) -> bool:
        """Put on condition that the version is the one before; False: somebody else was first. `outcome` as in `add`."""

    def claim(self, message: Message, bounds: Bounds) -> bool:
        """Queued to sending, together with the holder's list of sends and the campaign's count of the day, in one transaction.

        `message` is the row as it will be, its version one up. False when another worker was first, when the holder has as many
        sends as `bounds` allows, over all or on the channel, or the campaign its sends of the day or its budget; counted under
        the same conditions, so that two campaigns or twenty workers cannot all pass.
        """

    def give_back(self, message: Message, bounds: Bounds) -> None:
        """Take a definitely failed send out of the holder's list of sends, the campaign's count of the day and its spending."""

    def spent(self, merchant: str, campaign: str) -> int:
        """What a campaign's sends came to, in minor units; 0 for one without a budget."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a send is counted against.

    `holder` is the person's name, whichever of their buyers the message was drawn for. At most `cap` sends after `since` over all
    channels, `channel_cap` after `channel_since` on this one (None: no such bound), `daily_cap` of the campaign on the day of
    `at`. With a `budget`, `cost` more must not exceed it.
    """

    holder: str
    at: datetime
    channel: str
    cap: int
    since: datetime
    daily_cap: int
    channel_cap: int | None = None
    channel_since: datetime | None = None
    budget: int | None = None
    cost: int = 0


class Work(Protocol):
    """Work that waits longer than the queue's patience, by due time."""

    def park(self, merchant: str, key_: str, body: str, due_at: datetime, reason: str) -> None:
        """Keep an envelope until `due_at`."""

    def due(self, merchant: str, now: datetime, limit: int) -> list[tuple[str, str]]:
        """(key, envelope text) of what is due."""

    def waiting(self, merchant: str, limit: int) -> int:
        """How many envelopes are kept, due or not, counted up to `limit`."""

    def done(self, merchant: str, key_: str, body: str) -> None:
        """Forget it, once it is back on a queue, unless it has been parked again meanwhile."""

    def quarantine(self, merchant: str, key_: str, body: str, reason: str, detail: str) -> None:
        """Keep what cannot be mapped for a person, replayable."""

    def held(self, merchant: str) -> int:
        """How many lie in quarantine; a few reads, however many there are."""

    def quarantined(self, merchant: str) -> list[Quarantined]:
        """All that lies in quarantine, at once; chalicelib/quarantine.py reads it by pages."""


@dataclass(frozen=True, slots=True)
class Quarantined:
    """An envelope that a person has to look at."""

    key: str
    body: str
    reason: str
    detail: str
    at: datetime


class Marks(Protocol):
    """Small state by name: pull cursors, sweep days, when a source was last heard of. Values are short JSON texts."""

    def get(self, merchant: str, name: str) -> tuple[str, int] | None:
        """(value, version), None when there is none."""

    def put(self, merchant: str, name: str, value: str, *, expected_version: int) -> bool:
        """Put on condition that the version is the one read (0: none yet)."""

    def beat(self, merchant: str, at: datetime) -> None:
        """Write the heartbeat item, whose image on the stream carries `at`."""

    def beat_at(self, merchant: str) -> datetime | None:
        """When the heartbeat was written last, None when it never was."""

    def named(self, merchant: str, prefix: str) -> dict[str, str]:
        """All values whose name begins with `prefix`."""


class SecretSource(Protocol):
    """Secrets of an account, cached for at most 5 minutes."""

    def secrets(self, account: Account) -> Secrets:
        """All secrets by name; an unknown account has none (verifiers then fail closed)."""


class Connectors(Protocol):
    """The registry, and what a connector needs to call its platform."""

    def connector(self, key: str) -> Connector:
        """By platform key; Rejected 404 when unknown."""

    def api(self, account: Account) -> Api:
        """The account's API access."""


class Renderer(Protocol):
    """Turns data into what people read."""

    def digest(self, report: Report) -> Rendered:
        """The day's digest in the report's locale."""

    def notice(self, report: Report) -> Notice:
        """The same in short, for a robot in a chat group."""

    def winback(self, values: Mapping[str, str], *, locale: str, template: str, variant: str = "a") -> Rendered:
        """A message to a person as a mail. ConfigError: an unknown template or variant, a missing or unknown value."""

    def line(self, values: Mapping[str, str], *, locale: str, template: str, variant: str = "a") -> str:
        """The same message as one short plain text, for chat, tasks of employees and text messages; no way to unsubscribe in it."""

    def variants(self, template: str, locale: str) -> tuple[str, ...]:
        """The variants that a template has in a locale, in order; the first is the usual one."""

    def page(self, name: str, locale: str) -> str:
        """A small page for people: unsubscribe, unsubscribed, unknown, surveyed, survey_over."""

    def survey(self, locale: str, *, shop: str, chosen: int | None = None, missing: bool = False) -> str:
        """The page of a survey, `chosen` marked; `missing`: a score has to be picked."""
