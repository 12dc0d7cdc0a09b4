"""A digest for whoever looks at it in the console: made now, as a page, as files, or sent to their own address once a click."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import date

import msgspec

from chalicelib.config import Config
from chalicelib.domain.periods import Period, ended
from chalicelib.domain.report import Report, as_read_by
from chalicelib.domain.wording import Rendered
from chalicelib.errors import Rejected
from chalicelib.notices import COPY, to_reader
from chalicelib.ports import Archive, Clock, Outbox, Renderer, Vault
from chalicelib.readership import Readership

_CLICK = re.compile(r"[0-9a-f]{16}", re.ASCII)


class DigestCopies:
    """Makes them from the report as it is now. `report` makes that of a period."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        report: Callable[[Period], Report],
        renderer: Callable[[], Renderer],
        readers: Readership,
        vault: Vault,
        archive: Archive,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._config = config
        self._report = report
        self._renderer = renderer
        self._readers = readers
        self._vault = vault
        self._archive = archive
        self._outbox = outbox
        self._clock = clock

    def is_over(self, period: Period) -> bool:
        """Whether the digest of a period can be made: its last day is over."""
        return period.last <= self._today_before()

    def rendered(self, period: Period, *, role: str, locale: str) -> Rendered:
        """As that role reads it. Rejected 404 while the period is not over."""
        if not self.is_over(period):
            raise Rejected("no-such-page", "the period is not over", status=404)
        return self._renderer().digest(as_read_by(self._report(period), role, locale))

    def send(self, period: Period, address: str, *, role: str, locale: str, click: str) -> bool:
        """Queue it for an address of the console's people; the same click queues nothing again (False).

        Rejected where no sender of digests is configured, or the click is none.
        """
        config = self._config()
        if config.digest.sender is None:
            raise Rejected("digest-without-sender", "`[digest]` names no sender", status=409)
        if _CLICK.fullmatch(click) is None:
            raise Rejected("form-malformed", "no click of ours", status=400)
        owner = self._readers.owner(config.merchant, "email", address)
        message_id = f"digest-copy-{period.name}-{click}-{owner}"
        if self._outbox.read(config.merchant, owner, message_id) is not None:
            return False
        said = self.rendered(period, role=role, locale=locale)
        name = f"{period.name}-copy-{click}-{owner[:16]}"
        place, context = f"digests/{config.merchant}/{name}", f"digest-{name}"
        self._archive.put(place, self._vault.seal_raw(config.merchant, msgspec.json.encode(said), context))
        told = {"day": period.last.isoformat(), "period": period.kind, "archive": place, "context": context}
        return self._outbox.add(to_reader(config, "email", owner, message_id, told, template=COPY, at=self._clock.now()))

    def _today_before(self) -> date:
        return ended("day", self._clock.now().astimezone(self._config().zone).date()).last


def as_page(rendered: Rendered) -> str:
    """The mail's HTML with its pictures in it, where nobody follows `cid:`."""
    html = rendered.html
    for picture in rendered.pictures:
        html = html.replace(f"cid:{picture.cid}", f"data:image/png;base64,{b64encode(picture.png).decode('ascii')}")
    return html
