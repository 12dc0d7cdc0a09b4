"""Private messages from cases over the real tables: asked against, sent once, and taken as the step by their sending alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.config import parse
from chalicelib.contract import Api, Capability, Sent, Target
from chalicelib.domain.answer_policy import with_step
from chalicelib.domain.case import Done
from chalicelib.domain.voice import SayLimits
from chalicelib.errors import Permanent, Rejected, Retriable
from chalicelib.writing import Writing
from tests.functional.exactness.test_answers import (
    ANGER,
    ON,
    PLACE,
    PRAISE,
    Replying,
    case,
    deciding,
    edited,
    run,
    tell,
    withdrawn,
)
from tests.functional.exactness.test_races import at_once
from tests.functional.runs.platform import Only
from tests.functional.stack import NOW, Stack

TEXT = "We are sorry. Would you like another one, or your money back for it?"


class Sending(Replying):
    """A platform that also takes messages about orders."""

    info = replace(
        Replying.info,
        capabilities=Replying.info.capabilities | {Capability.SENDS_MESSAGES},
        messages=SayLimits(longest=200, window=timedelta(days=7), order_only=True),
    )

    def __init__(self, *faults: Exception) -> None:
        super().__init__()
        self.sent: list[tuple[str, str, str]] = []
        self.troubles = list(faults)

    def send_message(self, target: Target, text: str, _api: Api) -> Sent:
        """Sent, unless a fault comes first."""
        if self.troubles:
            raise self.troubles.pop(0)
        self.sent.append((target.kind, target.id, text))
        return Sent(f"message-{len(self.sent)}")


def desk(engine: Any, *faults: Exception, platform: Replying | None = None) -> tuple[Stack, Any]:
    """A stack whose platform takes messages, with a bad review told."""
    stack, found = Stack(engine, ON), platform or Sending(*faults)
    stack.app.hub = Only(found)  # type: ignore[assignment]
    tell(stack, ANGER, 1)
    return stack, found


def writing(stack: Stack) -> Writing:
    """What writes."""
    return stack.app.outreach.desk.writing


def state(stack: Stack) -> tuple[str, str | None]:
    """What became of the message."""
    owner = stack.app.outreach.desk.answering.owner(PLACE)
    (found,) = [each for each in stack.app.outbox.of("demo", owner) if each.kind == "service"]
    return found.state, found.reason


def steps(stack: Stack) -> dict[str, str]:
    """Which steps were taken, by whom."""
    return {each.step: each.who for each in case(stack).done}


def refusal(stack: Stack, text: str = TEXT) -> str:
    """Why nothing is written."""
    with pytest.raises(Rejected) as refused:
        writing(stack).write(PLACE, text, "ann")
    return refused.value.reason


def test_it_is_sent_about_the_order_and_its_sending_is_the_step(engine: Any) -> None:
    stack, platform = desk(engine)
    writing(stack).write(PLACE, TEXT, "ann")
    assert steps(stack) == {} and platform.sent == []
    for _ in range(3):
        run(stack.app.deliver)
    assert platform.sent == [("order", "order-9", TEXT)]
    assert state(stack) == ("sent", None) and steps(stack) == {"wrote": "ann"}
    assert refusal(stack) == "step-taken"


def test_twenty_who_write_at_once_and_twenty_workers_send_one(engine: Any) -> None:
    stack, platform = desk(engine)
    errors = at_once([lambda n=n: writing(stack).write(PLACE, f"{TEXT} ({n})", f"clerk {n}") for n in range(20)], 20)  # type: ignore[misc]
    assert len(errors) == 19 and all(isinstance(error, Rejected) for error in errors)
    assert at_once([lambda: run(stack.app.deliver)] * 20, 20) == []
    assert len(platform.sent) == 1


def test_saboteur_without_the_claim_it_is_sent_more_than_once(moto_stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    row = writing(stack).write(PLACE, TEXT, "ann")
    monkeypatch.setattr(stack.app.outbox, "save", lambda *_: True)
    monkeypatch.setattr(writing(stack), "_took_step", lambda *_: None)
    for _ in range(2):
        writing(stack).handle(row)
    assert len(platform.sent) == 2


def test_nobody_notes_by_hand_what_is_sent_from_here(engine: Any) -> None:
    stack, _ = desk(engine)
    writing(stack).write(PLACE, TEXT, "ann")
    with pytest.raises(Rejected) as refused:
        deciding(stack).step(PLACE, "wrote", "bo")
    assert refused.value.reason == "step-is-the-sending" and steps(stack) == {}


def test_who_wrote_elsewhere_notes_it(moto_stack: Stack) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    deciding(stack).step(PLACE, "wrote", "bo")
    assert steps(stack) == {"wrote": "bo"} and refusal(stack) == "step-taken"
    run(stack.app.deliver)
    assert platform.sent == []


def test_a_worker_that_dies_before_the_step_leaves_it_to_be_taken(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack, platform = desk(engine)
    writing(stack).write(PLACE, TEXT, "ann")
    with monkeypatch.context() as dying:
        dying.setattr(writing(stack), "_took_step", lambda *_: None)
        run(stack.app.deliver)
    assert state(stack) == ("sent", None) and steps(stack) == {}
    with pytest.raises(Rejected):
        deciding(stack).step(PLACE, "wrote", "bo")
    assert steps(stack) == {"wrote": "ann"} and len(platform.sent) == 1


def test_nobody_knows_whether_it_was_sent_and_nobody_sends_it_again(engine: Any) -> None:
    stack, platform = desk(engine, Permanent("outcome-unknown"))
    writing(stack).write(PLACE, TEXT, "ann")
    run(stack.app.deliver)
    assert state(stack)[0] == "unknown" and refusal(stack) == "written-before"
    run(stack.app.deliver)
    assert platform.sent == [] and steps(stack) == {}
    deciding(stack).step(PLACE, "wrote", "bo", "seen on the platform")
    assert steps(stack) == {"wrote": "bo"}


def test_what_was_certainly_not_sent_goes_later_or_is_written_anew(engine: Any) -> None:
    stack, platform = desk(engine, Retriable("platform-throttled"), Permanent("platform-refused"))
    writing(stack).write(PLACE, TEXT, "ann")
    run(stack.app.deliver)
    assert state(stack)[0] == "deferred"
    stack.clock.at += timedelta(hours=1)
    run(stack.app.deliver)
    assert state(stack)[0] == "failed" and platform.sent == []
    writing(stack).write(PLACE, "Other words, as sorry.", "bo")
    run(stack.app.deliver)
    assert platform.sent == [("order", "order-9", "Other words, as sorry.")] and steps(stack) == {"wrote": "bo"}


def noted(stack: Stack) -> None:
    """Somebody wrote by another way, before the message was there."""
    found, version = stack.app.outreach.desk.cases.read(PLACE)
    assert found is not None
    taken = with_step(found, Done("wrote", "cy", NOW))
    assert stack.app.outreach.desk.cases.write(PLACE, taken, due_at=None, expected_version=version)


def praised(stack: Stack) -> None:
    tell(stack, PRAISE, 5, minutes=30)


def too_late(stack: Stack) -> None:
    stack.clock.at += timedelta(days=8)


def switched_off(stack: Stack) -> None:
    stack.config = parse(ON.replace('enabled = true\nowner = "service"', 'enabled = false\nowner = "service"'))


@pytest.mark.parametrize(
    ("happens", "reason"),
    [
        (edited, "review-changed"),
        (withdrawn, "review-changed"),
        (praised, "review-changed"),
        (noted, "step-taken"),
        (too_late, "window-closed"),
        (switched_off, "reviews-off"),
    ],
)
def test_what_happens_before_it_goes_voids_it(moto_stack: Stack, happens: Any, reason: str) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    writing(stack).write(PLACE, TEXT, "ann")
    happens(stack)
    run(stack.app.deliver)
    assert platform.sent == [] and state(stack) == ("cancelled", reason)


def test_it_is_written_anew_after_an_edit(moto_stack: Stack) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    writing(stack).write(PLACE, TEXT, "ann")
    edited(stack)
    run(stack.app.deliver)
    writing(stack).write(PLACE, TEXT, "bo")
    run(stack.app.deliver)
    assert len(platform.sent) == 1 and steps(stack) == {"wrote": "bo"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Call us on +86 138 1234 5678 and we sort it out.", "personal"),
        ("Change your review and we send you 20 yuan.", "review-reward"),
        ("Add me on WhatsApp and we talk there.", "off-platform"),
        ("x" * 201, "length"),
        ("", "empty"),
    ],
)
def test_nobody_writes_what_must_not_be_said(moto_stack: Stack, text: str, rule: str) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    with pytest.raises(Rejected) as refused:
        writing(stack).write(PLACE, text, "ann")
    assert refused.value.reason == "text-refused" and rule in str(refused.value)


def about(kinds: frozenset[str]) -> Sending:
    """A platform that takes messages about these."""
    platform = Sending()
    platform.info = replace(Sending.info, messages_about=kinds)
    return platform


def test_where_there_is_no_way_nothing_is_written(moto_stack: Stack) -> None:
    engine = moto_stack.engine.inner
    assert refusal(desk(engine, platform=Replying())[0]) == "no-messages"
    assert refusal(desk(engine, platform=about(frozenset()))[0]) == "no-way"
    stack, platform = desk(engine, platform=about(frozenset({"review"})))
    writing(stack).write(PLACE, TEXT, "ann")
    run(stack.app.deliver)
    assert platform.sent == [("review", "r-1", TEXT)]


def test_who_praises_is_not_written_to(moto_stack: Stack) -> None:
    stack, _ = desk(moto_stack.engine.inner)
    tell(stack, PRAISE, 5, minutes=20)
    assert refusal(stack) == "no-steps"


def test_one_switch_stops_messages_too(moto_stack: Stack) -> None:
    stack, platform = desk(moto_stack.engine.inner)
    writing(stack).write(PLACE, TEXT, "ann")
    stack.config = replace(stack.config, sending=replace(stack.config.sending, enabled=False))
    run(stack.app.deliver)
    assert platform.sent == [] and state(stack) == ("deferred", "sending_off")
