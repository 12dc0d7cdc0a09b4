"""The day's webhooks as they reach the receiver: signed, and with seeded trouble on the way.

Every request carries its fate, and what must become of it, so that a run can be checked to the last request:

plain       sent once, at its time
late        held back, so that later ones overtake it (reordering)
duplicate   byte-identical copy of one already sent
retry       first attempt lost, sent again by the platform later (what no pull brings: a merchant's own system, customers)
forged      never sent by the platform: signed with a foreign secret, or to a guessed URL; must be refused
corrupt     copy with one byte changed after signing; must be refused (signed platforms only)

Dropped ones are not in the stream: they are listed, and a pull must make them good.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from chalicelib.contract import Account, RawRequest, ReceivesWebhooks, Secrets
from connectors.registry import connector
from ops.simulator.delivery import Delivery
from ops.simulator.model import Shop, SimOrder, World, made_secret, rng
from ops.simulator.registry import platform as platform_of

REFUSED = frozenset({"forged", "corrupt"})


@dataclass(frozen=True, slots=True)
class Shares:
    """How often each fate befalls a delivery."""

    duplicate: float = 0.10
    late: float = 0.05
    dropped: float = 0.02
    forged: float = 0.01
    corrupt: float = 0.005


@dataclass(frozen=True, slots=True)
class Sent:
    """One request of the stream. `at` is when it arrives (simulated); `number` its place in the stream."""

    at: datetime
    delivery: Delivery
    fate: str
    number: int = 0

    @property
    def refused(self) -> bool:
        """Whether the receiver must answer 4xx and queue nothing."""
        return self.fate in REFUSED

    @property
    def path(self) -> str:
        """The path to POST to."""
        return (
            path_of(self.delivery) if self.fate != "forged" or self.delivery.segment is None else f"{_base(self.delivery)}/guessed"
        )


@dataclass(frozen=True, slots=True)
class Traffic:
    """A day's stream in order of arrival, what was dropped, and counts by fate."""

    sent: tuple[Sent, ...]
    dropped: tuple[Delivery, ...]
    counts: dict[str, int] = field(default_factory=dict)


def deliveries(world: World, since: datetime, until: datetime) -> list[Delivery]:
    """Every webhook the platforms send for what happens in [since, until), by time."""
    found = [delivery for shop in world.shops for delivery in platform_of(shop.platform).wire.deliveries(world, since, until)]
    return sorted(found, key=lambda delivery: (delivery.at, delivery.platform, delivery.subject, delivery.topic, delivery.body))


def history(world: World) -> list[Delivery]:
    """A few webhooks for every order placed before the day, with order, refunds and consent as they were when it began."""
    return people(world) + [
        delivery for order in world.orders if order.placed_at < world.start for delivery in snapshot(world, order, world.opening)
    ]


def people(world: World) -> list[Delivery]:
    """What is told apart from orders, as it was when the day began, of everybody who had bought before."""
    bought = {(order.shop.platform, order.buyer.id): order.buyer for order in world.orders if order.placed_at < world.start}
    return [
        delivery
        for (platform, _), buyer in sorted(bought.items())
        for delivery in platform_of(platform).wire.people(world, buyer, world.opening)
    ]


def snapshot(world: World, order: SimOrder, now: datetime) -> Iterator[Delivery]:
    """Webhooks after which a receiver knows all of an order as of `now`."""
    yield from platform_of(order.shop.platform).wire.snapshot(world, order, now)


def day(world: World, shares: Shares | None = None, *, seed: int | None = None) -> Traffic:
    """The stream of the world's day. Arrivals never lie after the day, so that a late read shows nothing of the next."""
    draw = rng(world.seed if seed is None else seed, "traffic")
    found = deliveries(world, world.start, world.end)
    fates = _fates(found, shares or Shares(), draw)
    sent = [
        Sent(min(delivery.at + timedelta(seconds=draw.randint(*_DELAY[fate])), world.closing), delivery, fate)
        for fate, indexes in fates.items()
        if fate != "dropped"
        for delivery in (found[index] for index in indexes)
    ]
    ordered = sorted(sent, key=lambda each: (each.at, each.fate != "plain"))
    stream = tuple(replace(each, number=number) for number, each in enumerate(ordered))
    counts = {fate: len(indexes) for fate, indexes in fates.items()}
    return Traffic(stream, tuple(found[index] for index in fates["dropped"]), counts)


