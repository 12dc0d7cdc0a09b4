"""Digests end to end: one mail a reader and period, whatever runs at once or dies; who has left gets none; silent sources."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from email.policy import SMTP
from typing import Any

import pytest

from chalicelib import bootstrap, daybook, entry, reporting
from chalicelib.adapters import mime
from chalicelib.adapters.outbox import DynamoOutbox
from chalicelib.adapters.state import DynamoMarks
from chalicelib.config import Config, parse
from chalicelib.daybook import Daybook
from chalicelib.domain.daybook import told_by
from chalicelib.domain.mail import PERSONAL_LINK
from chalicelib.domain.periods import Period, period_of
from chalicelib.errors import Rejected
from chalicelib.freshness import Sources
from chalicelib.notices import Notices
from chalicelib.pipeline import deliver as delivering
from chalicelib.pipeline.digest import Digest
from chalicelib.ports import Message
from chalicelib.readership import Readership
from tests.functional.exactness.digests import digests, plainly, restated, said
from tests.functional.exactness.test_campaigns import whole_table
from tests.functional.exactness.test_crashes import Crash, Fuse, fused
from tests.functional.exactness.test_races import at_once
from tests.functional.exactness.world import deliver, erp
from tests.functional.stack import CONFIG, Stack
from tests.kit.faults import Told

ANA, BEN, CAI = "ana@demo.example", "ben@demo.example", "cai@demo.example"
READERS = f"""
[digest]
sender = "Demo <digest@demo.example>"
recipients = ["{ANA}", "{BEN}"]
[[digest.readers]]
address = "{CAI}"
locale = "zh-CN"
role = "owner"
periods = ["day", "week"]
"""
TOLD = CONFIG[: CONFIG.index("[digest]")] + READERS
DAYS = [date(2026, 11, 18), date(2026, 11, 19), date(2026, 11, 20)]
STRIDE = {"moto": 1, "dynamodb-local": 6}


@pytest.fixture(autouse=True)
def short_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that a digest does not need are not looked at here: tests of the daybook do."""
    monkeypatch.setattr(daybook, "UNREAD_DAYS", 0)
    monkeypatch.setattr(reporting, "TREND_DAYS", reporting.SPARK_DAYS)


def world(engine: Any, config: str = TOLD, **changed: Any) -> Stack:
    """A stack of three readers, its digests plain; `changed` of `[digest]`."""
    stack = plainly(Stack(engine, config))
    stack.config = changed_digest(stack.config, **changed)
    return stack


def changed_digest(config: Config, **changed: Any) -> Config:
    return replace(config, digest=replace(config.digest, **changed))


def sell(stack: Stack, name: str, day: date, total: int, *, status: str = "paid", heard: datetime | None = None) -> None:
    """An order placed at noon of a day in Shanghai, told now or at `heard`."""
    at = datetime.combine(day, time(12), tzinfo=stack.config.zone).isoformat()
    told = {"placed_at": at, "paid_at": at, "updated_at": (heard or stack.clock.at).isoformat()}
    deliver(stack, [erp(name, 0, status, total, **told)])
    stack.settle()


def a_day(day: date) -> Period:
    return period_of("day", day)


def work(stack: Stack) -> None:
    """Let what is due be sent."""
    for _ in range(3):
        stack.app.deliver.run()


def rows(stack: Stack, name: str) -> list[Message]:
    """A reader's rows."""
    return stack.app.outbox.of("demo", stack.app.readership.owner("demo", "email", name))


# --- once -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(51)
def test_ten_triggers_at_once_are_one_mail_a_reader(engine: Any, fault: Told) -> None:
    stack = world(engine)
    sell(stack, "A", DAYS[1], 1000)
    assert at_once([lambda: void(stack.app.digest.run)] * 10, 10) == []
    assert at_once([lambda: void(stack.app.deliver.run)] * 10, 10) == []
    work(stack)
    assert sorted(mail.recipient for mail in digests(stack)) == [ANA, BEN, CAI]
    assert all("total CNY 1000 1000 1" in mail.rendered.text for mail in digests(stack))
    assert {row.state for name in (ANA, BEN, CAI) for row in rows(stack, name)} == {"sent"}
    fault.figure(f"10 at once: {len(digests(stack))} mails to 3 readers")


def void(action: Callable[[], Any]) -> None:
    action()


class Overtaken(Digest):
    """A run that another one overtakes between its question who has none yet and its rows."""

    overtaking: Callable[[], None] | None = None

    def _keep(self, *args: Any) -> dict[str, str]:
        overtaking, self.overtaking = self.overtaking, None
        if overtaking:
            overtaking()
        return super()._keep(*args)


