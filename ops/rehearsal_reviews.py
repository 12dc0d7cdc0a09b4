"""The rehearsal's third part: reviews are written, drafted, agreed to and answered on the platforms, and every word is compared.

What people do here they do by the same calls as `huitou reviews`. What came in at the platforms is compared with what was agreed
to; how deadlines were kept is reckoned a second time from what the platforms saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from statistics import median
from typing import NamedTuple

from chalicelib.domain import sla
from chalicelib.domain.case import Case, Kind
from chalicelib.ports_cases import CaseKey
from ops.rehearsal_stage import Outcome, Progress, ReviewLine, Stage
from ops.simulator.registry import platform
from ops.simulator.wall import Opinion, Said, Wall

DAYS_ON = 15  # after the day: when the campaign is over
BEGINS = timedelta(days=DAYS_ON, minutes=10)
NOON, ONE, EVENING, NEXT, LATE = (timedelta(days=DAYS_ON, hours=hours) for hours in (12, 13, 19, 35, 83))
MOST_RUNS = 30
CLERKS = ("ann", "bo")
WRITER = "cy"
OWN_WORDS = {
    "zh": "谢谢您告诉我们。我们已经在核对这件事，会在订单的聊天里给您答复。",
    "en": "Thank you for telling us. We are looking into it, and answer you in the chat of your order.",
    "pt": "Olá! Obrigado pela pergunta. A resposta está na descrição do anúncio, e enviamos no mesmo dia.",
}
SOON = timedelta(hours=6)
FIRST_ANSWER = timedelta(hours=24)  # of opening hours
OPENS, CLOSES = time(9), time(21)


class _Agreed(NamedTuple):
    """The text that people agreed to last, when, and how many they were."""

    text: str
    at: datetime
    people: int


@dataclass
class _Desk:
    """Who works on reviews, and what was agreed to."""

    on: Stage
    outcome: Outcome
    wall: Wall
    agreed: dict[tuple[str, str], _Agreed] = field(default_factory=dict)
    voided: int = 0

    def place(self, opinion: Opinion) -> CaseKey:
        """Where its case lies."""
        kind: Kind = "question" if opinion.meant == "question" else "review"
        shop = opinion.place
        return CaseKey(self.on.config.merchant, shop.platform, shop.account, kind, str(opinion.remark.number))

    def wrong(self, what: str) -> None:
        """Note a difference."""
        self.outcome.differences.append(f"reviews: {what}")


def rehearse_reviews(on: Stage, outcome: Outcome, progress: Progress) -> None:
    """Four days of reviews after the campaign, and the comparison of all that was said."""
    wall = Wall(on.world, on.world.start + BEGINS)
    on.platforms.resume()
    for api in on.platforms.apis.values():
        api.wall = wall
    desk = _Desk(on, outcome, wall)
    rounds: tuple[tuple[timedelta, Callable[[], None]], ...] = (
        (NOON, lambda: _first_noon(desk)),
        (ONE, lambda: _read_again(desk)),
        (EVENING, lambda: _work(desk)),
        (NEXT, lambda: _work(desk)),
        (LATE, lambda: _work(desk, late=True)),
    )
    for number, (at, part) in enumerate(rounds):
        progress("reviews", number, len(rounds) + 1)
        on.clock.advance(on.world.start + at)
        if at != ONE:
            _pull(desk)
        part()
    _pull(desk)
    for opinion in wall.all():
        _compare(desk, opinion)
    _compare_refused(desk)
    outcome.reviews = [line for shop in on.world.shops if (line := _line(desk, shop.platform))]
    outcome.voided = desk.voided
    progress("reviews", 1, 1)


def _spoken(on: Stage) -> Iterator[tuple[str, str]]:
    return ((shop.platform, shop.account) for shop in on.world.shops if platform(shop.platform).voices is not None)


def _pull(desk: _Desk, since: datetime | None = None) -> None:
    for key, account in _spoken(desk.on):
        desk.outcome.pulled += desk.on.app.pull.account(key, account, since, what="reviews")
    desk.on.settle()


def _deliver(desk: _Desk) -> None:
    for _ in range(MOST_RUNS):
        if not desk.on.app.deliver.run():
            return
    desk.wrong("the outbox does not become empty")


def _first_noon(desk: _Desk) -> None:
    """Praise is answered; then people agree to drafts, and the answers lie in the outbox for a while."""
    _deliver(desk)
    _agree(desk, late=False)


def _read_again(desk: _Desk) -> None:
    """Meanwhile some wrote something else, or took it back: what was agreed to of these is not said."""
    _pull(desk, desk.wall.begins)
    _deliver(desk)
    for opinion in desk.wall.all():
        changed_at = opinion.edit[0] if opinion.edit else opinion.gone_at
        known = desk.agreed.pop(_key(opinion), None) if changed_at is not None else None
        if known is not None:
            desk.voided += 1
            if _said(desk, opinion):
                desk.wrong(f"{_name(opinion)} was answered, though it was changed after people had agreed")


def _work(desk: _Desk, *, late: bool = False) -> None:
    _agree(desk, late=late)
    _deliver(desk)


def _agree(desk: _Desk, *, late: bool) -> None:
    """People look at what waits, the next deadline first. Some they leave until it is late, and some alone."""
    on, changing = desk.on, {desk.place(each) for each in desk.wall.all() if each.edit or each.gone_at}
    for place, case, _ in list(on.app.outreach.desk.cases.open(on.config.merchant)):
        turn = int(place.id) // 1000 % 8
        is_left = (
            turn == 7
            or (turn == 6 and not late)
            or (late and case.first_due is not None and case.first_due > on.clock.now() + SOON)
        )
        if case.state == "drafted" and (place in changing or not is_left):
            _decide(desk, place, case, own_words=turn == 5 or case.draft is None)


def _decide(desk: _Desk, place: CaseKey, case: Case, *, own_words: bool) -> None:
    """One yes, or two: with less than are needed nothing is on its way."""
    deciding = desk.on.app.outreach.desk.deciding
    if own_words:
        told = desk.on.world.shop(place.platform).locale
        case = deciding.word(place, OWN_WORDS["pt" if place.kind == "question" else "zh" if told == "zh" else "en"], WRITER)
    for yes, who in enumerate(CLERKS[: case.needs], start=1):
        agreed = deciding.approve(place, who)
        if (agreed.state == "queued") is not (yes == case.needs):
            desk.wrong(f"{'/'.join(place[1:])} is {agreed.state} with {yes} of {case.needs} approvals")
            break
    desk.agreed[place.platform, place.id] = _Agreed(case.draft or "", desk.on.clock.now(), case.needs)


def _key(opinion: Opinion) -> tuple[str, str]:
    return opinion.place.platform, str(opinion.remark.number)


def _name(opinion: Opinion) -> str:
    return f"{opinion.place.key}/{opinion.remark.number} ({opinion.meant})"


def _said(desk: _Desk, opinion: Opinion) -> list[Said]:
    return [said for said in desk.wall.said if (said.platform, str(said.number)) == _key(opinion)]


def _compare(desk: _Desk, opinion: Opinion) -> None:
    """What a platform took in for a remark: nothing, or once exactly what was agreed to, after that."""
    said, agreed = [each for each in _said(desk, opinion) if each.taken], desk.agreed.get(_key(opinion))
    case, _ = desk.on.app.outreach.desk.cases.read(desk.place(opinion))
    if case is None:
        desk.wrong(f"{_name(opinion)} has no case")
        return
    at_once = opinion.meant == "praise"
    if len(said) != int(at_once or agreed is not None):
        desk.wrong(f"{_name(opinion)} should be answered {int(at_once or agreed is not None)} times, was {len(said)} times")
        return
    if (case.state == "answered") is not bool(said):
        desk.wrong(f"{_name(opinion)} was answered {len(said)} times, and its case is {case.state}")
    wanted = agreed.text if agreed else case.draft
    if said and said[0].text != wanted:
        desk.wrong(f"{_name(opinion)} was answered otherwise than agreed")
    if said and agreed and said[0].at < agreed.at:
        desk.wrong(f"{_name(opinion)} was answered before people agreed")
    if agreed and opinion.meant == "complaint" and opinion.remark.stars in (1, 2) and agreed.people != len(CLERKS):
        desk.wrong(f"{_name(opinion)} was agreed to by {agreed.people}")


def _compare_refused(desk: _Desk) -> None:
    for said in desk.wall.said:
        if not said.taken:
            desk.wrong(f"{said.platform} refused an answer to {said.number}")


def _line(desk: _Desk, key: str) -> ReviewLine | None:
    """The figures of a platform, compared with those that follow from what the platform saw."""
    on, mine = desk.on, desk.wall.opinions.get(key) or []
    if not mine:
        return None
    cases = [(key, case) for _, case, _ in on.app.outreach.desk.cases.all(on.config.merchant, key, on.world.shop(key).account)]
    now, opening = on.clock.now(), on.config.reviews.opening
    found = sla.figures(cases, desk.wall.begins - timedelta(days=1), now, now=now, opening=opening)[key]
    wanted = _kept(desk, mine, now)
    if (found.in_time, found.late, found.waiting, found.median_minutes) != wanted:
        desk.wrong(f"deadlines of {key} should be {wanted}, are {found}")
    people = [desk.agreed[name].people for each in mine if (name := _key(each)) in desk.agreed]
    at_once = sum(each.meant == "praise" for each in mine)
    return ReviewLine(key, len(mine), at_once, people.count(1), people.count(2), found)


def _kept(desk: _Desk, mine: list[Opinion], now: datetime) -> tuple[int, int, int, int | None]:
    """In time, late, waiting, and the median minutes to an answer: from what the platform saw, and when."""
    in_time = late = waiting = 0
    minutes: list[int] = []
    told = platform(mine[0].place.platform).voices
    for opinion in mine:
        if told is None or opinion.meant == "default" or opinion.gone_at:
            continue
        at = told.told(opinion.remark.at)
        said = [each.at for each in _said(desk, opinion) if each.taken]
        took = _staffed(desk, at, said[0] if said else now)
        minutes += [took // timedelta(minutes=1)] if said else []
        if took > FIRST_ANSWER or (took == FIRST_ANSWER and not said):
            late += 1
        elif said:
            in_time += 1
        else:
            waiting += 1
    return in_time, late, waiting, int(median(minutes)) if minutes else None


def _staffed(desk: _Desk, since: datetime, until: datetime) -> timedelta:
    """How much of the opening hours lies between two instants."""
    zone, total = desk.on.world.zone, timedelta()
    day = since.astimezone(zone).date()
    while day <= until.astimezone(zone).date():
        opens, closes = datetime.combine(day, OPENS, zone), datetime.combine(day, CLOSES, zone)
        total += max(min(closes, until) - max(opens, since), timedelta())
        day += timedelta(days=1)
    return total
