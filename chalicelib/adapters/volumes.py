"""Volume items, as who brings stored items up to their newest form sees them. Readers and growers are in `orders.py`."""

from __future__ import annotations

from chalicelib.adapters.table import Table, get_int, key, number, text
from chalicelib.domain.buckets import VOLUME_SHAPE, WIDEST, Volume

# Neither grown nor brought up since it was read.
AS_READ = "#first = :first AND #width = :width"


class DynamoVolumes:
    """Volumes on DynamoDB; see `chalicelib.upgrading`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def read(self, merchant: str, platform: str, account: str) -> Volume | None:
        """A consistent read; None where nothing has grown yet."""
        item = self._table.get(key(merchant, "V", platform, account), "buckets")
        return Volume(get_int(item, "first"), get_int(item, "width"), get_int(item, "shape", 1)) if item else None

    def bring_up(self, merchant: str, platform: str, account: str, seen: Volume) -> bool:
        """Put it in its newest form, if it is still as `seen`: too wide a generation is followed by one within bounds."""
        wide = seen.width > WIDEST
        first, width = (seen.first + seen.width, WIDEST) if wide else (seen.first, seen.width)
        attributes = {
            "kind": text("volume"),
            "first": number(first),
            "width": number(width),
            "shape": number(VOLUME_SHAPE),
        }
        values = {":first": number(seen.first), ":width": number(seen.width)}
        names = {"#first": "first", "#width": "width"}
        place = key(merchant, "V", platform, account)
        return self._table.put(place, "buckets", attributes, condition=AS_READ, values=values, names=names)
