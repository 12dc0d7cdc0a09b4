"""Queues: a poison message among sound ones, the alarm of dead letters, letters redriven twice."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.record import OrderKey
from chalicelib.envelope import decode
from chalicelib.lambda_events import run_batch
from ops.quick_moto import own_aws
from ops.runtime.invoke import Function
from ops.runtime.pumps import QueuePump
from ops.runtime.queue import open_queues
from tests.functional.exactness.world import deliver, erp, shop
from tests.functional.replay.letters import LocalPost, SqsPost
from tests.functional.stack import Stack
from tests.kit.faults import Told

TEMPLATE = (Path(__file__).parents[2] / "infra" / "resources.yaml").read_text(encoding="utf-8")


# --- 36 -----------------------------------------------------------------------------------------------------------------------


def a_batch_of_ten(engine: Any, *, whole: bool = False) -> tuple[list[int], int, list[int]]:
    """Nine orders and one message that trips over a bug of ours, through the queue as Lambda reads it.

    Returns the orders' versions, the dead letters, and how often each sound message was handled.
    """
    stack, handled = Stack(engine), Counter[str]()
    found = re.search(r"InboundDlq\.Arn, maxReceiveCount: (\d+)", TEMPLATE)
    assert found is not None
    queues = open_queues(now=stack.clock.now, max_receive_count=int(found[1]))
    deliver(stack, [shop(9000 + number, 1, "orders/paid", "20.00") for number in range(10)])
    poison = stack.inbound.bodies[4]
    queues.inbound.send(stack.inbound.bodies)

    def handle(body: str) -> None:
        handled[body] += 1
        if body == poison:
            raise ZeroDivisionError
        stack.app.normalise.handle(body)

    def batch(event: Any, _context: Any) -> Any:
        told = run_batch(event["Records"], handle, lambda _error: None)
        return {"batchItemFailures": "all of it"} if whole and told["batchItemFailures"] else told

    pump = QueuePump(queues.inbound, Function("normalise", batch, timeout_seconds=20))
    for _ in range(8):
        pump.poll()
        stack.clock.at += timedelta(seconds=2)
    keys = [OrderKey("demo", "shopify", "acme", str(9000 + number)) for number in range(10)]
    versions = [stack.app.orders.read(key).version for key in keys]
    dead = queues.inbound_dead.depth().total
    queues.close()
    return versions, dead, [count for body, count in handled.items() if body != poison]


@pytest.mark.fault(36)
def test_36_a_poison_message_harms_none_of_its_nine_neighbours(quick: Any, fault: Told) -> None:
    versions, dead, handled = a_batch_of_ten(quick)
    assert sorted(versions) == [0] + [1] * 9
    assert (dead, handled) == (1, [1] * 9)
    fault.figure(f"{sum(versions)} writes, {dead} dead letter, {sum(handled) - len(handled)} again")


@pytest.mark.fault(36, saboteur=True)
def test_36_saboteur_a_batch_that_fails_as_a_whole(quick: Any) -> None:
    _, dead, handled = a_batch_of_ten(quick, whole=True)
    assert dead == 10
    assert min(handled) > 1


# --- 38 -----------------------------------------------------------------------------------------------------------------------


def watched(template: str) -> set[str]:
    """The metrics by which the template's alarms watch the dead letters of the inbound queue."""
    alarms = re.findall(r"Type: AWS::CloudWatch::Alarm\n((?:    .*\n)+)", template)
    mine = [alarm for alarm in alarms if "!GetAtt InboundDlq.QueueName" in alarm]
    return {name for alarm in mine for name in re.findall(r"MetricName: (\w+)", alarm)}


def after_a_redrive() -> dict[str, int]:
    """One letter that was redriven and died again: what SQS's metrics of the dead-letter queue say of that."""
    with own_aws():
        post = SqsPost()
        post.give_up(["one"])
        post.redrive.run("inbound")
        sent: list[str] = []
        send = post.sqs.send_message

        def noted(**call: Any) -> Any:
            sent.append(call["QueueUrl"])
            return send(**call)

        post.sqs.send_message = noted
        for _ in range(2):  # it fails again, and the queue itself moves it
            post._receive("inbound", 0)
        told = post.sqs.get_queue_attributes(QueueUrl=post.urls["inbound-dead"], AttributeNames=["ApproximateNumberOfMessages"])
        visible = int(told["Attributes"]["ApproximateNumberOfMessages"])
        return {"ApproximateNumberOfMessagesVisible": visible, "NumberOfMessagesSent": sent.count(post.urls["inbound-dead"])}


@pytest.mark.fault(38)
def test_38_a_redriven_letter_that_dies_again_raises_the_alarm(fault: Told) -> None:
    metrics = after_a_redrive()
    assert watched(TEMPLATE) == {"ApproximateNumberOfMessagesVisible"}
    seen = max(metrics[name] for name in watched(TEMPLATE))
    assert seen == 1
    fault.figure(f"1 redriven message: the alarm's metric is {seen}")


@pytest.mark.fault(38, saboteur=True)
def test_38_saboteur_an_alarm_on_messages_sent() -> None:
    wrong = watched(TEMPLATE.replace("ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"))
    assert wrong == {"NumberOfMessagesSent"}
    assert after_a_redrive()[wrong.pop()] == 0


# --- 39 -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(39)
def test_39_letters_that_are_redriven_twice_take_effect_once(quick: Any, fault: Told) -> None:
    stack, post = Stack(quick), LocalPost()
    deliver(stack, [erp(f"D{number}", 1, "paid", 200, buyer="b1") for number in range(10)])
    letters, stack.inbound.bodies = stack.inbound.bodies, []
    keys = [OrderKey("demo", "generic", "erp", f"D{number}") for number in range(10)]
    states = []
    for _ in range(2):
        post.give_up(letters)
        assert post.redrive.run("inbound").sent == 10
        assert {decode(body).platform for body in post.home()} == {"generic"}
        for message in post.queues.inbound.receive(10):
            stack.app.normalise.handle(message.body)
            post.queues.inbound.delete([message.receipt_handle])
        states.append([stack.app.orders.read(key) for key in keys])
    post.queues.close()
    assert states[0] == states[1]
    assert [each.version for each in states[1]] == [1] * 10
    fault.figure("10 letters redriven twice: 10 writes")
