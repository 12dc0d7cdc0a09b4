"""Segments and tiers as tags in a platform's directory, once a day: called is only whose tags changed. Used on the pulls' schedule.

What was set is written down before it is set, so that whatever Huitou may have set is taken away again once it is wrong, also after
a crash; what others set is never touched, even where it bears the same name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

import msgspec

from chalicelib.channels import TagsContacts
from chalicelib.config import AccountConfig, Config
from chalicelib.contract import Account, Api
from chalicelib.directory import SHELVES, DirectoryStore, Entry
from chalicelib.domain.order import local_day
from chalicelib.domain.rfm import Segment
from chalicelib.errors import ConfigError, Permanent, Retriable
from chalicelib.people import People
from chalicelib.ports import Clock, Connectors, Counters, Marks, RecordKey
from chalicelib.recording import Recording
from chalicelib.standings import Standings
from chalicelib.toolkit.decode import decoder

OPTION, PREFIX = "tags", "tag_prefix"
SEGMENTS, TIERS = "segments", "tiers"
# Option `tag.<segment>` names another; an empty one none.
NAMES: Mapping[Segment, str] = MappingProxyType(
    {
        "champions": "核心客户",
        "loyal": "忠诚客户",
        "potential": "潜力客户",
        "new": "新客户",
        "at_risk": "流失预警客户",
        "cannot_lose": "重要挽留客户",
        "hibernating": "沉睡客户",
        "lost": "流失客户",
    }
)
CALLS, LOOKED = 200, 2_000  # contacts of an account that one run calls about, and looks at, at most: the next run goes on
SAVED = 50  # so often the walk's place is noted
STUCK = 3  # runs that ended at the same contact before it is left for the next day
TRIES = 4
THROTTLED = "platform-throttled"


@dataclass(frozen=True, slots=True)
class Naming:
    """Which tags a member gets: by segment, and the tier's own name."""

    prefix: str
    segments: Mapping[Segment, str]
    tiers: bool

    def of(self, segment: Segment, tier: str | None) -> frozenset[str]:
        """The tags of a member who stands there."""
        names = {self.segments.get(segment), tier if self.tiers else None}
        return frozenset(f"{self.prefix}{name}" for name in names if name)


@dataclass(frozen=True, slots=True)
class Round:
    """A run over one account."""

    merchant: str
    connector: TagsContacts
    api: Api
    naming: Naming
    today: date


class Walk(msgspec.Struct):
    """The mark `tags#platform#account`: a day's walk through the directory, and behind which contact it goes on."""

    day: date
    shelf: int = 0
    after: tuple[str, str] | None = None
    done: bool = False
    stuck: int = 0


