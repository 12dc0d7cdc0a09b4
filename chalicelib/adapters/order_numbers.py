"""Order numbers in the table: ten neighbours an item, so that a batch of new orders writes few."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from chalicelib.adapters.table import Table, Value, get_text, key, text
from chalicelib.domain.order_number import Numbered, Place, place_of
from chalicelib.domain.record import OrderKey

NUMBERS_SK = "numbers"
Shop = tuple[str, str]


class DynamoOrderNumbers:
    """OrderNumbers on DynamoDB."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, orders: Iterable[Numbered]) -> None:
        """See the port."""
        items: dict[str, dict[str, str]] = {}
        for each in orders:
            place = place_of(each.number)
            if place is not None:
                shop = (each.order.platform, each.order.account)
                items.setdefault(_pk(each.order.merchant, shop, place), {})[place.sign] = each.order.order_id
        for pk, signs in sorted(items.items()):
            told = sorted(signs.items())
            values: dict[str, Value] = {":kind": text("numbers")} | {f":v{at}": text(order) for at, (_, order) in enumerate(told)}
            names = {f"#n{at}": _name(sign) for at, (sign, _) in enumerate(told)} | {"#kind": "kind"}
            sets = ", ".join(["#kind = :kind", *(f"#n{at} = :v{at}" for at in range(len(told)))])
            self._table.update(pk, NUMBERS_SK, f"SET {sets}", values=values, names=names)

    def find(self, merchant: str, shops: Collection[Shop], number: str) -> list[OrderKey]:
        """See the port."""
        place = place_of(number)
        if place is None:
            return []
        asked = {(_pk(merchant, shop, place), NUMBERS_SK): shop for shop in shops}
        found = {asked[name]: get_text(item, _name(place.sign)) for name, item in self._table.get_many(list(asked)).items()}
        return [OrderKey(merchant, *shop, order_id) for shop, order_id in sorted(found.items()) if order_id is not None]


def _pk(merchant: str, shop: Shop, place: Place) -> str:
    return key(merchant, "H", "no", *shop, place.neighbours)


def _name(sign: str) -> str:
    """The attribute of a sign; never one of the table's own."""
    return f"n:{sign}"
