"""People across shops, reckoned from the world: who is one person, where they stand, how they are written to. By hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from ops.simulator.model import Buyer, Item, Product, Shop, SimOrder, Step, World
from ops.simulator.oracle import Oracle
from ops.simulator.persons import Person, money, segments, way
from ops.simulator.registry import platform

MIDNIGHT = datetime(2026, 11, 19, 16, tzinfo=UTC)
CUP = Product(1, "cup", 1000, "P-001")


def buyer(key: str, own: str, **more: object) -> Buyer:
    shop = platform(key).shop
    known = Buyer(shop, own, "name", None, "1", "zh", "a|b|c", None, None, "active")
    return replace(known, **more)  # type: ignore[arg-type]


def world(*orders: tuple[Buyer, int, int]) -> World:
    """Orders as (buyer, days ago, pieces)."""
    made = tuple(
        SimOrder(
            who.shop, f"o{number}", f"o{number}", who, (Item("1", CUP, pieces, 1000),), 0,
            (Step(MIDNIGHT - timedelta(days=ago), "placed"), Step(MIDNIGHT - timedelta(days=ago) + timedelta(hours=1), "paid")),
        )
        for number, (who, ago, pieces) in enumerate(orders)
    )  # fmt: skip
    shops: tuple[Shop, ...] = tuple({who.shop for who, _, _ in orders})
    zone, day = ZoneInfo("Asia/Shanghai"), date(2026, 11, 20)
    end = MIDNIGHT + timedelta(days=1)
    return World(1, "demo", zone, "CNY", day, MIDNIGHT, end, shops, (CUP,), tuple(who for who, _, _ in orders), made, {})


def people(*orders: tuple[Buyer, int, int]) -> list[Person]:
    return Oracle(world(*orders), MIDNIGHT).people


def sizes(*buyers: Buyer) -> list[int]:
    return sorted(len(person.buyers) for person in people(*((each, 3, 1) for each in buyers)))


def test_one_address_number_or_unionid_is_one_person_where_it_is_told() -> None:
    ann = {"email": "ann@example.com"}
    assert sizes(buyer("shopify", "a", **ann), buyer("generic", "b", **ann)) == [2]
    assert sizes(buyer("shopify", "a", **ann), buyer("douyin", "b", **ann)) == [1, 1]
    call = {"phone": "+8613800000000"}
    assert sizes(buyer("generic", "a", **call), buyer("magento", "b", **call), buyer("shopify", "c", **call)) == [1, 2]
    assert sizes(buyer("generic", "a", phone="13800000000"), buyer("magento", "b", phone="13800000000")) == [1, 1]
    assert sizes(buyer("wechat", "a", unionid="u"), buyer("wechat", "b", unionid="u")) == [2]


def test_persons_hang_together_by_different_things() -> None:
    chain = (
        buyer("shopify", "a", email="ann@example.com"),
        buyer("generic", "b", email="ann@example.com", phone="+8613800000000"),
        buyer("woocommerce", "c", email="other@example.com", phone="+8613800000000"),
    )
    assert sizes(*chain) == [3]


def test_relays_and_what_more_than_five_share_link_nobody() -> None:
    relay = {"email": "x@privaterelay.appleid.com"}
    assert sizes(buyer("shopify", "a", **relay), buyer("generic", "b", **relay)) == [1, 1]
    many = [buyer("generic", f"m{number}", email="shop@example.com") for number in range(6)]
    assert sizes(*many) == [1] * 6
    assert sizes(*many[:5]) == [5]


def test_a_person_s_purchases_are_days_over_all_shops() -> None:
    ann, same = buyer("shopify", "a", email="ann@example.com"), buyer("generic", "b", email="ann@example.com")
    (person,) = people((ann, 9, 1), (same, 9, 2), (same, 4, 1))
    assert (person.orders, len(person.days)) == (3, 2)
    assert person.totals == {"USD": 1000, "CNY": 3000}
    assert money(person, {"USD": Fraction("7.0005")}, "CNY") == 3000 + 7000  # 7000.5 rounds to the even
    day = Oracle(world((ann, 9, 1), (same, 4, 1)), MIDNIGHT).day(date(2026, 11, 16))
    assert [(each.new, each.returning) for each in day.values()] == [(0, 1)]


def test_segments_by_rank() -> None:
    """Five with one purchase each, older and smaller from one to the next; one who came twice and lately."""
    ones = [(buyer("generic", f"b{number}"), 10 * number, 6 - number) for number in range(1, 6)]
    twice = buyer("generic", "twice")
    found = {person.buyers[0].id: name for person, name in segments(people(*ones, (twice, 5, 9), (twice, 1, 9)), {}, "CNY")}
    assert found == {
        "twice": "champions", "b1": "new", "b2": "potential", "b3": "hibernating", "b4": "lost", "b5": "lost",
    }  # fmt: skip


def test_ways_in_order_of_preference() -> None:
    said = {"consent_at": MIDNIGHT - timedelta(days=50)}
    full = buyer("generic", "f", email="f@example.com", phone="+8613800000001", consent=True, texts=True, **said)

    def of(*buyers: Buyer) -> str | None:
        (person,) = people(*((each, 40, 1) for each in buyers))
        return way(person, MIDNIGHT)

    assert of(full) == "email"
    assert of(replace(full, consent=False)) == "sms"
    assert of(replace(full, email=None)) == "sms"
    assert of(replace(full, consent=False, texts=False)) is None
    assert of(replace(full, consent=False, phone="+15550000000")) is None
    assert of(buyer("wechat", "w", permits=True)) == "wechat"
    assert of(buyer("wechat", "w")) is None
    assert of(buyer("douyin", "d", email="d@example.com", consent=True, **said)) is None
    withdrawn = replace(full, consent_at=MIDNIGHT - timedelta(days=9), withdrawn_at=MIDNIGHT, texts=None)
    assert of(withdrawn) is None
    elsewhere = buyer("shopify", "s", email="f@example.com", consent=True, consent_at=MIDNIGHT - timedelta(days=8))
    assert of(replace(full, consent=False, texts=None), elsewhere) == "email"  # the newest word holds
