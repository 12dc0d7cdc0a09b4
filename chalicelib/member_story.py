"""A person's story: where they stand, what they bought, what was said to them or not and why, and what they said. Not who they are.

Bounded: a person has at most 32 buyers, each a query for orders, messages, words and clicks; answers of the newest surveys alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from chalicelib.config import Config
from chalicelib.domain.consent import Word, newest
from chalicelib.domain.graph import Member
from chalicelib.domain.member import Profile, profile_of
from chalicelib.domain.order import local_day
from chalicelib.domain.portrait import Portrait
from chalicelib.offer_ports import ClickStore
from chalicelib.people import People
from chalicelib.ports import Clock, MemberStore, Message, Outbox
from chalicelib.ports_cases import CaseStore
from chalicelib.ports_surveys import AnswerStore
from chalicelib.standings import Standings

MOST_SURVEYS = 20  # whose answers are read, the newest
MOST_CASES = 50  # open ones that are looked through
SUPPRESSED_ON: Mapping[str, tuple[str, ...]] = {"email": ("email",), "phone": ("sms", "whatsapp")}


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing of the timeline. `what`: order, message, click, answer, case, word, joined. `at` None: only the day is known."""

    what: str
    day: date | None
    at: datetime | None
    about: Any


@dataclass(frozen=True, slots=True)
class Stance:
    """What a person said of one channel and purpose: the word that holds, and all of them, the newest first."""

    channel: str
    purpose: str
    holds: Word
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """See the module. `events` the newest first; `suppressed`: (channel, why) of the person's own addresses and numbers."""

    person: Member
    profile: Profile
    portrait: Portrait | None
    events: tuple[Happened, ...]
    stances: tuple[Stance, ...]
    suppressed: tuple[tuple[str, str], ...]


class Stories:
    """Reads. Of the configured merchant."""

    def __init__(
        self,
        *,
        config: Callable[[], Config],
        people: People,
        members: MemberStore,
        standings: Standings,
        outbox: Outbox,
        clicks: ClickStore,
        answers: AnswerStore,
        cases: CaseStore,
        clock: Clock,
    ) -> None:
        self._config = config
        self._people = people
        self._members = members
        self._standings = standings
        self._outbox = outbox
        self._clicks = clicks
        self._answers = answers
        self._cases = cases
        self._clock = clock

    def of(self, name: str) -> Story | None:
        """The story of the person that a buyer is; None for whom nobody knows."""
        config = self._config()
        person = self._people.member(config.merchant, name)
        if not person.rows:
            return None
        words = [word for buyer in person.buyers for word in self._members.words(config.merchant, buyer)]
        return Story(
            person=person,
            profile=profile_of(person.rows),
            portrait=self._standings.portrait(person, local_day(self._clock.now(), config.zone)),
            events=tuple(sorted(self._events(config, person, words), key=_when, reverse=True)),
            stances=_stances(words),
            suppressed=tuple(self._suppressed(config.merchant, person)),
        )

    def _events(self, config: Config, person: Member, words: Iterable[Word]) -> list[Happened]:
        merchant, zone = config.merchant, config.zone

        def happened(what: str, at: datetime | None, about: Any) -> Happened:
            return Happened(what, local_day(at, zone) if at else None, at, about)

        messages = [each for buyer in person.buyers for each in self._outbox.of(merchant, buyer)]
        found = [Happened("order", row.day, None, row) for row in person.rows]
        found += [happened("message", time_of(each, config), each) for each in messages]
        for buyer in person.buyers:
            found += [happened("click", at, message) for message, at in self._clicks.clicks(merchant, buyer).items()]
        found += [happened("word", word.at, word) for word in words]
        found += [happened("answer", answer.at, answer) for answer in self._surveys(merchant, messages)]
        found += [
            happened("case", case.told_at or case.noted_at, (place, case)) for place, case in self._open_cases(merchant, person)
        ]
        log = self._members.profile(merchant, person.name).log
        found += [happened("joined", datetime.fromisoformat(at), len(buyers)) for at, buyers in log]
        return found

    def _surveys(self, merchant: str, messages: Sequence[Message]) -> list[Any]:
        asked = sorted((each for each in messages if each.kind == "survey" and each.sent_at), key=lambda each: each.message_id)
        answers = [self._answers.read(merchant, each.owner, each.message_id) for each in asked[-MOST_SURVEYS:]]
        return [answer for answer in answers if answer is not None]

    def _open_cases(self, merchant: str, person: Member) -> list[tuple[Any, Any]]:
        """Reviews and questions about this person's orders that somebody still has to see to."""
        mine = {(row.platform, row.account, row.order_id) for row in person.rows}
        told = self._cases.open(merchant, limit=MOST_CASES)
        return [(place, case) for place, case, _ in told if (place.platform, place.account, case.order) in mine]

    def _suppressed(self, merchant: str, person: Member) -> Iterable[tuple[str, str]]:
        for identity in sorted({each for row in person.rows for each in row.identities}):
            kind, _, known_as = identity.partition(":")
            for channel in SUPPRESSED_ON.get(kind, ()):
                why = self._members.suppressed(merchant, known_as, channel)
                if why is not None:
                    yield channel, why


def _stances(words: Iterable[Word]) -> tuple[Stance, ...]:
    by: dict[tuple[str, str], list[Word]] = {}
    for word in words:
        by.setdefault((word.channel, word.purpose), []).append(word)
    found = []
    for (channel, purpose), told in sorted(by.items()):
        holds = newest(told)
        if holds is not None:
            ordered = sorted(told, key=lambda word: (word.at is not None, word.at), reverse=True)
            found.append(Stance(channel, purpose, holds, tuple(ordered)))
    return tuple(found)


def time_of(message: Message, config: Config) -> datetime | None:
    """When a message left, or is or was due. One that ended unsent keeps only how long it would have been good, by its campaign."""
    told = message.sent_at or message.due_at
    until = message.values.get("until")
    campaign = next((each for each in config.campaigns if each.key == message.campaign), None)
    if told is None and until and campaign is not None:
        return datetime.fromisoformat(until) - timedelta(days=campaign.expires_days)
    return told


def _when(event: Happened) -> tuple[date, bool, datetime | None]:
    """By day; what has a time within it after what has none."""
    return (event.day or date.min, event.at is not None, event.at)