class Tags:
    """One walk a day for each account with the option; it goes on where it ended, and may be repeated."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        directory: DirectoryStore,
        recording: Recording,
        people: People,
        standings: Standings,
        connectors: Connectors,
        marks: Marks,
        clock: Clock,
        counters: Counters,
    ) -> None:
        self._config = config
        self._directory = directory
        self._recording = recording
        self._people = people
        self._standings = standings
        self._connectors = connectors
        self._marks = marks
        self._clock = clock
        self._counters = counters

    def run(self) -> int:
        """Go on with the day's walks; returns how many contacts were called about. One account does not hold up another."""
        config, called = self._config(), 0
        for account in config.accounts:
            if not account.options.get(OPTION) or account.paused:
                continue
            try:
                called += self._account(config, account)
            except (Retriable, ConfigError) as error:  # the walk goes on at the next run
                self._counters.count("tags_failed", platform=account.platform, reason=error.reason)
        return called

    # --- the walk ---------------------------------------------------------------------------------------------------------

    def _account(self, config: Config, account: AccountConfig) -> int:
        connector = self._connectors.connector(account.platform)
        if not isinstance(connector, TagsContacts):
            raise ConfigError("no-tags", "this platform's contacts bear no tags", connector=account.platform, path="options.tags")
        name, today = f"tags#{account.platform}#{account.account}", local_day(self._clock.now(), config.zone)
        stored = self._marks.get(config.merchant, name)
        walk, version = (decoder(Walk).decode(stored[0]), stored[1]) if stored else (Walk(today), 0)
        if walk.done and walk.day >= today:
            return 0
        if walk.done:
            walk = Walk(today)
        shop = Account(config.merchant, account.platform, account.account, account.options)
        round_ = Round(config.merchant, connector, self._connectors.api(shop), told_by(account), today)
        called = 0
        try:
            for looked, entry in enumerate(self._behind(round_, walk), start=1):
                called += self._step(round_, walk, entry)
                if looked % SAVED == 0:
                    version = self._save(round_, name, walk, version)
                if called >= CALLS or looked >= LOOKED:
                    break
            else:
                walk.done = True
        except (Retriable, ConfigError):
            self._save(round_, name, walk, version)
            raise
        self._save(round_, name, walk, version)
        return called

    def _behind(self, round_: Round, walk: Walk) -> Iterator[Entry]:
        account = round_.api.account
        while walk.shelf < SHELVES:
            yield from self._directory.shelf(round_.merchant, account.platform, account.account, walk.shelf, walk.after)
            walk.shelf, walk.after = walk.shelf + 1, None

    def _step(self, round_: Round, walk: Walk, entry: Entry) -> int:
        """One contact; whether it was called about. What fails for it alone is told, and looked at again tomorrow."""
        called, platform = 0, entry.place.platform
        try:
            called = int(self._tag(round_, entry))
        except Permanent as error:
            self._counters.count("tag_failed", platform=platform, reason=error.reason)
        except Retriable as error:
            if error.reason == THROTTLED or walk.stuck + 1 < STUCK:
                walk.stuck += error.reason != THROTTLED
                raise
            self._counters.count("tag_failed", platform=platform, reason=error.reason)
        walk.after, walk.stuck = (entry.place.contact, entry.place.employee), 0
        if called:
            self._counters.count("tagged", platform=platform)
        return called

    def _save(self, round_: Round, name: str, walk: Walk, version: int) -> int:
        if not self._marks.put(round_.merchant, name, msgspec.json.encode(walk).decode(), expected_version=version):
            raise Retriable("tags-doubled", "another worker walks this directory")
        return version + 1

    # --- one contact ------------------------------------------------------------------------------------------------------

    def _tag(self, round_: Round, entry: Entry) -> bool:
        """Bring a contact to what it should bear; False where it bears that already, or is none any more."""
        for _ in range(TRIES):
            if not entry.active:
                return False
            wanted = self._wanted(round_, entry)
            if (entry.sure and entry.tags == wanted) or not (wanted or entry.tags):
                return False
            ours = self._ours(round_, entry, wanted)
            gone = [tag for tag in entry.tags if tag not in ours]
            if (entry.sure and entry.tags == ours) or not (ours or gone):
                return False
            noted = replace(entry, version=entry.version + 1, tags=tuple(sorted({*ours, *gone})), sure=False)
            if self._directory.write(round_.merchant, noted):
                round_.connector.set_tags(entry.place.employee, entry.place.contact, ours, gone, round_.api)
                # Where the contact was told anew meanwhile, the row stays unsure, and it is said once more tomorrow.
                self._directory.write(round_.merchant, replace(noted, version=noted.version + 1, tags=ours, sure=True))
                return True
            entry = self._directory.read(round_.merchant, entry.place)
        raise Retriable("contact-contended", f"{TRIES} writers were faster")

    def _wanted(self, round_: Round, entry: Entry) -> tuple[str, ...]:
        person = self._people.known_by(round_.merchant, entry.identity) if entry.identity else None
        portrait = self._standings.portrait(person, round_.today) if person else None
        if portrait is None:
            return ()
        return tuple(sorted(round_.naming.of(portrait.segment, portrait.tier)))

    def _ours(self, round_: Round, entry: Entry, wanted: tuple[str, ...]) -> tuple[str, ...]:
        """Of the wanted ones those that are ours to set: what a person set by hand is there already, and stays theirs."""
        place = entry.place
        key = RecordKey(round_.merchant, place.platform, place.account, "contact", f"{place.contact}\x1f{place.employee}")
        carried = self._recording.plain(key).get("tags", [])
        return tuple(tag for tag in wanted if tag in entry.tags or tag not in carried)


def told_by(account: AccountConfig) -> Naming:
    """What the account's options say. ConfigError on a word that is none."""
    asked = frozenset(part.strip() for part in account.options[OPTION].split(","))
    if not asked <= {SEGMENTS, TIERS}:
        raise ConfigError("option-malformed", "tags lists segments and tiers", connector=account.platform, path=f"options.{OPTION}")
    names = {segment: account.options.get(f"tag.{segment}", name) for segment, name in NAMES.items()}
    return Naming(account.options.get(PREFIX, ""), names if SEGMENTS in asked else {}, TIERS in asked)
