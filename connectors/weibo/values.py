"""Single values as Weibo writes them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from chalicelib.toolkit.clocks import in_utc
from chalicelib.toolkit.loose import Odd, Reader

KEY = "weibo"
READ = Reader(KEY)
_MONTHS = {
    name: number
    for number, name in enumerate(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1)
}
# English names whatever the machine speaks: strptime would ask its locale.
_TIME = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([0-9]{1,2}) "
    r"([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2}) ([0-9]{4})",
    re.ASCII,
)


@lru_cache(maxsize=1024)
def instant(value: str | None) -> datetime | None:
    """`Mon Jul 16 18:09:20 +0800 2012` as UTC; None for nothing. ValueError on anything else."""
    if not value:
        return None
    found = _TIME.fullmatch(value)
    if found is None or found[1] not in _MONTHS:
        raise ValueError("expected a time with English names and an offset")
    offset = timedelta(hours=int(found[7]), minutes=int(found[8]))
    zone = timezone(-offset if found[6] == "-" else offset)
    date = int(found[9]), _MONTHS[found[1]], int(found[2])
    return in_utc(datetime(*date, int(found[3]), int(found[4]), int(found[5]), tzinfo=zone))


def moment(value: str | None, name: str) -> datetime | None:
    """As `instant`, but what cannot be read is Odd under the name given with it."""
    try:
        return instant(value)
    except (ValueError, OverflowError) as error:
        raise Odd(str(error), name) from None