_DELAY = {"plain": (0, 0), "late": (240, 1800), "duplicate": (1, 900), "retry": (300, 1800), "forged": (1, 60), "corrupt": (1, 60)}


def _fates(found: list[Delivery], shares: Shares, draw: Random) -> dict[str, list[int]]:
    """Which deliveries meet which fate: exactly `share * number` of them, rounded, chosen by the seed."""

    def choose(among: list[int], share: float, of: int) -> list[int]:
        return sorted(draw.sample(among, min(round(share * of), len(among))))

    everyone = list(range(len(found)))
    pulled = [index for index in everyone if found[index].pulled]
    dropped = choose(pulled, shares.dropped, len(found))
    retry = choose(sorted(set(everyone) - set(pulled)), shares.dropped, len(found) - len(pulled))
    rest = sorted(set(everyone) - set(dropped) - set(retry))
    late = choose(rest, shares.late, len(found))
    plain = sorted(set(rest) - set(late))
    sent = [index for index in everyone if not platform_of(found[index].platform).wire.feed]
    signed = [index for index in sent if platform_of(found[index].platform).wire.signed]
    return {
        "plain": plain,
        "late": late,
        "duplicate": choose(plain, shares.duplicate, len(found)),
        "retry": retry,
        "forged": choose(sent, shares.forged, len(found)),
        "corrupt": choose(signed, shares.corrupt, len(found)),
        "dropped": dropped,
    }


def _base(delivery: Delivery) -> str:
    return f"/webhooks/{delivery.platform}/{delivery.account}"


def path_of(delivery: Delivery) -> str:
    """The path a platform POSTs to: the registered webhook URL."""
    return _base(delivery) if delivery.segment is None else f"{_base(delivery)}/{delivery.segment}"


def account_of(world: World, platform: str) -> Account:
    """The account as the configuration has it, with the options that the simulated platform needs."""
    return Account(world.merchant, platform, world.shop(platform).account, platform_of(platform).options)


def secrets_of(world: World, platform: str) -> Secrets:
    """The account's secrets under their fixed names, without what the platform keeps to itself."""
    kinds = platform_of(platform).secrets
    return Secrets({name: (value,) for name, value in world.secrets[platform].items() if not kinds[name].own})


def request_of(world: World, sent: Sent, now: datetime, base: str = "https://hooks.example") -> RawRequest:
    """The request as it goes over the wire, signed as of `now` (platforms that sign a time have it checked).

    Of a feed's record, the request that the receiver makes of it: a POST of its body.
    """
    delivery = sent.delivery
    headers = {name: (value,) for name, value in delivery.headers.items()}
    segment = sent.path.removeprefix(_base(delivery)).lstrip("/") or None
    bare = RawRequest("POST", f"{base}{sent.path}", headers, delivery.query, delivery.body, segment)
    if platform_of(delivery.platform).wire.feed:
        return bare
    signed = _signed(world, bare, delivery.platform, now, foreign=sent.fate == "forged")
    return replace(signed, body=_flipped(signed.body, sent.number)) if sent.fate == "corrupt" else signed


def _signed(world: World, request: RawRequest, platform: str, now: datetime, *, foreign: bool) -> RawRequest:
    signer = connector(platform)
    assert isinstance(signer, ReceivesWebhooks)
    own = Secrets({name: (value,) for name, value in world.secrets[platform].items()})
    secrets = _foreign(world, platform) if foreign else own
    return signer.sign(request, account_of(world, platform), secrets, now)


def _foreign(world: World, platform: str) -> Secrets:
    """Somebody else's secrets; public identifiers stay as they are, since a forger knows them."""
    made = {}
    for name, secret in platform_of(platform).secrets.items():
        foreign = made_secret(world.seed, platform, secret.like or name, "foreign")
        made[name] = (world.secrets[platform][name] if secret.public else secret.make(foreign),)
    return Secrets(made)


def _flipped(body: bytes, number: int) -> bytes:
    at = number * 7919 % len(body)
    return body[:at] + bytes([body[at] ^ 0x01]) + body[at + 1 :]


def permits(shop: Shop) -> bool:
    """Whether buyers of a shop allow it single messages, which go through the platform itself."""
    return platform_of(shop.platform).tells.permits
