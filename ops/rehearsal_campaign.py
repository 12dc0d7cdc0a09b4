"""The rehearsal's second half: who is whom, who was written to and why, who came back, and what the report makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.parser import BytesParser
from email.policy import default as mail_policy
from fractions import Fraction

from chalicelib.domain.lift import Interval
from chalicelib.domain.member import Profile, Visit
from chalicelib.ports import Message
from ops.rehearsal_config import CAMPAIGN, CONVERSION_DAYS, COUPON, RATES, READER, SILENT_DAYS, WINDOW_DAYS
from ops.rehearsal_stage import Outcome, Progress, Stage
from ops.simulator import persons, returns
from ops.simulator import traffic as wire
from ops.simulator.model import Buyer
from ops.simulator.oracle import Oracle
from ops.simulator.persons import Person
from ops.simulator.player import Tally

SENDS_AT = (timedelta(days=1, hours=4), timedelta(days=1, hours=11, minutes=5))  # when it is quiet nowhere in America; in China
REPORT_AT = timedelta(days=CONVERSION_DAYS + 1, minutes=10)
GROSS = 2  # so many times the interval's half width off is no chance any more: one run in ten thousand


@dataclass(frozen=True, slots=True)
class _Told:
    """Somebody who had lapsed, as the sweep found them; their name here, and the messages there are."""

    person: Person
    name: str
    messages: list[Message]

    @property
    def held(self) -> bool:
        return any(message.arm == "holdout" for message in self.messages)


def rehearse_campaign(on: Stage, outcome: Outcome, progress: Progress) -> None:
    """Let the days pass in which people come back, then compare members, messages and the report with the world."""
    progress("after", 0, CONVERSION_DAYS)
    for at in SENDS_AT:
        on.clock.advance(on.world.start + at)
        on.send()
    reached = _reached(on, outcome)
    back = returns.returns(on.world, reached, COUPON)
    tally, sent = Tally(), [wire.Sent(each.at, each, "plain") for each in back.sent]
    on.play(sent, tally, lambda count: progress("after", CONVERSION_DAYS * count // len(sent), CONVERSION_DAYS))
    outcome.differences += [f"receive: {wrong}" for wrong in tally.wrong]
    on.clock.advance(on.world.start + REPORT_AT)
    on.settle()
    progress("after", CONVERSION_DAYS, CONVERSION_DAYS)
    progress("members", 0, 2)
    told = _told(on)
    _compare_messages(on, outcome, told)
    oracle = Oracle(returns.settled(on.world, back), on.clock.now())
    _compare_members(on, outcome, oracle)
    progress("members", 1, 2)
    outcome.report = on.app.campaign_reports.report(CAMPAIGN, on.world.day, on.world.day)
    _compare_report(on, outcome, told, oracle)
    progress("members", 2, 2)


def _reached(on: Stage, outcome: Outcome) -> list[Buyer]:
    """Whom a message reached, by whatever came in at mail server, Aliyun and platforms; one mail of each language is kept."""
    mails = [(BytesParser(policy=mail_policy).parsebytes(raw), raw) for raw in on.inbox.mails]
    letters = {str(mail["To"]): (mail, raw) for mail, raw in mails if READER not in str(mail["To"])}
    if len(letters) != sum(READER not in str(mail["To"]) for mail, _ in mails):
        outcome.differences.append("mail: somebody was written to twice")
    for _, (mail, raw) in sorted(letters.items()):
        outcome.mails.setdefault(str(mail["Content-Language"] or on.config.locale), raw)
    said = {key: set(api.said) for key, api in on.platforms.apis.items()}
    numbers = set().union(*said.values())
    return [
        buyer
        for buyer in on.world.buyers
        if buyer.email in letters or buyer.phone in numbers or buyer.id in said.get(buyer.shop.platform, ())
    ]


def _subject(on: Stage, buyer: Buyer) -> str:
    return on.app.parts.vault.lookup(on.config.merchant, "buyer", "\x1f".join(buyer.key))


def _name(on: Stage, person: Person) -> str:
    """The least of the buyers' names."""
    return min(_subject(on, buyer) for buyer in person.buyers)


def _told(on: Stage) -> list[_Told]:
    lapsed = Oracle(on.world, on.world.opening).lapsed(on.world.day, SILENT_DAYS, WINDOW_DAYS)
    named = [(person, _name(on, person)) for person in lapsed]
    return [_Told(person, name, on.app.outbox.of(on.config.merchant, name)) for person, name in named]


