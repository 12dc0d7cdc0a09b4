"""Builds the world: one shop a platform, their buyers, sixty days of orders and one full day, all from a seed.

Some people buy at several shops, under one address, number or unionid, others hide behind a relay or share an address with many;
and, where one asks for it, a quiet crowd bought once, long ago.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ops.simulator.catalogue import CITIES, COLUMN, FAMILY, GIVEN, GOODS
from ops.simulator.model import Buyer, Item, Product, SimOrder, World, made_secret, rng
from ops.simulator.registry import DEMO, KEYS, platform
from ops.simulator.stories import Draft, life
from ops.simulator.traits import Platform

DAY = date(2026, 11, 20)
HISTORY_DAYS = 60
ZONE = "Asia/Shanghai"
CHEAPEST = 95
EVERY = 8  # of so many buyers of a shop, these by their number:
TWIN_EMAIL, TWIN_PHONE, RELAYED, RESOLD = (1, 2, 5), (4,), (3,), (7, 0)
ONE_UNIONID = (3, 4)  # buyers of one shop that its platform knows to be one person
QUIET_FROM = 10_001  # the crowd's first number


def build(
    seed: int = 1, *, day: date = DAY, history: int = 900, today: int = 500, platforms: Sequence[str] = DEMO, quiet: int = 0
) -> World:  # fmt: skip
    """A world with `history` orders in the 60 days before `day` and `today` orders on it, in equal parts by shop.

    `quiet`: so many more people with one order each, at the shops whose traits say so.
    """
    zone = ZoneInfo(ZONE)
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    chosen = tuple(platform(key) for key in KEYS if key in platforms)
    buyers: list[Buyer] = []
    orders: list[SimOrder] = []
    for index, each in enumerate(chosen):
        makes = Maker(seed, each, start, end)
        past = history // len(chosen) + (index < history % len(chosen))
        now = today // len(chosen) + (index < today % len(chosen))
        mine = makes.people(past, now)
        buyers += mine
        orders += makes.orders(mine, past, now)
        if each.quiet:
            crowd = makes.crowd(int(quiet * each.quiet))
            buyers += (order.buyer for order in crowd)
            orders += crowd
    return World(
        seed=seed,
        merchant="demo",
        zone=zone,
        currency="CNY",
        day=day,
        start=start,
        end=end,
        shops=tuple(each.shop for each in chosen),
        products=tuple(product for each in chosen for product in goods(each)),
        buyers=tuple(buyers),
        orders=tuple(sorted(orders, key=lambda order: (order.placed_at, order.shop.key, order.order_id))),
        secrets={each.shop.platform: _secrets(seed, each) for each in chosen},
    )


def goods(of: Platform) -> tuple[Product, ...]:
    """The forty products of a shop, titled in its language, priced in minor units of its currency."""
    column, (factor, divisor) = COLUMN[of.shop.locale], of.trade.prices
    return tuple(
        Product(number, str(good[column]), max(good[3] * factor // divisor, CHEAPEST), of.ids.product(number))
        for number, good in enumerate(GOODS, start=1)
    )


def _secrets(seed: int, of: Platform) -> dict[str, str]:
    return {name: secret.make(made_secret(seed, of.shop.platform, secret.like or name)) for name, secret in of.secrets.items()}


def _not_at_midnight(at: datetime) -> datetime:
    """Whole seconds, and not in the last two minutes of an hour: room for the payment on the same day."""
    at = at.replace(microsecond=0)
    return at.replace(minute=57) if at.minute > 57 else at


class Maker:
    """Makes one shop's people and orders."""

    def __init__(self, seed: int, of: Platform, start: datetime, end: datetime) -> None:
        self.seed, self.of, self.shop, self.start, self.end = seed, of, of.shop, start, end
        self.goods = goods(of)

    def people(self, past: int, now: int) -> list[Buyer]:
        """Buyers: two in five lapsed, the rest active; half as many newcomers as there are orders today."""
        known = max(4, past * 2 // 3)
        habits = ["lapsed"] * (known * 2 // 5) + ["active"] * (known - known * 2 // 5) + ["new"] * max(1, now // 2)
        return [self._person(number, habit) for number, habit in enumerate(habits, start=1)]

    def _person(self, number: int, habit: str) -> Buyer:
        draw = rng(self.seed, self.shop.key, "buyer", number)
        language, tells = self.shop.locale, self.of.tells
        family, given = draw.choice(FAMILY[language]), draw.choice(GIVEN[language])
        name = f"{family}{given}" if language == "zh" else f"{given} {family}"
        consent = draw.random() < (0.8 if habit == "quiet" else 0.7) if tells.consent else None
        born = self.start - timedelta(days=draw.randint(61, 400), seconds=draw.randint(0, 86399))
        if habit == "new":
            born = self.start
        leaves = bool(consent) and habit == "lapsed" and draw.random() < 0.1
        return Buyer(
            shop=self.shop,
            id=self.of.ids.buyer(number, draw),
            name=name,
            email=self._email(number, habit) if tells.email and draw.random() < 0.95 else None,
            phone=self._phone(number, habit),
            locale=language,
            city="|".join(draw.choice(CITIES[language])),
            consent=consent,
            consent_at=born if tells.consent else None,
            habit=habit,
            withdrawn_at=self.start + timedelta(hours=draw.randint(1, 9), seconds=draw.randint(0, 3599)) if leaves else None,
            unionid=f"uSim{self.seed:06d}AndOnePerson" if tells.unionid and number in ONE_UNIONID else None,
            texts=draw.random() < 0.6 if habit == "quiet" and tells.consent else None,
            permits=tells.permits and habit in ("lapsed", "quiet"),
        )

    def _email(self, number: int, habit: str) -> str:
        """Mostly one's own at this shop; some have it at every shop, some a relay's, and some one that many share."""
        kind = 6 if habit == "quiet" else number % EVERY
        if kind in TWIN_EMAIL:
            return f"person{number}@example.com"
        if kind in RELAYED:
            return f"one{number}@privaterelay.appleid.com"
        return "reseller@example.com" if kind in RESOLD else f"buyer{number}.{self.shop.platform}@example.com"

    def _phone(self, number: int, habit: str) -> str:
        """One's own at this shop, but for those who have one number at every shop. The crowd's can be called from abroad."""
        own = KEYS.index(self.shop.platform)  # a shared number would make two people one
        if habit == "quiet":
            return f"+86199{own:02d}{number:06d}"
        if number % EVERY in TWIN_PHONE and self.of.tells.phone:
            return f"+8619999{number:06d}"
        return f"+1555{own:02d}{number:05d}" if self.shop.locale == "en" else f"199{own:02d}{number:06d}"

    def crowd(self, size: int) -> list[SimOrder]:
        """Orders of people with one order each, which is over and done with; most may be written to, by mail or by text."""
        made = []
        for number in range(QUIET_FROM, QUIET_FROM + size):
            draw = rng(self.seed, self.shop.key, "quiet", number)
            at = self.start - timedelta(days=draw.randint(31, 57), seconds=draw.randint(1, 86_399))
            made.append(self.order(number, self._person(number, "quiet"), at, "normal"))
        return made

    def orders(self, people: list[Buyer], past: int, now: int) -> list[SimOrder]:
        """The shop's orders: every known buyer at least once, then at random by habit."""
        known = [buyer for buyer in people if buyer.habit != "new"]
        fresh = [buyer for buyer in people if buyer.habit == "new"]
        draw = rng(self.seed, self.shop.key, "orders")
        made: list[SimOrder] = []
        for index in range(past):
            buyer = known[index] if index < len(known) else draw.choice(known)
            made.append(self.order(len(made), buyer, self._past_time(buyer, draw)))
        back = [buyer for buyer in known if buyer.habit == "lapsed"]
        active = [buyer for buyer in known if buyer.habit == "active"]
        for index in range(now):
            pool = fresh if draw.random() < 0.45 else (back if draw.random() < 0.12 and back else active)
            buyer = fresh[index] if index < len(fresh) else draw.choice(pool)
            made.append(self.order(len(made), buyer, self._time_today(draw)))
        return made

    def _past_time(self, buyer: Buyer, draw: Random) -> datetime:
        if buyer.habit == "lapsed":
            days = draw.randint(33, HISTORY_DAYS) - 1
        else:
            days = min(int(draw.expovariate(1 / 9)), HISTORY_DAYS - 1)  # mostly of late, so that much still happens on the day
        return self.start - timedelta(days=days, seconds=draw.randint(1, 86399))

    def _time_today(self, draw: Random) -> datetime:
        length = int((self.end - self.start).total_seconds())
        return self.start + timedelta(seconds=int(draw.triangular(60, length - 60, length * 0.75)))

    def order(self, number: int, buyer: Buyer, at: datetime, story: str = "", coupon: str = "") -> SimOrder:
        """One order with its life: of a story, else of one that the number or chance gives."""
        draw = rng(self.seed, self.shop.key, "order", number)
        ids, trade, weights = self.of.ids, self.of.trade, self.of.lives.stories
        chosen = draw.choices(list(weights), list(weights.values()))[0]
        story = story or (list(weights)[number] if number < len(weights) else chosen)  # each once: a small world has them all
        order_id = ids.order(number, draw)
        items = self._items(order_id, draw, story)
        bare = story in self.of.lives.bare
        shipping = 0 if bare or draw.random() < 0.5 else draw.choice(trade.shipping)
        if trade.coupons and not bare and draw.random() < 0.25:
            items = self._platform_coupon(items, draw)
        tip = draw.choice(trade.tips) if trade.tips else 0
        of_three, of_two = draw.randrange(3), draw.randrange(2)  # both, so that a platform's taxes leave its lives alone
        rates = trade.tax_rates or (0, 0)
        if bare and trade.tax_by_platform:  # what went back is told without the tax that never was the shop's
            rates = (0, 0)
        order = SimOrder(
            shop=self.shop,
            order_id=order_id,
            order_no=ids.order_no(number, order_id),
            buyer=buyer,
            items=items,
            shipping=shipping,
            steps=(),
            tip=tip,
            tax_rate=rates[of_three if len(rates) == 3 else of_two],
            tax_included=trade.tax_included,
            cod=story == "cod",
            test=story == "test",
            story=story,
            coupon=coupon,
        )
        return life(order, Draft(self.of, story, _not_at_midnight(at), draw))

    def _items(self, order_id: str, draw: Random, story: str) -> tuple[Item, ...]:
        count = 2 if story in {"split", "refund_line"} else draw.choice((1, 1, 1, 2, 2, 3))
        count = 1 if self.of.trade.one_item else count
        items = []
        for index, product in enumerate(draw.sample(self.goods, count)):
            quantity = draw.choice((1, 1, 1, 2, 3))
            off = product.price * draw.choice((0, 0, 0, 0, 5, 10, 15)) // 100 * quantity  # whole by piece
            items.append(Item(self.of.ids.line(order_id, index), product, quantity, product.price, off))
        return tuple(items)

    def _platform_coupon(self, items: tuple[Item, ...], draw: Random) -> tuple[Item, ...]:
        first = items[0]
        share = (first.gross - first.off_seller) * draw.choice((3, 8, 10)) // 100
        return (replace(first, off_platform=share), *items[1:])
