"""Digest: a period's report, rendered and put into the outbox, once per reader and period.

The schedule asks every five minutes, since only the configuration knows the merchant's zone and hour. Before that hour nothing is
read, and once all readers have their mails one mark says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

import msgspec

from chalicelib.channels import Notice
from chalicelib.config import Config
from chalicelib.config_digest import Reader
from chalicelib.domain.mail import PERSONAL_LINK
from chalicelib.domain.periods import KINDS, Period, ended, over_at
from chalicelib.domain.report import Freshness, Report, as_read_by
from chalicelib.domain.wording import Rendered
from chalicelib.freshness import Sources
from chalicelib.notices import Notices, ReaderName, desk_readers, to_reader
from chalicelib.ports import Archive, Clock, Counters, Marks, Outbox, Renderer, Vault
from chalicelib.readership import Readership
from chalicelib.reporting import Reporting
from chalicelib.toolkit.decode import decoder

LATE_DAYS = {"day": 1, "week": 3, "month": 5}  # so many days after its end a period's digest still goes out by itself
MARK = "digests"
Done = dict[str, tuple[str, str]]  # by kind, the last period whose digests are all queued, and whose they are


class Digest:
    """The step."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        reporting: Reporting,
        sources: Sources,
        readers: Readership,
        notices: Notices,
        renderer: Renderer,
        marks: Marks,
        vault: Vault,
        archive: Archive,
        outbox: Outbox,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._reporting = reporting
        self._sources = sources
        self._readers = readers
        self._notices = notices
        self._renderer = renderer
        self._marks = marks
        self._vault = vault
        self._archive = archive
        self._outbox = outbox
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """On schedule: from the configured local time on, queue the digests of periods that are over; returns how many mails.

        With `stale = "hold"` they wait for sources that are not fresh, until `hold_until`. Whoever runs the shop is told of such
        a source in a note, once a day.
        """
        config, now = self._config(), self._clock.now()
        local = now.astimezone(config.zone)
        if local.time() < config.digest.at or not config.digest.readers:
            return 0
        done, version = self._done(config)
        whose = self._whose(config)
        left = [period for period in _due(config, now) if done.get(period.kind) != (period.name, whose)]
        if not left or self._waits(config, local):
            return 0
        queued = sum(self.queue(period) for period in left)
        done |= {period.kind: (period.name, whose) for period in left}
        # Where another run was quicker, its mark stands; at worst somebody looks once more and finds nobody missing.
        self._marks.put(config.merchant, MARK, msgspec.json.encode(done).decode(), expected_version=version)
        return queued

    def report(self, period: Period) -> Report:
        """All that a period's digest says."""
        return self._reporting.report(period)

    def queue(self, period: Period) -> int:
        """Render a period's digest and queue it for each reader; a reader who has it already gets no second one."""
        config = self._config()
        readers = self._readers_of(period)
        missing = {
            owner: reader
            for owner, reader in readers.items()
            if self._outbox.read(config.merchant, owner, _id(period, owner)) is None
        }
        if not missing:
            return 0
        on = self._reporting.material(period)  # one for both, so that what is remembered is what is said
        report = self._reporting.made_of(on)
        self._reporting.tell(on, anew=len(missing) == len(readers))
        now, places, queued = self._clock.now(), dict[tuple[str, str, str], dict[str, str]](), 0
        for owner, reader in missing.items():
            form = (reader.channel, reader.locale, reader.role)
            if form not in places:
                places[form] = self._keep(config, period, reader, report)
            told = {"day": period.last.isoformat(), "period": period.kind} | places[form]
            message = to_reader(config, reader.channel, owner, _id(period, owner), told, template="digest", at=now)
            queued += int(self._outbox.add(message))
        self._counters.count("digests_queued", queued, period=period.kind)
        return queued

    def _readers_of(self, period: Period) -> dict[str, Reader]:
        told = self._readers.subscriptions()
        return {each.owner: each.reader for each in told if period.kind in each.reader.periods and not each.left}

    def _waits(self, config: Config, local: datetime) -> bool:
        """Whether the digests wait for a source; its note goes out in any case."""
        silent = self._sources.silent(config)
        held = bool(silent) and config.digest.stale == "hold" and local.time() < config.digest.hold_until
        for source in silent:
            self._note(config, source, local.date(), held=held)
        if held:
            self._counters.count("digest_held", len(silent))
        return held

    def _note(self, config: Config, source: Freshness, day: date, *, held: bool) -> None:
        until = config.digest.hold_until if held else None
        self._notices.queue(
            f"stale-{source.platform}-{source.account}-{day}",
            "stale",
            lambda words, told: words.stale(told, source, until),
            self._owners(config),
        )

    def _owners(self, config: Config) -> tuple[ReaderName, ...]:
        """Readers as owner who have not left; without any, whom `[reviews]` names."""
        told = self._readers.subscriptions()
        owners = [(each.reader.channel, each.reader.name) for each in told if each.reader.role == "owner" and not each.left]
        return tuple(owners) or desk_readers(config)

    def _keep(self, config: Config, period: Period, reader: Reader, report: Report) -> dict[str, str]:
        """Sealed in the archive, where it lies until it is sent. Returns where, and what opens it.

        Readers of one form share it, so that each one's own link is put in when it is sent.
        """
        read = as_read_by(report, reader.role, reader.locale, leave=PERSONAL_LINK if reader.channel == "email" else None)
        said: Rendered | Notice = self._renderer.digest(read) if reader.channel == "email" else self._renderer.notice(read)
        name = f"{period.name}-{reader.channel}-{reader.locale}-{reader.role}"
        place, context = f"digests/{config.merchant}/{name}", f"digest-{name}"
        self._archive.put(place, self._vault.seal_raw(config.merchant, msgspec.json.encode(said), context))
        return {"archive": place, "context": context}

    def _done(self, config: Config) -> tuple[Done, int]:
        stored = self._marks.get(config.merchant, MARK)
        return (decoder(Done).decode(stored[0]), stored[1]) if stored else ({}, 0)

    def _whose(self, config: Config) -> str:
        """Who reads what, as a keyed hash: a reader who is added in the day still gets the day's."""
        named = sorted(f"{each.channel}\x1f{each.name}\x1f{','.join(each.periods)}" for each in config.digest.readers)
        return self._vault.lookup(config.merchant, "readers", "\x1e".join(named))


def _due(config: Config, now: datetime) -> Iterable[Period]:
    """Periods that are over and not long so. A day is over when no clock goes back into it any more."""
    today = now.astimezone(config.zone).date()
    for period in (ended(kind, today) for kind in KINDS):
        if (today - period.last).days <= LATE_DAYS[period.kind] and now >= over_at(period.last, config.zone):
            yield period


def _id(period: Period, owner: str) -> str:
    return f"digest-{period.name}-{owner}"
