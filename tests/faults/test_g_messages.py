"""Messages to people: never twice, never to who left, never in somebody's night, never to who is held out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib import bootstrap, entry, feedback
from chalicelib.adapters.members import DynamoMembers
from chalicelib.adapters.vault import KmsVault
from chalicelib.config import parse
from chalicelib.domain import member, receipt
from chalicelib.domain.mail import Mail, OutcomeUnknown
from chalicelib.domain.receipt import Health
from chalicelib.domain.wording import Rendered
from chalicelib.errors import ConfigError, Retriable
from chalicelib.handing import Handing
from chalicelib.pipeline.unsubscribe import Unsubscribe
from chalicelib.purging import Purging
from chalicelib.toolkit.zones import zones_of
from tests.functional.exactness.interleaving_worlds import MemoryWorld
from tests.functional.exactness.lapsed import ONE_DAY, email, lapse, member_of, messages
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.test_digests import Request
from tests.functional.exactness.test_ses_events import ACCOUNT
from tests.functional.stack import CONFIG, Stack
from tests.kit.cases import load
from tests.kit.faults import Told
from tests.unit.domain import test_gate as table

# --- 52 ---------------------------------------------------------------------------------------------------------------------------


def erased(stack: Stack, who: str, *, whole: bool) -> None:
    """Somebody is erased, as far as it goes at once, or to the end."""
    privacy = stack.app.privacy
    asked = privacy.erasing.begin(privacy.belongings.person("demo", [who]), "ops")
    assert privacy.erasing.carry_on(asked.id).stage == "settle"
    if whole:
        stack.clock.at += timedelta(minutes=11)
        stack.app.tick.beat()
        stack.project()
        assert privacy.erasing.carry_on(asked.id).over


def written_to(engine: Any, *, whole: bool) -> list[str]:
    """Two are due, and the first is erased between queueing and sending."""
    stack = Stack(engine, ONE_DAY)
    first, _ = lapse(stack, 2)
    assert stack.sweep() == 2
    erased(stack, first, whole=whole)
    for _ in range(2):
        stack.app.deliver.run()
        stack.sweep()
    assert {each.reason for each in messages(stack, [first])} <= {"erased", None}
    return sorted(mail.recipient for mail in stack.channel.mails)


@pytest.mark.fault(52)
@pytest.mark.parametrize("whole", [False, True])
def test_52_whoever_is_erased_between_queueing_and_sending_gets_nothing(whole: bool, moto_engine: Any) -> None:
    assert written_to(moto_engine, whole=whole) == [email(2)]


@pytest.mark.fault(52, saboteur=True)
def test_52_saboteur_an_erasure_that_is_noted_and_not_done(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Purging, "purge", lambda *_, **__: 0)
    monkeypatch.setattr(KmsVault, "shut", lambda *_: None)
    assert written_to(moto_engine, whole=False) == [email(1), email(2)]


# --- 54 ---------------------------------------------------------------------------------------------------------------------------


def _same_day(now: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """A window that never passes midnight."""
    clock = now.astimezone(zone).time().replace(tzinfo=None)
    return datetime.combine(now.astimezone(zone).date(), end, zone).astimezone(UTC) if start <= clock < end else None


def _offset_of_now(now: datetime, zone: ZoneInfo, start: time, end: time) -> datetime | None:
    """An end by the offset that holds when it is asked."""
    local = now.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    if not (start <= clock < end if start <= end else clock >= start or clock < end):
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return (datetime.combine(day, end) - (local.utcoffset() or timedelta())).replace(tzinfo=UTC)


@pytest.mark.fault(54, saboteur=True)
@pytest.mark.parametrize("naive", [_same_day, _offset_of_now])
def test_54_saboteur_a_simpler_rule_sends_at_night(naive: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    zones = ("America/New_York", "Australia/Lord_Howe")
    assert table.sends_inside(zones)[0] == 0
    monkeypatch.setattr(table, "quiet_until", naive)
    assert table.sends_inside(zones)[0] > 0


@pytest.mark.fault(54)
def test_54_a_zone_that_is_none_is_refused_and_an_unknown_country_has_the_shops() -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "Asia/Shanghai\n"):
        with pytest.raises(ConfigError):
            parse(CONFIG.replace('time_zone = "Asia/Shanghai"', f"time_zone = {json.dumps(name)}"))
    assert zones_of("XX") == zones_of(None) == ()


# --- 55 ---------------------------------------------------------------------------------------------------------------------------

PEOPLE = 400


class Flaky:
    """A mail service that takes every mail, and whose answer is lost three times in ten; it writes the mails, too."""

    def __init__(self) -> None:
        self.dice, self.taken, self.lost = Random(55), Counter[str](), 0

    def variants(self, _template: str, _locale: str) -> tuple[str, ...]:
        """See Renderer."""
        return ("a",)

    def winback(self, _values: Any, *, locale: str, template: str, variant: str = "a") -> Rendered:
        """See Renderer."""
        return Rendered(f"{template} {locale} {variant}", "<p>x</p>", "x", "x")

    def send(self, mail: Mail) -> str:
        """See Channel."""
        self.taken[mail.message_id] += 1
        if self.dice.random() < 0.3:
            self.lost += 1
            raise OutcomeUnknown("cut")
        return f"provider-{len(self.taken)}"

    @property
    def doubled(self) -> int:
        """Mails beyond the first of a message."""
        return self.taken.total() - len(self.taken)


def sent_through() -> tuple[Flaky, Counter[str]]:
    """Everybody is due, and the worker runs again and again for two days; what became of the messages that were handed over."""
    world, service = MemoryWorld(), Flaky()
    members = world.begin(PEOPLE, service)
    world.sweep()
    for _ in range(24):
        world.deliver(100)
        world.clock.at += timedelta(hours=2)
        world.project()
    rows = [each for name in members for each in world.rows(name)]
    return service, Counter(each.state for each in rows if each.state in ("sent", "unknown", "sending"))


@pytest.mark.fault(55)
def test_55_a_mail_whose_answer_is_lost_goes_no_second_time(fault: Told) -> None:
    service, states = sent_through()
    assert states == {"sent": service.taken.total() - service.lost, "unknown": service.lost}
    assert service.lost > PEOPLE // 4
    assert service.doubled == 0
    fault.figure(f"{service.lost} of {service.taken.total()} answers lost: {service.doubled} doubled")


@pytest.mark.fault(55, saboteur=True)
def test_55_saboteur_a_lost_answer_is_taken_for_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Handing.over

    def over(self: Handing, claimed: Any, send: Callable[[], str | None], *rest: Any, **named: Any) -> Any:
        def retried() -> str | None:
            try:
                return send()
            except OutcomeUnknown as error:
                raise Retriable(error.reason) from None

        return true(self, claimed, retried, *rest, **named)

    monkeypatch.setattr(Handing, "over", over)
    assert sent_through()[0].doubled > 0


# --- 56 ---------------------------------------------------------------------------------------------------------------------------


def told_by_ses(form: str, case: str, *people: int) -> str:
    """A bounce or complaint as SES words it, in either of its forms, about several people."""
    body = json.loads(load("ses", case).body)
    body[form] = body.pop("eventType")
    about = body.get("bounce") or body["complaint"]
    key = "bouncedRecipients" if "bounce" in body else "complainedRecipients"
    about[key] = [{"emailAddress": f'"Lap, Sed" <{email(person)}>'} for person in people]
    body["mail"]["destination"] = [email(person) for person in people]
    body["mail"]["tags"].pop("message", None)
    return json.dumps(body)


LAPSED = 7


def next_send(engine: Any) -> tuple[list[str], dict[str, str | None]]:
    """Six who are due; two bounced in each form of the one, one complained in each form of the other; who gets a mail."""
    stack = Stack(engine, ONE_DAY.replace("[[campaigns]]", ACCOUNT + "[[campaigns]]", 1))
    members = lapse(stack, LAPSED)
    assert stack.sweep() == LAPSED
    for _ in range(2):
        for form, first in (("eventType", 1), ("notificationType", 4)):
            stack.app.intake.record("ses", told_by_ses(form, "message-bounce-permanent", first, first + 1))
            stack.app.intake.record("ses", told_by_ses(form, "message-complaint", first + 2))
    stack.normalise()
    stack.app.deliver.run()
    reasons = {each.owner: each.reason for each in messages(stack, members)}
    return [mail.recipient for mail in stack.channel.mails], {f"{n}": reasons[each] for n, each in enumerate(members, start=1)}


@pytest.mark.fault(56)
def test_56_who_bounced_or_complained_in_either_form_is_not_in_the_next_send(moto_engine: Any, fault: Told) -> None:
    mails, reasons = next_send(moto_engine)
    assert mails == [email(7)]
    assert set(reasons.values()) == {"suppression", None} and [n for n, reason in reasons.items() if reason is None] == ["7"]
    fault.figure(f"6 told in 2 forms, twice: {len(mails) - 1} of them in the next send")


@pytest.mark.fault(56, saboteur=True)
@pytest.mark.parametrize("guard", ["suppress", "suppressed"])
def test_56_saboteur_nobody_notes_or_nobody_asks(guard: str, moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamoMembers, guard, lambda *_, **__: None)
    assert len(next_send(moto_engine)[0]) > 1


# --- 57 ---------------------------------------------------------------------------------------------------------------------------


def stops_at() -> tuple[int, int]:
    """At how many bounces, and how many complaints, of a thousand sends the channel stops itself."""
    bounces = next(count for count in range(1_001) if Health(1_000, count, 0).trouble())
    return bounces, next(count for count in range(1_001) if Health(1_000, 0, count).trouble())


@pytest.mark.fault(57)
def test_57_the_channel_stops_itself_before_the_service_looks(fault: Told) -> None:
    bounces, complaints = stops_at()
    assert (bounces, complaints) == (40, 1), "4 %; and one complaint is 0.1 %, the first that is not below 0.08 %"
    assert receipt.COMPLAINTS_PER_100_000 == 80
    assert not Health(10_000, 0, 7).trouble() and Health(10_000, 0, 8).trouble(), "0.08 % to the letter"
    fault.figure(f"stops at {bounces} bounces or {complaints} complaint of 1,000")


@pytest.mark.fault(57, saboteur=True)
def test_57_saboteur_the_services_own_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt, "BOUNCES_PERMILLE", 50)
    assert stops_at() != (40, 1)


@pytest.mark.fault(57)
def test_57_once_stopped_nothing_goes(moto_engine: Any) -> None:
    assert halted_sends(moto_engine) == ([], {"halted"})


def halted_sends(engine: Any) -> tuple[list[Mail], set[str | None]]:
    """Somebody is due while five of five bounced."""
    stack = Stack(engine, ONE_DAY)
    members = lapse(stack, 1)
    stack.sweep()
    for number in range(5):
        at = stack.clock.at + timedelta(milliseconds=number)
        stack.app.feedback._store.note_send("demo", "email", at, f"o#m{number}", bounced=True, complained=False)
    stack.app.feedback._watch("demo", "email")
    stack.app.feedback.check()
    stack.app.deliver.run()
    return stack.channel.mails, {each.reason for each in messages(stack, members)}


@pytest.mark.fault(57, saboteur=True)
def test_57_saboteur_nobody_asks_whether_it_stopped(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback.Feedback, "halted", lambda *_: None)
    assert len(halted_sends(moto_engine)[0]) == 1


# --- 58 ---------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def reached(moto_engine: Any) -> Iterator[Stack]:
    """A stack with two members behind the entry point."""
    stack = Stack(moto_engine, ONE_DAY)
    lapse(stack, 2)
    bootstrap.install(stack.app)
    yield stack
    bootstrap.install(None)


def status(method: str, token: str) -> int:
    """How a request is answered."""
    return int(entry.unsubscribe(Request(method), token)["status_code"])


def scanned(stack: Stack, token: str, times: int = 100) -> bool:
    """Whether scanners that follow the link change anything at all."""
    before = whole_table(stack)
    assert {status("GET", token) for _ in range(times)} == {200}
    return whole_table(stack) != before


def token_of(stack: Stack, person: int) -> str:
    """A member's own."""
    return stack.app.unsubscribe.url("demo", member_of(stack, person)).rpartition("/")[2]


