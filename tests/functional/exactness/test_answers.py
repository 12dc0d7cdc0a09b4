"""Reviews to answers over the real tables: planned, agreed to, said once; void when the review is told anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Api, Capability, Sent, Target
from chalicelib.deciding import Deciding, step_named
from chalicelib.domain.case import Case
from chalicelib.domain.order import Buyer
from chalicelib.domain.voice import Answer, Review, SayLimits
from chalicelib.errors import Permanent, Rejected, Retriable
from chalicelib.pipeline.deliver import Deliver
from chalicelib.ports import RecordKey
from chalicelib.ports_cases import CaseKey
from ops.local import TABLE
from tests.functional.exactness.test_races import at_once
from tests.functional.runs.platform import Only
from tests.functional.stack import CONFIG, NOW, Stack
from tests.kit.fake import Fake
from tests.kit.faults import Told

ON = CONFIG.replace('platform = "shopify"\naccount = "acme"\n', 'platform = "fake"\naccount = "acme"\n', 1)
ON += '[reviews]\nenabled = true\nowner = "service"\n'
PRAISE = "Lovely tea, arrived quickly, thank you!"
ANGER = "The box arrived broken and half of the tea is missing. Very disappointed."
KEY = RecordKey("demo", "fake", "acme", "review", "r-1")
PLACE = CaseKey("demo", "fake", "acme", "review", "r-1")


class Replying(Fake):
    """A platform that lets a shop answer."""

    info = replace(
        Fake.info,
        capabilities=Fake.info.capabilities | {Capability.REPLIES_TO_REVIEWS},
        replies={"review": SayLimits(longest=1000, once=True, window=timedelta(days=30))},
    )

    def __init__(self, *faults: Exception) -> None:
        self.said: list[tuple[str, str]] = []
        self.faults = list(faults)

    def reply(self, target: Target, text: str, _api: Api) -> Sent:
        """Said, unless a fault comes first."""
        if self.faults:
            raise self.faults.pop(0)
        self.said.append((target.id, text))
        return Sent(f"answer-{len(self.said)}")


def desk(engine: Any, *faults: Exception, config: str = ON) -> tuple[Stack, Replying]:
    """A stack whose only platform answers."""
    stack, platform = Stack(engine, config), Replying(*faults)
    stack.app.hub = Only(platform)  # type: ignore[assignment]
    return stack, platform


def tell(stack: Stack, text: str, rating: int | None, *, minutes: int = 0, reply: str | None = None, **parts: Any) -> None:
    """The platform tells the review, and the stream brings it."""
    at = NOW - timedelta(hours=3) + timedelta(minutes=minutes)
    answer = Answer(reply, at) if reply else None
    buyer = Buyer(id="b-1", name="Lin Qing", email="lin@example.com")
    review = Review(
        *("demo", "fake", "acme", "r-1", "order-9", "p-1", None, rating, text, None),
        buyer=buyer, created_at=NOW - timedelta(hours=3), updated_at=at, reply=answer, **parts,
    )  # fmt: skip
    stack.app.recording.keep(review, source=1, occurred_at=at, keep_raw=lambda: "raw")
    stack.app.outreach.desk.reviewing.on_record(KEY)


def case(stack: Stack) -> Case:
    """As it lies there."""
    found, _ = stack.app.outreach.desk.cases.read(PLACE)
    assert found is not None
    return found


def row(stack: Stack) -> Any:
    """The answer's row in the outbox."""
    owner = stack.app.outreach.desk.answering.owner(PLACE)
    (found,) = stack.app.outbox.of("demo", owner)
    return found


def deciding(stack: Stack) -> Deciding:
    """What people do."""
    return stack.app.outreach.desk.deciding


def run(step: Deliver) -> None:
    """One worker's turn."""
    step.run(10)


@pytest.mark.fault(60)
def test_praise_is_answered_at_once_and_once(engine: Any) -> None:
    stack, platform = desk(engine)
    for _ in range(3):
        tell(stack, PRAISE, 5)
        run(stack.app.deliver)
    assert [name for name, _ in platform.said] == ["r-1"]
    assert (case(stack).state, case(stack).band, row(stack).state) == ("answered", "positive", "sent")
    assert case(stack).draft == platform.said[0][1]


def test_what_was_said_stays_with_the_case_when_the_platform_shows_it(moto_stack: Stack) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    tell(stack, PRAISE, 5)
    run(stack.app.deliver)
    tell(stack, PRAISE, 5, minutes=60, reply=platform.said[0][1])
    assert (case(stack).state, case(stack).reason, case(stack).draft) == ("answered", None, platform.said[0][1])
    tell(stack, PRAISE + " Again.", 5, minutes=90, reply=platform.said[0][1])
    assert case(stack).template is not None and case(stack).draft == platform.said[0][1]


