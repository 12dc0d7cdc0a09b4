"""A thousand random interleavings: no mail leaves without a decision that was taken for it and holds as it leaves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.asking import Asking
from chalicelib.domain import gate
from chalicelib.pipeline.deliver import Deliver
from ops.local import moto
from tests.functional.exactness.interleaving import Play
from tests.functional.exactness.interleaving_worlds import MemoryOutbox, MemoryWorld, RealWorld
from tests.kit.faults import Told

INTERLEAVINGS = 1000
PEOPLE = 4
STEPS = 60


@pytest.fixture(scope="module")
def quick() -> Iterator[Any]:
    """Moto as the demo has it: its answers are the same, and tests elsewhere hold both side by side."""
    with moto() as engine:
        yield engine


def played(count: int) -> Iterator[Play]:
    return (Play(MemoryWorld(), seed, PEOPLE).run(STEPS) for seed in range(count))


def caught(*objections: str, most: int = 300) -> bool:
    """Whether a broken gate lets something through against one of these objections."""
    found = (each.rpartition(": ")[2] for play in played(most) for each in play.wrong)
    return any(each in objections for each in found)


@pytest.mark.fault(61)
@pytest.mark.fault(52)
def test_no_mail_leaves_without_a_decision_that_holds_as_it_leaves(fault: Told) -> None:
    wrong, mails, reasons = [], 0, Counter[str]()
    for seed, play in enumerate(played(INTERLEAVINGS)):
        wrong += [f"seed {seed}: {each}" for each in play.wrong]
        mails += play.mails
        for message in play.messages():
            assert message.state in ("queued", "sent") or message.reason, "every no has its reason"
            assert message.state != "sending", "no call is under way"
            reasons[str(message.reason)] += 1

    assert wrong == []
    assert mails > INTERLEAVINGS
    met = {"campaign", "holdout", "lapsed", "suppression", "consent", "frequency_cap", "sending_off", "quiet_hours", "projector"}
    assert met <= reasons.keys(), "every rule had its say"
    fault.figure(f"{len(wrong)} wrong sends of {mails:,} in {INTERLEAVINGS:,} interleavings")


@pytest.mark.fault(52)
@pytest.mark.parametrize("seed", [6, 8])
def test_the_same_over_webhooks_tables_and_stream(quick: Any, seed: int) -> None:
    play = Play(RealWorld(quick), seed, 8).run(STEPS)

    assert play.wrong == []
    assert play.mails > 0


@pytest.mark.fault(52, saboteur=True)
@pytest.mark.parametrize(
    ("rule", "objection"),
    [
        ("campaign", "the campaign is off"),
        pytest.param("holdout", "held out", marks=pytest.mark.fault(61, saboteur=True)),
        ("projector", "the projector is behind"),
        ("lapsed", "not lapsed"),
        ("suppression", "suppressed"),
        ("consent", "no consent"),
        ("sending_off", "sending is off"),
        ("quiet_hours", "quiet hours"),
    ],
)
def test_saboteur_a_rule_that_is_not_asked(monkeypatch: pytest.MonkeyPatch, rule: str, objection: str) -> None:
    blinded = {rule, "ordered"} if rule == "lapsed" else {rule}  # an order after the message was drawn: two rules see it
    _blind(monkeypatch, blinded)

    assert caught(objection)


def _blind(monkeypatch: pytest.MonkeyPatch, blinded: set[str]) -> None:
    for group in ("_ENDS", "_WAY", "_WAITS"):
        rules = getattr(gate, group)
        monkeypatch.setattr(gate, group, tuple((name, (lambda *_: None) if name in blinded else ask) for name, ask in rules))


@pytest.mark.fault(52, saboteur=True)
@pytest.mark.fault(53, saboteur=True)
def test_saboteur_a_cap_that_nobody_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for and not counted: the rule sees what was sent, the claim must see it too, or two campaigns pass together."""
    monkeypatch.setattr(MemoryOutbox, "claim", lambda self, message, _bounds: self.save(message))
    _blind(monkeypatch, {"frequency_cap"})

    assert caught("capped", "capped for the day")


@pytest.mark.fault(52, saboteur=True)
def test_saboteur_decided_when_the_run_began(monkeypatch: pytest.MonkeyPatch) -> None:
    """One look at everything, and then one mail after the other."""
    _stale(monkeypatch, Deliver.run)

    assert caught("no consent", "suppressed", "sending is off")


def _stale(monkeypatch: pytest.MonkeyPatch, real: Callable[..., int]) -> None:
    answers: dict[str, Any] = {}
    ask = Asking.ask

    def question(self: Any, message: Any) -> Any:
        if message.message_id not in answers:
            answers[message.message_id] = ask(self, message)
        return answers[message.message_id]

    def run(self: Any, limit: int = 100) -> int:
        answers.clear()
        config = self._config()
        for message in self._outbox.due(config.merchant, self._clock.now(), limit):
            question(self._winback._asking, message)
        return real(self, limit)

    monkeypatch.setattr(Asking, "ask", question)
    monkeypatch.setattr(Deliver, "run", run)


@pytest.mark.fault(52, saboteur=True)
def test_saboteur_not_asked_again_once_the_mail_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    real, held = Asking.ask, {}

    def asked(self: Any, message: Any) -> Any:
        if message.message_id not in held:
            held[message.message_id] = real(self, message)
            return held[message.message_id]
        return held.pop(message.message_id)

    monkeypatch.setattr(Asking, "ask", asked)

    assert caught("no consent", "suppressed", "sending is off")


@pytest.mark.fault(52, saboteur=True)
def test_saboteur_a_switch_that_waits_for_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Deliver.run

    def run(self: Any, limit: int = 100) -> int:
        asking = self._winback._asking
        read, config = asking._config, asking._config()
        asking._config = lambda: config
        try:
            return real(self, limit)
        finally:
            asking._config = read

    monkeypatch.setattr(Deliver, "run", run)

    assert caught("sending is off")


@pytest.mark.fault(52, saboteur=True)
def test_saboteur_sent_without_a_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryOutbox, "claim", lambda *_, **__: True)

    assert caught("not claimed now")
