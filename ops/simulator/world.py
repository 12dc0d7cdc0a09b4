"""Builds the world: four shops, their buyers, sixty days of orders and one full day, all from a seed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from ops.simulator.catalogue import CITIES, FAMILY, GIVEN, GOODS
from ops.simulator.model import Buyer, Item, Product, Shop, SimOrder, World, made_secret, rng
from ops.simulator.stories import STORIES, Draft, life

SHOPS: tuple[Shop, ...] = (
    Shop("shopify", "acme", "USD", "en", "US"),
    Shop("douyin", "95250", "CNY", "zh", "CN"),
    Shop("mercadolibre", "700100200", "BRL", "pt", "BR"),
    Shop("generic", "erp", "CNY", "zh", "CN"),
)
DAY = date(2026, 11, 20)
HISTORY_DAYS = 60
ZONE = "Asia/Shanghai"
_TITLE = {"zh": 0, "en": 1, "pt": 2}
_SCALE = {"USD": 6, "BRL": 2, "CNY": 1}
_FIRST_ID = {"shopify": 820982911946154508, "douyin": 4805961163201956922, "mercadolibre": 2000003508897196, "generic": 100001}


def build(
    seed: int = 1,
    *,
    day: date = DAY,
    history: int = 900,
    today: int = 410,
    platforms: Sequence[str] = ("shopify", "douyin", "mercadolibre", "generic"),
) -> World:
    """A world with `history` orders in the 60 days before `day` and `today` orders on it, in equal parts by shop."""
    zone = ZoneInfo(ZONE)
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    shops = tuple(shop for shop in SHOPS if shop.platform in platforms)
    buyers: list[Buyer] = []
    orders: list[SimOrder] = []
    for index, shop in enumerate(shops):
        makes = _Maker(seed, shop, start, end)
        past = history // len(shops) + (index < history % len(shops))
        now = today // len(shops) + (index < today % len(shops))
        mine = makes.people(past, now)
        buyers += mine
        orders += makes.orders(mine, past, now)
    return World(
        seed=seed,
        merchant="demo",
        zone=zone,
        currency="CNY",
        day=day,
        start=start,
        end=end,
        shops=shops,
        products=tuple(product for shop in shops for product in goods(shop)),
        buyers=tuple(buyers),
        orders=tuple(sorted(orders, key=lambda order: (order.placed_at, order.shop.key, order.order_id))),
        secrets={shop.platform: _secrets(seed, shop.platform) for shop in shops},
    )


def goods(shop: Shop) -> tuple[Product, ...]:
    """The forty products of a shop, titled in its language, priced in minor units of its currency."""
    column, scale = _TITLE[shop.locale], _SCALE[shop.currency]
    return tuple(Product(number, str(good[column]), max(good[3] // scale, 95)) for number, good in enumerate(GOODS, start=1))


def _secrets(seed: int, platform: str) -> dict[str, str]:
    names = {
        "shopify": ("webhook_secret", "client_id", "client_secret", "access_token"),
        "douyin": ("app_key", "app_secret"),
        "mercadolibre": ("application_id", "url_secret", "client_id", "client_secret", "refresh_token"),
        "generic": ("webhook_secret",),
    }[platform]
    made = {name: made_secret(seed, platform, name) for name in names}
    if platform == "generic":
        made["webhook_secret"] = "whsec_" + base64.b64encode(bytes.fromhex(made["webhook_secret"] * 2)[:32]).decode()
    for name in ("app_key", "application_id"):
        if name in made:
            made[name] = str(int(made[name], 16))[:16]
    if platform == "mercadolibre":
        made["client_id"] = made["application_id"]  # one number on this platform
        made["refresh_token"] = f"TG-{made['refresh_token']}"
    return made


def _not_at_midnight(at: datetime) -> datetime:
    """Whole seconds, and not in the last two minutes of an hour: room for the payment on the same day."""
    at = at.replace(microsecond=0)
    return at.replace(minute=57) if at.minute > 57 else at


class _Maker:
    """Makes one shop's people and orders."""

    def __init__(self, seed: int, shop: Shop, start: datetime, end: datetime) -> None:
        self.seed, self.shop, self.start, self.end = seed, shop, start, end
        self.goods = goods(shop)

    def people(self, past: int, now: int) -> list[Buyer]:
        """Buyers: two in five lapsed, the rest active; half as many newcomers as there are orders today."""
        known = max(4, past * 2 // 3)
        habits = ["lapsed"] * (known * 2 // 5) + ["active"] * (known - known * 2 // 5) + ["new"] * max(1, now // 2)
        return [self._person(number, habit) for number, habit in enumerate(habits, start=1)]

    def _person(self, number: int, habit: str) -> Buyer:
        draw = rng(self.seed, self.shop.key, "buyer", number)
        language = self.shop.locale
        family, given = draw.choice(FAMILY[language]), draw.choice(GIVEN[language])
        name = f"{family}{given}" if language == "zh" else f"{given} {family}"
        tells = self.shop.platform in {"shopify", "generic"}
        consent = draw.random() < 0.7 if tells else None
        born = self.start - timedelta(days=draw.randint(61, 400), seconds=draw.randint(0, 86399))
        if habit == "new":
            born = self.start
        leaves = bool(consent) and habit == "lapsed" and draw.random() < 0.1
        return Buyer(
            shop=self.shop,
            id=self._buyer_id(number, draw),
            name=name,
            email=f"buyer{number}.{self.shop.platform}@example.com" if tells and draw.random() < 0.95 else None,
            phone=f"+1555{number:07d}" if language == "en" else f"{1990000 + number:07d}0000",
            locale=language,
            city="|".join(draw.choice(CITIES[language])),
            consent=consent,
            consent_at=born if tells else None,
            habit=habit,
            withdrawn_at=self.start + timedelta(hours=draw.randint(1, 9), seconds=draw.randint(0, 3599)) if leaves else None,
        )

    def _buyer_id(self, number: int, draw: Random) -> str:
        if self.shop.platform == "douyin":
            return f"#{base64.b64encode(draw.randbytes(36)).decode()}"
        if self.shop.platform == "generic":
            return f"M{number:06d}"
        return str((115310627314723954 if self.shop.platform == "shopify" else 310000001) + number * 37)

    def orders(self, people: list[Buyer], past: int, now: int) -> list[SimOrder]:
        """The shop's orders: every known buyer at least once, then at random by habit."""
        known = [buyer for buyer in people if buyer.habit != "new"]
        fresh = [buyer for buyer in people if buyer.habit == "new"]
        draw = rng(self.seed, self.shop.key, "orders")
        made: list[SimOrder] = []
        for index in range(past):
            buyer = known[index] if index < len(known) else draw.choice(known)
            made.append(self._order(len(made), buyer, self._past_time(buyer, draw)))
        back = [buyer for buyer in known if buyer.habit == "lapsed"]
        active = [buyer for buyer in known if buyer.habit == "active"]
        for index in range(now):
            pool = fresh if draw.random() < 0.45 else (back if draw.random() < 0.12 and back else active)
            buyer = fresh[index] if index < len(fresh) else draw.choice(pool)
            made.append(self._order(len(made), buyer, self._time_today(draw)))
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

    def _order(self, number: int, buyer: Buyer, at: datetime) -> SimOrder:
        draw = rng(self.seed, self.shop.key, "order", number)
        platform = self.shop.platform
        weights = STORIES[platform]
        chosen = draw.choices(list(weights), list(weights.values()))[0]
        story = list(weights)[number] if number < len(weights) else chosen  # each once, so that a small world has them all
        order_id = self._order_id(number, draw)
        draft = Draft(platform, story, order_id, _not_at_midnight(at), self._items(order_id, draw, story), draw)
        # These two do not tell how much of a refund, or of a part payment, is shipping or coupon.
        free = story in {"refund_full", "cancelled_after", "deposit"} and platform in {"douyin", "mercadolibre"}
        shipping = 0 if free or draw.random() < 0.5 else draw.choice((600, 990, 1200))
        coupon = platform in {"douyin", "mercadolibre", "generic"} and not free and draw.random() < 0.25
        draft.items = self._platform_coupon(draft.items, draw) if coupon else draft.items
        bare = SimOrder(
            shop=self.shop,
            order_id=order_id,
            order_no=f"#{1001 + number}" if platform == "shopify" else order_id,
            buyer=buyer,
            items=draft.items,
            shipping=shipping,
            steps=(),
            tip=draw.choice((0, 0, 0, 0, 0, 0, 0, 0, 0, 200)) if platform == "shopify" else 0,
            tax_rate={"shopify": draw.choice((0, 60, 83)), "generic": draw.choice((0, 130))}.get(platform, 0),
            tax_included=platform != "shopify",
            cod=story == "cod",
            test=story == "test",
            story=story,
        )
        return life(bare, draft)

    def _order_id(self, number: int, draw: Random) -> str:
        first, step = _FIRST_ID[self.shop.platform], 1 if self.shop.platform == "generic" else 1009
        jitter = 0 if step == 1 else draw.randint(0, 1000)
        whole = first + number * step + jitter
        return f"ERP-{whole}" if self.shop.platform == "generic" else str(whole)

    def _items(self, order_id: str, draw: Random, story: str) -> tuple[Item, ...]:
        count = 2 if story in {"split", "refund_line"} else draw.choice((1, 1, 1, 2, 2, 3))
        items = []
        for index, product in enumerate(draw.sample(self.goods, count)):
            quantity = draw.choice((1, 1, 1, 2, 3))
            off = product.price * draw.choice((0, 0, 0, 0, 5, 10, 15)) // 100 * quantity  # whole by piece
            items.append(Item(self.line_id(order_id, index), product, quantity, product.price, off))
        return tuple(items)

    def line_id(self, order_id: str, index: int) -> str:
        """A position's id in the platform's manner; a one-line Douyin order has the order's own id on its line."""
        if self.shop.platform == "generic":
            return f"{order_id}-{index + 1}"
        if self.shop.platform == "mercadolibre":
            return f"{order_id}:{index}"
        return str(int(order_id) + index * 3) if self.shop.platform == "douyin" else str(int(order_id) + 45567639612345678 + index)

    def _platform_coupon(self, items: tuple[Item, ...], draw: Random) -> tuple[Item, ...]:
        first = items[0]
        share = (first.gross - first.off_seller) * draw.choice((3, 8, 10)) // 100
        return (Item(first.line_id, first.product, first.quantity, first.unit_price, first.off_seller, share), *items[1:])