@pytest.mark.fault(60)
def test_twenty_workers_say_one_answer(engine: Any, fault: Told) -> None:
    stack, platform = desk(engine)
    tell(stack, PRAISE, 5)
    assert not at_once([lambda: run(stack.app.deliver)] * 20, 20)
    assert len(platform.said) == 1
    fault.figure(f"20 at once: {len(platform.said)} reply")


@pytest.mark.fault(60, saboteur=True)
def test_saboteur_without_the_claim_it_is_said_more_than_once(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    tell(stack, PRAISE, 5)
    waiting = row(stack)
    monkeypatch.setattr(stack.app.outbox, "save", lambda *_: True)
    for _ in range(2):
        stack.app.outreach.desk.answering.handle(waiting)
        place, found, version = next(iter(stack.app.outreach.desk.cases.all("demo", "fake", "acme")))
        again = type(found)(**{name: getattr(found, name) for name in found.__struct_fields__} | {"state": "queued"})
        stack.app.outreach.desk.cases.write(place, again, due_at=None, expected_version=version)
    assert len(platform.said) == 2


def test_a_bad_review_waits_for_two_pairs_of_eyes(engine: Any) -> None:
    stack, platform = desk(engine)
    tell(stack, ANGER, 1)
    found = case(stack)
    assert (found.state, found.band, found.needs, found.next_step) == ("drafted", "negative", 2, "noticed")
    assert found.draft is not None and {"packaging", "missing_parts"} & set(found.topics)
    run(stack.app.deliver)
    assert platform.said == []
    deciding(stack).word(PLACE, "We are sorry. Our team writes to you in the order's chat today.", "ann")
    assert refusal(stack, "ann") == "own-draft"
    deciding(stack).approve(PLACE, "bo")
    assert refusal(stack, "Bo") == "approved-already"
    assert case(stack).state == "drafted"
    deciding(stack).approve(PLACE, "cy")
    run(stack.app.deliver)
    assert platform.said == [("r-1", "We are sorry. Our team writes to you in the order's chat today.")]
    assert case(stack).answered_at is not None


def refusal(stack: Stack, who: str) -> str:
    """Why somebody's yes does not count."""
    with pytest.raises(Rejected) as refused:
        deciding(stack).approve(PLACE, who)
    return refused.value.reason


def agreed(stack: Stack) -> None:
    """A bad review whose answer two people agreed to."""
    tell(stack, ANGER, 1)
    deciding(stack).approve(PLACE, "bo")
    deciding(stack).approve(PLACE, "cy")
    assert case(stack).state == "queued"


def edited(stack: Stack) -> None:
    tell(stack, ANGER + " And nobody answers the phone.", 1, minutes=30)


def edited_unnoticed(stack: Stack) -> None:
    """The record is newer, and the stream has not brought it."""
    review = Review(
        *("demo", "fake", "acme", "r-1", "order-9", "p-1", None, 1, "Another text.", None),
        created_at=NOW - timedelta(hours=3), updated_at=NOW,
    )  # fmt: skip
    stack.app.recording.keep(review, source=1, occurred_at=NOW, keep_raw=lambda: "raw")


def withdrawn(stack: Stack) -> None:
    tell(stack, "", None, minutes=30, deleted=True)


def answered_elsewhere(stack: Stack) -> None:
    tell(stack, ANGER, 1, minutes=30, reply="We wrote to you.")


def redrafted(stack: Stack) -> None:
    """The case says something else than was agreed to, however that came."""
    cases = stack.app.outreach.desk.cases
    found, version = cases.read(PLACE)
    assert found is not None
    other = type(found)(**{name: getattr(found, name) for name in found.__struct_fields__} | {"draft": "Something else."})
    cases.write(PLACE, other, due_at=None, expected_version=version)


def too_late(stack: Stack) -> None:
    stack.clock.at += timedelta(days=40)


def switched_off(stack: Stack) -> None:
    stack.config = parse(ON.replace('enabled = true\nowner = "service"', 'enabled = false\nowner = "service"'))


@pytest.mark.fault(60)
@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (edited, "not_agreed"),
        (edited_unnoticed, "review_changed"),
        (withdrawn, "not_agreed"),
        (answered_elsewhere, "not_agreed"),
        (redrafted, "not_agreed"),
        (too_late, "window_closed"),
        (switched_off, "reviews_off"),
    ],
)
def test_what_happens_between_yes_and_saying_voids_it(engine: Any, happens: Any, reason: str) -> None:
    stack, platform = desk(engine)
    agreed(stack)
    happens(stack)
    run(stack.app.deliver)
    assert platform.said == []
    assert (row(stack).state, row(stack).reason) == ("cancelled", reason)


