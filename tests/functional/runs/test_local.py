"""On one machine: the schedule asks, the jobs' own worker pulls, and what is pulled is handled like any event."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from chalicelib import bootstrap
from chalicelib.config import parse
from chalicelib.contract import HttpRequest, HttpResponse
from ops.installation import Given, application, runtime
from ops.local import Engine, LocalKms, MemoryArchive, MemorySecrets, TallyCounters, create_tables, moto
from ops.runtime.queue import open_queues
from tests.functional.stack import HandClock

FIXTURES = Path(__file__).parents[2] / "fixtures" / "douyin"
CONFIG = """
merchant = "demo"
[[accounts]]
platform = "douyin"
account = "acme"
options = {shop_id = "95250"}
"""
SECRETS = {("douyin", "acme"): {"app_key": ("1",), "app_secret": ("a secret of the tests",), "access_token": ("a",)}}


class Douyin:
    """A token, and one order in the list."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """By path."""
        if "token" in request.url:
            body = b'{"code": 10000, "data": {"access_token": "a", "expires_in": 604800, "refresh_token": "r"}}'
        elif "searchList" in request.url:
            body = (FIXTURES / "order-list" / "body.json").read_bytes()
        else:
            body = b'{"code": 10000, "data": {"total": 0, "page": 0, "size": 100, "items": []}}'
        return HttpResponse(200, {}, body)


def test_a_look_of_the_schedule_ends_in_an_order() -> None:
    with moto(wire=False) as engine:
        look(engine)


def look(engine: Engine) -> None:
    """One look, and five minutes later its job."""
    clock, counters = HandClock(), TallyCounters()
    config = parse(CONFIG)
    given = Given(
        config=lambda: config,
        secrets=MemorySecrets(SECRETS),
        clock=clock,
        counters=counters,
        archive=MemoryArchive(),
        kms=LocalKms(),
        http=lambda _: Douyin(),
        channel=lambda: pytest.fail("nothing is sent"),
    )
    queues = open_queues(now=clock.now)
    create_tables(engine.client("dynamodb"))
    app = application(engine, queues, given)
    try:
        running = runtime(app, engine, queues, now=clock.now)
        running.fire("pull")
        running.settle()  # the job's delay has not passed, and is not waited for
        assert not queues.jobs.empty() and counters.total("pulled") == 0
        clock.at += timedelta(minutes=5)
        running.settle()
    finally:
        bootstrap.install(None)
        queues.close()
    assert counters.total("job_done", kind="orders") == 1
    assert counters.total("applied", platform="douyin") >= 1
