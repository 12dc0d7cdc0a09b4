"""Members in the table: order rows, profile with the due index, identity links, consent and suppression."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime

import msgspec

from chalicelib.adapters.table import DUE_INDEX, Item, Table, Value, binary, get_bytes, get_int, get_text, key, number, opt, text
from chalicelib.domain.consent import MARKETING, Word
from chalicelib.domain.contact import Permission
from chalicelib.domain.events import Consent
from chalicelib.domain.facts import MemberOrder
from chalicelib.domain.member import DUE_BUCKETS, Profile, Visit, due_bucket
from chalicelib.domain.receipt import GRAVEST_FIRST
from chalicelib.ports import Link, StoredProfile
from chalicelib.toolkit.decode import decoder

PROFILE_SK = "profile"
NOT_NEWER = "attribute_not_exists(pk) OR v <= :v"
NOT_TOLD_LATER = "attribute_not_exists(v) OR v <= :v"
UNCHANGED = "v = :read"
# Of several reasons the gravest is kept, in whichever order they are told.
AS_GRAVE = "attribute_not_exists(pk) OR weight >= :weight"
NOT_THERE = "attribute_not_exists(pk)"
UNUSED = "attribute_exists(pk) AND attribute_not_exists(used)"
# A buyer's newest word stands; at the same instant a withdrawal does.
NEWER_WORD = "attribute_not_exists(pk) OR #at < :at OR (#at = :at AND granted > :granted)"


class _Profile(msgspec.Struct, array_like=True):
    orders: int
    first_day: date | None
    last_day: date | None
    net: dict[str, int]
    visits: list[tuple[str, str, date, bool]]
    touched: list[tuple[str, str, date, bool]]
    basis: str = ""
    buyers: tuple[str, ...] = ()
    log: tuple[tuple[str, tuple[str, ...]], ...] = ()
    place: int | None = None


class _Order(msgspec.Struct, array_like=True):
    day: date
    counts: bool
    currency: str
    net: int
    identities: tuple[str, ...] = ()


class DynamoMembers:
    """MemberStore on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put_order(self, merchant: str, row: MemberOrder, version: int) -> None:
        """See the port."""
        doc = msgspec.json.encode(_Order(row.day, row.counts, row.currency, row.net, row.identities))
        self._put_row(merchant, row, version, {"doc": binary(doc)})

    def drop_order(self, merchant: str, row: MemberOrder, version: int) -> None:
        """See the port."""
        self._put_row(merchant, row, version, {})

    def profile(self, merchant: str, member: str) -> StoredProfile:
        """See the port."""
        return _stored_profile(self._table.get(member_pk(merchant, member), PROFILE_SK))

    def profiles(self, members: Collection[tuple[str, str]]) -> dict[tuple[str, str], StoredProfile]:
        """See the port."""
        found = self._table.get_many([(member_pk(*each), PROFILE_SK) for each in members])
        return {each: _stored_profile(found.get((member_pk(*each), PROFILE_SK))) for each in members}

    def orders(self, merchant: str, member: str) -> list[MemberOrder]:
        """See the port."""
        found = []
        for item in self._table.query(member_pk(merchant, member), "o#"):
            doc = get_bytes(item, "doc")
            if doc is not None:
                found.append(_member_order(member, item["sk"]["S"], decoder(_Order).decode(doc), get_int(item, "v")))
        return found

    def put_profile(self, merchant: str, member: str, stored: StoredProfile, *, expected_version: int) -> bool:
        """See the port."""
        profile = stored.profile
        raw = _Profile(
            profile.orders,
            profile.first_day,
            profile.last_day,
            profile.net,
            _visits(profile.visits),
            _visits(stored.touched),
            stored.basis,
            stored.buyers,
            stored.log,
            stored.place,
        )
        attributes: dict[str, Value] = {
            "kind": text("profile"),
            "v": number(stored.version),
            "bucket": number(stored.bucket),
            "doc": binary(msgspec.json.encode(raw)),
        }
        if profile.last_day:
            attributes["dpk"] = text(_due_pk(merchant, profile.last_day, due_bucket(member)))
            attributes["dsk"] = text(member)
        condition = UNCHANGED if expected_version else NOT_THERE
        values = {":read": number(expected_version)} if expected_version else None
        return self._table.put(member_pk(merchant, member), PROFILE_SK, attributes, condition=condition, values=values)

    def link(self, links: Collection[Link]) -> None:
        """See the port."""
        self._table.put_many(
            [(key(each.merchant, "I", each.identity), each.member, {"kind": text("link")}) for each in sorted(set(links))]
        )

    def linked(self, merchant: str, identity: str, limit: int | None = None) -> list[str]:
        """See the port."""
        return [item["sk"]["S"] for item in self._table.query(key(merchant, "I", identity), limit=limit)]

    def sever(self, merchant: str, member: str, identity: str, *, again: bool = False) -> None:
        """See the port."""
        pk, sk = member_pk(merchant, member), key("x", identity)
        if again:
            self._table.delete(pk, sk)
        else:
            self._table.put(pk, sk, {"kind": text("severed")})

    def severed(self, merchant: str, member: str) -> frozenset[str]:
        """See the port."""
        found = self._table.query(member_pk(merchant, member), "x#")
        return frozenset(item["sk"]["S"].partition("#")[2].replace("%23", "#").replace("%25", "%") for item in found)

    def due(self, merchant: str, last_day: date) -> Iterator[str]:
        """See the port."""
        for bucket in range(DUE_BUCKETS):
            for item in self._table.query_index(DUE_INDEX, _due_pk(merchant, last_day, bucket)):
                yield item["dsk"]["S"]

    def put_consent(self, consent: Consent, subject: str) -> None:
        """See the port."""
        pk = key(consent.merchant, "S", subject)
        at = consent.at.astimezone(UTC).isoformat() if consent.at else ""
        said: dict[str, Value] = opt(
            kind=text("consent"),
            at=text(at),
            granted=number(int(consent.granted)),
            source=text(consent.source),
            version=text(consent.text_version) if consent.text_version else None,
        )
        # The trail first: what was written as the word that holds is always among the words.
        mark = hashlib.sha256(f"{consent.source}\x1f{consent.text_version or ''}".encode()).hexdigest()[:12]
        self._table.put(pk, key("said", consent.channel, consent.purpose, at, str(int(consent.granted)), mark), said)
        values = {":at": text(at), ":granted": number(int(consent.granted))}
        holds = _consent_sk(consent.channel, consent.purpose)
        self._table.put(pk, holds, said, condition=NEWER_WORD, values=values, names={"#at": "at"})

    def consent(self, merchant: str, subjects: Collection[str], channel: str, purpose: str = MARKETING) -> bool | None:
        """See the port."""
        found = [self._table.get(key(merchant, "S", subject), _consent_sk(channel, purpose)) for subject in subjects]
        # The newest; at the same instant a withdrawal.
        words = [(get_text(item, "at") or "", -get_int(item, "granted")) for item in found if item]
        return bool(max(words)[1]) if words else None

    def words(self, merchant: str, subject: str) -> list[Word]:
        """See the port."""
        return [_word(subject, item) for item in self._table.query(key(merchant, "S", subject), "said#")]

    def put_permission(self, permission: Permission, subject: str) -> None:
        """See the port."""
        at = permission.at.isoformat() if permission.at else ""
        item = {"kind": text("permission"), "granted": number(int(permission.granted))}
        sk = key("permit", permission.template, at, permission.permission_id)
        self._table.put(key(permission.merchant, "S", subject), sk, item, condition=NOT_THERE)

    def take_permission(self, merchant: str, subject: str, template: str, message_id: str) -> bool:
        """See the port."""
        pk = key(merchant, "S", subject)
        told = list(self._table.query(pk, key("permit", template, "")))
        if _taken(told, message_id):
            return True
        return any(
            self._table.update(pk, item["sk"]["S"], "SET used = :m", condition=UNUSED, values={":m": text(message_id)})
            for item in _unused(told)
        )

    def permissions(self, merchant: str, subject: str, template: str, message_id: str | None = None) -> int:
        """See the port."""
        told = list(self._table.query(key(merchant, "S", subject), key("permit", template, "")))
        return len(_unused(told)) + len(_taken(told, message_id))

    def release_permission(self, merchant: str, subject: str, template: str, message_id: str) -> None:
        """See the port."""
        pk = key(merchant, "S", subject)
        for item in self._table.query(pk, key("permit", template, "")):
            if get_text(item, "used") == message_id:
                values = {":m": text(message_id)}
                self._table.update(pk, item["sk"]["S"], "REMOVE used", condition="used = :m", values=values)

    def put_contact(self, merchant: str, identity: str, contact: tuple[str, str, str, str], *, active: bool, version: int) -> None:
        """See the port."""
        told = {"kind": text("acquaintance"), "active": number(int(active)), "v": number(version)}
        values = {":v": number(version)}
        self._table.put(key(merchant, "J", identity), key(*contact), told, condition=NOT_TOLD_LATER, values=values)

    def contacts(self, merchant: str, identity: str) -> list[tuple[str, str, str, str]]:
        """See the port."""
        found = [item["sk"]["S"] for item in self._table.query(key(merchant, "J", identity)) if get_int(item, "active")]
        parted = [tuple(part.replace("%23", "#").replace("%25", "%") for part in sk.split("#")) for sk in found]
        return [(platform, account, contact, employee) for platform, account, contact, employee in parted]

    def suppress(self, merchant: str, address: str, reason: str, channel: str = "email") -> None:
        """See the port."""
        weight = number(GRAVEST_FIRST.index(reason) if reason in GRAVEST_FIRST else len(GRAVEST_FIRST))
        item = {"kind": text("suppression"), "reason": text(reason), "weight": weight}
        self._table.put(key(merchant, "X", address), channel, item, condition=AS_GRAVE, values={":weight": weight})

    def suppressed(self, merchant: str, address: str, channel: str = "email") -> str | None:
        """See the port."""
        item = self._table.get(key(merchant, "X", address), channel)
        return get_text(item, "reason") if item else None

    def _put_row(self, merchant: str, row: MemberOrder, version: int, attributes: dict[str, Value]) -> None:
        sk = key("o", row.platform, row.account, row.order_id)
        base = {"kind": text("row"), "v": number(version)}
        self._table.put(member_pk(merchant, row.member), sk, base | attributes, condition=NOT_NEWER, values={":v": number(version)})