@pytest.mark.fault(58)
def test_58_scanners_change_nothing_and_a_post_without_a_session_is_enough(reached: Stack, fault: Told) -> None:
    token, member_id = token_of(reached, 1), member_of(reached, 1)
    assert not scanned(reached, token)
    left = int(reached.app.members.consent("demo", {member_id}, "email") is False)
    assert [status("POST", token) for _ in range(3)] == [200, 200, 200]
    assert reached.app.members.consent("demo", {member_id}, "email") is False
    assert reached.app.members.consent("demo", {member_of(reached, 2)}, "email") is True, "the other has not left"
    assert left == 0
    fault.figure(f"100 scanners: {left} have left; 3 posts: 1")


@pytest.mark.fault(58)
def test_58_a_token_that_is_forged_or_anothers_is_refused(reached: Stack) -> None:
    one, other = (token_of(reached, person).partition(".") for person in (1, 2))
    forged = (f"{one[0]}.{other[2]}", f"{other[0]}.{one[2]}", f"{one[0]}.", one[0], f".{one[2]}", f"{one[0]}.{one[2][:-1]}", "x.💥")
    before = whole_table(reached)
    assert {status(method, token) for token in forged for method in ("GET", "POST")} == {404}
    assert whole_table(reached) == before


@pytest.mark.fault(58)
def test_58_the_link_of_somebody_who_was_erased_works_and_brings_nothing_back(reached: Stack) -> None:
    token = token_of(reached, 1)
    erased(reached, member_of(reached, 1), whole=True)
    assert not scanned(reached, token, times=3)
    assert [status("POST", token) for _ in range(2)] == [200, 200]
    assert email(1) not in whole_table(reached)
    assert reached.app.members.consent("demo", {member_of(reached, 1)}, "email") is not True


@pytest.mark.fault(58, saboteur=True)
def test_58_saboteur_looking_is_leaving(reached: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unsubscribe, "check", Unsubscribe.withdraw)
    assert scanned(reached, token_of(reached, 1), times=1)


@pytest.mark.fault(58, saboteur=True)
def test_58_saboteur_any_signature_will_do(reached: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unsubscribe, "_member", lambda _self, token: token.partition(".")[0])
    with pytest.raises(AssertionError):
        test_58_a_token_that_is_forged_or_anothers_is_refused(reached)


# --- 61 ---------------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(61, saboteur=True)
def test_61_saboteur_one_arm_for_all_campaigns(monkeypatch: pytest.MonkeyPatch) -> None:
    """The independence that tests/unit/domain/test_member.py asks for is lost."""
    true = member._hash
    monkeypatch.setattr(member, "_hash", lambda *parts: true(parts[0], parts[-1]))
    people = [f"member-{number}" for number in range(20_000)]
    arms = [{each for each in people if member.holdout("demo", campaign, each, 100)} for campaign in ("back30", "back60")]
    assert len(arms[0] & arms[1]) > 1.5 * 200, "a hundredth would be in both by chance alone"