def _compare_messages(on: Stage, outcome: Outcome, told: list[_Told]) -> None:
    """Who was drawn must be exactly who had lapsed; who got a message, and by which way, exactly who may get one.

    Open is only what the day itself decides: somebody who bought or took back consent on it may have been seen in time or not,
    since that news travels with the day's faults.
    """
    if outcome.drawn != len(told):
        outcome.differences.append(f"win-back: {len(told)} people had lapsed, {outcome.drawn} were drawn")
    now = on.world.closing
    busy = {order.buyer.key for order in on.world.orders if on.world.start <= order.placed_at}
    for each in told:
        where = "+".join(buyer.shop.platform for buyer in each.person.buyers)
        if len(each.messages) != 1:
            outcome.differences.append(f"win-back: member of {where} has {len(each.messages)} messages")
            continue
        message = each.messages[0]
        found = message.channel if message.state == "sent" else None
        wanted = None if each.held else persons.way(each.person, now)
        is_open = any(buyer.key in busy or buyer.allows(on.world.opening) != buyer.allows(now) for buyer in each.person.buyers)
        if found != wanted and not is_open:
            said = message.state if message.reason in (None, "ok") else f"{message.state}: {message.reason}"
            outcome.differences.append(f"win-back: member of {where} should hear by {wanted}, is {said}")


def _compare_members(on: Stage, outcome: Outcome, oracle: Oracle) -> None:
    """Every member to the last row: who they are, what they bought, and the segment they are in."""
    merchant, today = on.config.merchant, oracle.local(oracle.now)
    rates = {currency: Fraction(per) for currency, per in RATES.items()}
    wanted = {}
    for person in oracle.people:
        name = _name(on, person)
        for subject in {_subject(on, buyer) for buyer in person.buyers}:
            profile = on.app.members.profile(merchant, subject).profile
            expected = _profile(person) if subject == name else Profile()
            if profile != expected:
                outcome.differences.append(f"members: profile of {_shops(person)} should be {expected}, is {profile}")
    for person, segment in persons.segments(oracle.people, rates, on.config.currency):
        wanted[_name(on, person)] = (person.days, persons.money(person, rates, on.config.currency), segment)
    found = {each.member: each for each in on.app.standings.portraits(merchant, today)}
    told = {name: (each.days, each.money, each.segment) for name, each in found.items()}
    for name in sorted(wanted.keys() | told.keys()):
        if wanted.get(name) != told.get(name):
            outcome.differences.append(f"members: portrait should be {wanted.get(name)}, is {told.get(name)}")
    outcome.people = len(found)
    outcome.joined = sum(len(person.buyers) > 1 for person in oracle.people if person.days)
    members, net = Counter(each.segment for each in found.values()), Counter[str]()
    for each in found.values():
        net[each.segment] += each.money
    outcome.segments = [(name, count, net[name]) for name, count in members.most_common()]


def _shops(person: Person) -> str:
    return " + ".join("/".join(buyer.key) for buyer in person.buyers)


def _profile(person: Person) -> Profile:
    if not person.days:
        return Profile()
    first, last = person.days[0], person.days[-1]
    visits = frozenset(Visit(platform, account, day, day == first) for platform, account, day in person.visits)
    return Profile(person.orders, first, last, dict(sorted(person.totals.items())), visits)


def _compare_report(on: Stage, outcome: Outcome, told: list[_Told], oracle: Oracle) -> None:
    """How many of each arm bought, exactly; and whether the estimate of the lift is one of what was planted."""
    report = outcome.report
    if report is None:
        return
    by_buyer = {buyer.key: person for person in oracle.people for buyer in person.buyers}
    window = (on.world.day, on.world.day + timedelta(days=CONVERSION_DAYS))
    arms: Mapping[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for each in told:
        now = by_buyer[each.person.buyers[0].key]
        arms[each.held]["members"] += 1
        arms[each.held]["bought"] += any(window[0] <= day <= window[1] for day in now.days)
    for held, arm in ((False, report.treated), (True, report.holdout)):
        if (arms[held]["members"], arms[held]["bought"]) != (arm.members, arm.conversions):
            which = "holdout" if held else "treated"
            outcome.differences.append(f"report: {which} should be {dict(arms[held])}, is {arm.members} and {arm.conversions}")
    moved = sum(_is_moved(on, each.person) for each in told)
    outcome.planted = moved / len(told) if told else 0.0
    if report.lift and misses(report.lift.conversion, outcome.planted):
        outcome.differences.append(f"report: the lift is {outcome.planted:.3f}, found {report.lift.conversion}")


def misses(found: Interval, planted: float) -> bool:
    """Whether an estimate misses what was planted by more than chance lets it."""
    return not found.value - GROSS * (found.value - found.low) <= planted <= found.value + GROSS * (found.high - found.value)


def _is_moved(on: Stage, person: Person) -> bool:
    """Whether a message makes this person buy who otherwise would not, and can reach them."""
    futures = {returns.future(on.world, buyer) for buyer in person.buyers}
    return "if told" in futures and "anyway" not in futures and persons.way(person, on.world.closing) is not None