def member_pk(merchant: str, member: str) -> str:
    """A member's partition."""
    return key(merchant, "M", member)


def _stored_profile(item: Item | None) -> StoredProfile:
    if item is None:
        return StoredProfile(0, Profile(), 0)
    raw = decoder(_Profile).decode(get_bytes(item, "doc") or b"")
    profile = Profile(raw.orders, raw.first_day, raw.last_day, raw.net, frozenset(Visit(*visit) for visit in raw.visits))
    return StoredProfile(
        version=get_int(item, "v"),
        profile=profile,
        bucket=get_int(item, "bucket"),
        touched=frozenset(Visit(*visit) for visit in raw.touched),
        basis=raw.basis,
        buyers=raw.buyers,
        log=raw.log,
        place=raw.place,
    )


def _consent_sk(channel: str, purpose: str) -> str:
    return key("consent", channel, *([] if purpose == MARKETING else [purpose]))


def _word(subject: str, item: Item) -> Word:
    _, channel, purpose, *_ = (part.replace("%23", "#").replace("%25", "%") for part in item["sk"]["S"].split("#"))
    at = datetime.fromisoformat(item["at"]["S"]) if item["at"]["S"] else None
    return Word(subject, channel, purpose, bool(get_int(item, "granted")), at, item["source"]["S"], get_text(item, "version"))


def _unused(told: list[Item]) -> list[Item]:
    """The permissions not used yet."""
    return [item for item in _standing(told) if "used" not in item]


def _taken(told: list[Item], message_id: str | None) -> list[Item]:
    """The permissions that a message has."""
    return [item for item in _standing(told) if message_id is not None and get_text(item, "used") == message_id]


def _standing(told: list[Item]) -> list[Item]:
    """Those given after the last refusal. They are in the order of their times."""
    refused = max((index for index, item in enumerate(told) if not get_int(item, "granted")), default=-1)
    return told[refused + 1 :]


def _due_pk(merchant: str, day: date, bucket: int) -> str:
    return key(merchant, "L", day.isoformat(), str(bucket))


def _visits(visits: frozenset[Visit]) -> list[tuple[str, str, date, bool]]:
    return sorted((visit.platform, visit.account, visit.day, visit.new) for visit in visits)


def _member_order(member: str, sk: str, raw: _Order, version: int) -> MemberOrder:
    _, platform, account, order_id = (part.replace("%23", "#").replace("%25", "%") for part in sk.split("#"))
    shop = (platform, account, order_id)
    return MemberOrder(member, *shop, raw.day, raw.counts, raw.currency, raw.net, raw.identities, version)