def overtaken(stack: Stack) -> list[str]:
    """Who gets a mail when one run goes through, and its mails are sent, while another is in the middle."""
    slow = Overtaken(**{name.removeprefix("_"): part for name, part in vars(stack.app.digest).items()})

    def quick() -> None:
        stack.app.digest.run()
        work(stack)

    slow.overtaking = quick
    slow.run()
    work(stack)
    return sorted(mail.recipient for mail in digests(stack))


@pytest.mark.fault(51)
def test_a_run_that_is_overtaken_sends_nothing_again(engine: Any) -> None:
    assert overtaken(world(engine)) == [ANA, BEN, CAI]


@pytest.mark.fault(51, saboteur=True)
def test_saboteur_rows_are_put_over_rows(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def put(self: DynamoOutbox, message: Message) -> bool:
        stored = self.read(message.merchant, message.owner, message.message_id)
        return self.save(replace(message, version=stored.version + 1)) if stored else self._put(message, (), "v <> v", {})

    stack = world(moto_engine)
    add = DynamoOutbox.add

    def forced(self: DynamoOutbox, message: Message) -> bool:
        return add(self, message) or put(self, message)

    monkeypatch.setattr(DynamoOutbox, "add", forced)
    assert len(overtaken(stack)) > 3


# --- dying ----------------------------------------------------------------------------------------------------------------------


def story(stack: Stack) -> None:
    """The 18th was told; then it changed."""
    plainly(stack)
    stack.config = parse(TOLD)
    sell(stack, "A", DAYS[0], 1000)
    sell(stack, "B", DAYS[1], 500)
    stack.app.digest.queue(a_day(DAYS[0]))
    work(stack)
    sell(stack, "C", DAYS[0], 300)


def outcome(stack: Stack) -> Any:
    """What the digests of the 19th and 20th said, to whom."""
    work(stack)
    stack.clock.at += timedelta(days=1)
    stack.app.digest.queue(a_day(DAYS[2]))
    work(stack)
    return sorted(said(mail) for mail in digests(stack))


def dying(engine: Any, fuse: Fuse) -> Any:
    stack = fused(engine, fuse)
    story(stack)
    fuse.armed = True
    try:
        stack.app.digest.queue(a_day(DAYS[1]))
    except Crash:
        stack.app.digest.queue(a_day(DAYS[1]))
    fuse.armed = False
    return outcome(stack)


@pytest.mark.fault(49)
@pytest.mark.fault(51)
def test_dying_anywhere_in_it_tells_the_same_restatement_once(engine: Any) -> None:
    wanted = dying(engine, Fuse(0, before=True))
    told = [text for name, text in wanted if name == ANA]
    assert len(wanted) == 9 and "restated 2026-11-18 CNY gmv 1000 1300" in told[1]
    assert "restated" not in told[0] and "restated" not in told[2]
    assert dying(engine, Fuse(1, before=True)) == wanted
    border = 1  # dying after one effect is dying before the next
    while True:
        fuse = Fuse(border, before=False)
        assert dying(engine, fuse) == wanted, f"after effect {border}"
        if not fuse.blown:
            break
        border += STRIDE[engine.name]
    assert border > 7


@pytest.mark.fault(49, saboteur=True)
def test_saboteur_what_was_told_is_forgotten_once_it_is_told_anew(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what stood before, a run after a crash finds that nothing has changed."""
    monkeypatch.setattr("chalicelib.daybook.told_by", lambda told, now, by: replace_was(told_by(told, now, by)))
    wanted = dying(moto_engine, Fuse(0, before=True))
    assert any(dying(moto_engine, Fuse(border, before=False)) != wanted for border in range(1, 8))


def replace_was(told: Any) -> Any:
    return type(told)(told.by, told.said)


def test_what_comes_between_a_crash_and_the_next_run_was_not_told_before(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run that died remembered a figure that nobody read: the mails of the next say another, and that one was told."""
    stack = world(moto_engine)
    sell(stack, "A", DAYS[1], 1000)
    monkeypatch.setattr(Digest, "_keep", died)
    with pytest.raises(Crash):
        stack.app.digest.queue(a_day(DAYS[1]))
    monkeypatch.undo()
    sell(stack, "B", DAYS[1], 500)
    stack.app.digest.queue(a_day(DAYS[1]))
    work(stack)
    assert "total CNY 1500 1500 2" in digests(stack)[0].rendered.text
    stack.clock.at += timedelta(days=1)
    stack.app.digest.queue(a_day(DAYS[2]))
    work(stack)
    assert restated(digests(stack)[-1]) == []


def died(*_: Any) -> None:
    raise Crash


# --- readers --------------------------------------------------------------------------------------------------------------------


def token_of(stack: Stack, name: str) -> str:
    owner = stack.app.readership.owner("demo", "email", name)
    return stack.app.readership.url("demo", owner).rpartition("/")[2]


class Request:
    """What the entry point reads of a request: no session, no cookie."""

    def __init__(self, method: str) -> None:
        self.method = method
        self.headers: dict[str, str] = {}


@pytest.fixture
def web(moto_engine: Any) -> Any:
    """A stack behind the entry point."""
    stack = world(moto_engine)
    bootstrap.install(stack.app)
    yield stack
    bootstrap.install(None)


def test_every_mail_has_its_reader_s_own_link_and_no_place_for_one(engine: Any) -> None:
    stack = world(engine)
    stack.app.digest.queue(a_day(DAYS[1]))
    assert any(PERSONAL_LINK.encode() in opened(stack, row) for row in rows(stack, ANA)), "what is kept is of them all"
    work(stack)
    for mail in digests(stack):
        own = stack.app.readership.url("demo", stack.app.readership.owner("demo", "email", mail.recipient))
        assert mail.unsubscribe_url == own and not mail.marketing
        assert f"leave {own}" in mail.rendered.text and own in mail.rendered.html
        assert "reader.invalid" not in mail.rendered.text + mail.rendered.html
        assert mail.recipient.partition("@")[0] not in own
    assert len({mail.unsubscribe_url for mail in digests(stack)}) == 3


def test_the_mail_as_it_is_written_has_the_link_in_its_foot_and_nothing_of_the_place_for_it(
    moto_engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real templates in both languages, as the bytes that leave: every part, files and pictures too."""
    monkeypatch.setattr(reporting, "TREND_DAYS", 38)
    stack = Stack(moto_engine, TOLD)
    sell(stack, "A", DAYS[1], 1000)
    stack.app.digest.queue(a_day(DAYS[1]))
    work(stack)
    seen = {mail.recipient: mail for mail in stack.channel.mails}
    for name, words in ((ANA, "Unsubscribe from this digest"), (CAI, "退订此邮件")):
        own = stack.app.readership.url("demo", stack.app.readership.owner("demo", "email", name))
        parts = list(email.message_from_bytes(mime.build(seen[name], sent_at=stack.clock.at), policy=SMTP).walk())
        assert parts[0]["List-Unsubscribe"] == f"<{own}>" and parts[0]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        told = {part.get_content_type(): part.get_payload(decode=True) for part in parts if not part.is_multipart()}
        assert own.encode() in told["text/html"] and words.encode() in told["text/html"]
        assert own.encode() in told["text/plain"] and words.encode() in told["text/plain"]
        assert not any(b"reader.invalid" in payload for payload in told.values())
        assert {"text/csv", "application/json"} <= told.keys()


def opened(stack: Stack, row: Message) -> bytes:
    sealed = stack.archive.get(row.values["archive"])
    return stack.app.parts.vault.open_raw("demo", sealed, row.values["context"])


@pytest.mark.fault(58)
def test_looking_at_the_link_changes_nothing_and_a_post_ends_the_digests(web: Stack) -> None:
    token = token_of(web, CAI)
    before = whole_table(web)
    for _ in range(100):  # a scanner follows every link of a mail
        page = entry.unsubscribe(Request("GET"), token)
        assert page["status_code"] == 200 and "退订" in page["body"], "in the reader's language"
    assert whole_table(web) == before
    assert web.app.digest.queue(a_day(DAYS[1])) == 3

    for _ in range(2):  # twice is once
        assert entry.unsubscribe(Request("POST"), token)["status_code"] == 200
    work(web)
    assert sorted(mail.recipient for mail in digests(web)) == [ANA, BEN], "queued before, and not sent"
    assert [(row.state, row.reason) for row in rows(web, CAI)] == [("cancelled", "unsubscribed")]
    web.clock.at += timedelta(days=1)
    assert web.app.digest.run() == 2 and len(rows(web, CAI)) == 1, "not even queued"
    assert CAI not in whole_table(web)

    assert web.app.readership.say("demo", web.app.readership.owner("demo", "email", CAI), left=False, source="ops")
    web.clock.at += timedelta(days=1)
    assert web.app.digest.run() == 3


@pytest.mark.fault(58)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_token_that_is_none_opens_nothing(web: Stack, method: str) -> None:
    good = token_of(web, ANA)
    member = web.app.unsubscribe.url("demo", "member").rpartition("/")[2]
    mixed = [good[:-1] + ("A" if good[-1] != "A" else "B"), good.replace(".", ".x"), "", ".", "x", "💥.💥"]
    mixed += [good.partition(".")[0] + "." + member.partition(".")[2], f"member.{good.partition('.')[2]}"]
    before = whole_table(web)
    for token in mixed:
        assert entry.unsubscribe(Request(method), token)["status_code"] == 404, token
    assert whole_table(web) == before
    for token in (good, member):
        web.app.unsubscribe.check(token)
    with pytest.raises(Rejected):
        web.app.clicks.follow(good, record=True)


def test_a_reader_who_is_added_gets_the_day_s_and_one_who_left_is_not_waited_for(engine: Any) -> None:
    stack = world(engine)
    stack.app.readership.say("demo", stack.app.readership.owner("demo", "email", BEN), left=True, source="link")
    assert stack.app.digest.run() == 2
    assert stack.app.digest.run() == 0
    added = replace(stack.config.digest.readers[0], name="dora@demo.example")
    stack.config = changed_digest(stack.config, readers=(*stack.config.digest.readers, added))
    assert stack.app.digest.run() == 1


def test_two_words_at_once_are_one(engine: Any) -> None:
    stack = world(engine)
    owner = stack.app.readership.owner("demo", "email", ANA)
    told: list[bool] = []
    errors = at_once([lambda: told.append(stack.app.readership.say("demo", owner, left=True, source="link"))] * 10, 10)
    assert errors == [] and sorted(told) == [False] * 9 + [True]


def test_saboteur_a_word_that_is_not_asked_for_when_it_is_sent(web: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Readership, "has_left", lambda *_: False)
    with pytest.raises(AssertionError, match="queued before, and not sent"):
        test_looking_at_the_link_changes_nothing_and_a_post_ends_the_digests(web)


def test_saboteur_a_word_that_is_not_asked_for_when_it_is_queued(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = world(moto_engine)
    stack.app.readership.say("demo", stack.app.readership.owner("demo", "email", ANA), left=True, source="link")
    assert stack.app.digest.queue(a_day(DAYS[1])) == 2
    monkeypatch.setattr(DynamoMarks, "named", lambda *_: {})
    assert stack.app.digest.queue(a_day(DAYS[0])) == 3


def test_saboteur_a_shared_link_would_be_seen(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "personal", lambda rendered, _url: rendered)
    with pytest.raises(AssertionError):
        test_every_mail_has_its_reader_s_own_link_and_no_place_for_one(moto_engine)


# --- sources that are silent ------------------------------------------------------------------------------------------------------

HEARD = ("generic", "shopify")


def hear(stack: Stack, *platforms: str) -> None:
    """As a push and a pull of each would leave it."""
    for platform, account in (("generic", "erp"), ("shopify", "acme")):
        if platform in platforms:
            for how in ("push", "pull"):
                name = f"heard#{platform}#{account}#{how}"
                version = (stack.app.marks.get("demo", name) or ("", 0))[1]
                assert stack.app.marks.put("demo", name, stack.clock.at.isoformat(), expected_version=version)


def notes(stack: Stack) -> list[tuple[str, str]]:
    """Notices that went: to whom, and their titles."""
    return [(mail.recipient, mail.rendered.subject) for mail in stack.channel.mails if mail not in digests(stack)]


def morning(stack: Stack, hour: int, minute: int = 30) -> None:
    """That time of the 20th in Shanghai."""
    stack.clock.at = datetime(2026, 11, 20, hour, minute, tzinfo=stack.config.zone)


def run(stack: Stack) -> int:
    queued = stack.app.digest.run()
    work(stack)
    return queued


def test_a_digest_is_held_for_a_silent_source_until_it_is_heard_again(engine: Any) -> None:
    stack = world(engine, stale="hold")
    morning(stack, 8)
    hear(stack, "generic")
    for _ in range(3):
        assert run(stack) == 0
    stack.clock.at += timedelta(hours=1)
    hear(stack, *HEARD)
    assert run(stack) == 3 and run(stack) == 0
    assert all("provisional False" in mail.rendered.text for mail in digests(stack))
    assert notes(stack) == [(CAI, "Demo · No fresh data from Shopify · acme")], "to the owner, once; nothing when it is heard"
    assert stack.counters.total("digest_held") == 3


def test_a_digest_goes_out_flagged_once_the_hour_has_come(engine: Any) -> None:
    stack = world(engine, stale="hold", hold_until=time(10))
    hear(stack, "generic")
    morning(stack, 8)
    hear(stack, "generic")
    assert run(stack) == 0
    morning(stack, 9, 59)
    assert run(stack) == 0
    morning(stack, 10, 0)
    assert run(stack) == 3
    assert all("provisional True" in mail.rendered.text for mail in digests(stack))
    assert len(notes(stack)) == 1


def test_flagged_is_what_it_is_without_a_word(moto_stack: Stack) -> None:
    stack = plainly(moto_stack)
    stack.config = parse(TOLD.replace("[digest]", f'[reviews]\nrecipients = ["{BEN}"]\n[digest]'))
    morning(stack, 8)
    assert run(stack) == 3
    assert all("provisional True" in mail.rendered.text for mail in digests(stack))
    assert sorted(name for name, _ in notes(stack)) == [CAI, CAI], "two sources, two notes; to the owner alone"
    stack.clock.at += timedelta(days=1)
    run(stack)
    assert len(notes(stack)) == 4, "and again the next day"


def test_without_an_owner_whom_reviews_name_is_told(moto_engine: Any) -> None:
    config = TOLD[: TOLD.index("[[digest.readers]]")].replace("[digest]", f'[reviews]\nrecipients = ["{BEN}"]\n[digest]')
    stack = world(moto_engine, config)
    morning(stack, 8)
    hear(stack, "shopify")
    run(stack)
    assert notes(stack) == [(BEN, "Demo · No fresh data from Generic · erp")]


def test_a_note_says_since_when_and_what_to_do(moto_engine: Any) -> None:
    stack = world(moto_engine, stale="hold")
    morning(stack, 8)
    hear(stack, "generic")
    stack.clock.at -= timedelta(days=3)
    hear(stack, "shopify")
    stack.clock.at += timedelta(days=3)
    run(stack)
    (note,) = [mail for mail in stack.channel.mails if mail not in digests(stack)]
    for words in ("2026-11-17 08:30", "12:00", "huitou accounts check shopify acme", "huitou pull shopify/acme"):
        assert words in note.rendered.text and words in note.rendered.html
    assert note.unsubscribe_url is None
    stack.config = changed_digest(stack.config, locale="zh-CN")
    stack.clock.at += timedelta(days=1)
    hear(stack, "generic")
    run(stack)
    assert "没有新数据" in stack.channel.mails[-1].rendered.subject


def test_a_paused_account_holds_nobody_up(moto_engine: Any) -> None:
    stack = world(moto_engine, stale="hold")
    paused = tuple(replace(each, paused=True) for each in stack.config.accounts)
    stack.config = replace(stack.config, accounts=paused)
    morning(stack, 8)
    assert run(stack) == 3 and notes(stack) == []


def test_an_owner_who_has_left_is_told_nothing_either(moto_engine: Any) -> None:
    stack = world(moto_engine)
    stack.app.readership.say("demo", stack.app.readership.owner("demo", "email", CAI), left=True, source="link")
    morning(stack, 8)
    assert run(stack) == 2 and notes(stack) == []


def test_saboteur_nobody_waits(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sources, "silent", lambda *_: ())
    with pytest.raises(AssertionError):
        test_a_digest_goes_out_flagged_once_the_hour_has_come(moto_engine)


def test_saboteur_notes_without_a_day_of_their_own(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = Notices.queue
    monkeypatch.setattr(Notices, "queue", lambda self, name, *rest: queue(self, f"{name}-{self._clock.now():%H%M}", *rest))
    with pytest.raises(AssertionError):
        stack = world(moto_engine, stale="hold")
        morning(stack, 8)
        run(stack)
        stack.clock.at += timedelta(minutes=5)
        run(stack)
        assert len(notes(stack)) == 2


def test_a_manual_queue_sends_no_note(moto_engine: Any) -> None:
    stack = world(moto_engine)
    stack.app.digest.queue(a_day(DAYS[1]))
    work(stack)
    assert len(digests(stack)) == 3 and notes(stack) == []


def test_the_daybook_is_what_the_digest_remembers_by(moto_engine: Any) -> None:
    """One reading for what is said and for what is remembered: an order that comes in between is in neither."""
    stack = world(moto_engine)
    sell(stack, "A", DAYS[1], 1000)
    tell = Daybook.tell

    def late(self: Daybook, *args: Any, **given: Any) -> None:
        sell(stack, "B", DAYS[1], 500)
        tell(self, *args, **given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Daybook, "tell", late)
        stack.app.digest.queue(a_day(DAYS[1]))
    work(stack)
    assert "total CNY 1000" in digests(stack)[0].rendered.text
    stack.clock.at += timedelta(days=1)
    stack.app.digest.queue(a_day(DAYS[2]))
    work(stack)
    assert "2026-11-19 CNY gmv 1000 1500" in restated(digests(stack)[-1])