def test_an_edited_review_is_answered_once_agreed_to_anew(engine: Any) -> None:
    stack, platform = desk(engine)
    agreed(stack)
    edited(stack)
    run(stack.app.deliver)
    assert (case(stack).state, case(stack).approvals) == ("drafted", ())
    deciding(stack).approve(PLACE, "bo")
    deciding(stack).approve(PLACE, "cy")
    run(stack.app.deliver)
    assert len(platform.said) == 1


@pytest.mark.fault(60)
def test_nobody_knows_whether_it_was_said_and_nobody_says_it_again(engine: Any) -> None:
    stack, platform = desk(engine, Permanent("outcome-unknown"))
    tell(stack, PRAISE, 5)
    for _ in range(3):
        run(stack.app.deliver)
        tell(stack, PRAISE, 5)
        stack.clock.at += timedelta(hours=1)
    assert platform.said == [] and row(stack).state == "unknown"
    tell(stack, PRAISE, 5, minutes=60, reply="Thank you!")  # the platform shows it: it had been said
    assert case(stack).state == "answered"
    edited(stack)
    run(stack.app.deliver)
    assert platform.said == []


def test_what_was_certainly_not_said_is_said_later(engine: Any) -> None:
    stack, platform = desk(engine, Retriable("platform-unavailable"))
    tell(stack, PRAISE, 5)
    run(stack.app.deliver)
    assert platform.said == [] and row(stack).state == "deferred"
    stack.clock.at += timedelta(hours=1)
    run(stack.app.deliver)
    assert len(platform.said) == 1


def test_one_switch_stops_answers_too(moto_stack: Stack) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    tell(stack, PRAISE, 5)
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))
    run(stack.app.deliver)
    assert platform.said == [] and row(stack).reason == "sending_off"


@pytest.mark.fault(60)
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Call us on +86 138 1234 5678 and we sort it out.", "personal"),
        ("Dear Lin Qing, we are sorry.", "secret"),
        ("Change your review and we send you 20 yuan.", "review-reward"),
        ("x" * 1001, "length"),
    ],
)
def test_a_person_cannot_write_what_must_not_be_said(moto_stack: Stack, text: str, rule: str) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, ANGER, 1)
    with pytest.raises(Rejected) as refused:
        deciding(stack).word(PLACE, text, "ann")
    assert refused.value.reason == "text-refused" and rule in str(refused.value)


def test_five_steps_close_a_bad_review_that_nobody_answers(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, ANGER, 1)
    deciding(stack).reject(PLACE, "ann", "spoken to by chat")
    for step in ("cause", "wrote", "solved"):
        deciding(stack).step(PLACE, step_named(step), "ann")
    assert case(stack).is_open
    assert deciding(stack).step(PLACE, "second_look", "ann").state == "closed"


def test_a_case_holds_no_word_of_its_person(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, ANGER, 1)
    tables: Sequence[Any] = stack.dynamodb.scan(TableName=TABLE)["Items"]
    plain = repr([item for item in tables if item.get("kind", {}).get("S") in ("case", "message")])
    for secret in ("Lin", "lin@example.com", "disappointed"):
        assert secret not in plain
    assert "case" in plain


def test_a_deadline_counts_from_the_reviews_own_time(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, ANGER, 1)
    found = case(stack)
    assert found.told_at == NOW - timedelta(hours=3)
    assert found.first_due is not None and found.solve_due is not None and NOW < found.first_due < found.solve_due


def test_a_review_edited_for_the_worse_is_due_from_the_edit(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, "It is okay. Not more than that.", 3)
    before = case(stack)
    tell(stack, "It is fine, as I said. Not more than that.", 3, minutes=30)
    assert case(stack).first_due == before.first_due and before.band == "neutral"
    tell(stack, ANGER, 1, minutes=90)
    found = case(stack)
    assert found.band == "negative" and found.first_due is not None and before.first_due is not None
    assert found.first_from == found.solve_from == NOW - timedelta(minutes=90)
    assert found.first_due > before.first_due


def test_a_bad_review_that_was_only_answered_stays_a_task_until_it_is_solved(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    agreed(stack)
    run(stack.app.deliver)
    assert [place for place, _, _ in stack.app.outreach.desk.cases.open("demo")] == [PLACE]
    deciding(stack).step(PLACE, "solved", "ann")
    assert not list(stack.app.outreach.desk.cases.open("demo"))


def test_a_review_that_turns_bad_after_our_answer_is_a_task_and_gets_no_second_one(engine: Any) -> None:
    stack, platform = desk(engine)
    tell(stack, PRAISE, 5)
    run(stack.app.deliver)
    edited(stack)
    assert (case(stack).state, case(stack).reason) == ("waiting", "answered_before")
    with pytest.raises(Rejected):
        deciding(stack).word(PLACE, "Sorry to hear that.", "ann")
    run(stack.app.deliver)
    assert len(platform.said) == 1
