"""Receiving, warm: the whole way from the gateway's event to the answer, against a handler written by hand."""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Iterator
from functools import partial
from typing import Any

from benchmarks import handwritten
from benchmarks.harness import Budget, Line, Options, at_least, duel
from benchmarks.payloads import body
from benchmarks.rig import CONFIG, SECRET, signed
from benchmarks.stubs import ENVIRON, StubSqs, receiving, utc_now
from benchmarks.wire import Wire
from chalicelib import bootstrap
from chalicelib.config import parse
from ops.runtime.invoke import LambdaContext
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable

SIZES = (2_000, 20_000)


def measure_receive(_: Options) -> Iterator[Line]:
    """Requests a second of processor time, as a ratio, for a small and a large body.

    Held to the budget is the way with the SDK's own `send_message` on both sides, its wire cut. Shown besides is what is left
    when a stub stands for the whole SDK.
    """
    import app as entry_points

    os.environ.update(ENVIRON)
    stub, (real, wire) = StubSqs(), _sdk()
    ways: tuple[tuple[str, Any, Any, Budget | None], ...] = (
        ("the SDK's send_message over a cut wire", real, wire, at_least(0.8)),
        ("a stub for the SDK", stub, stub, None),
    )
    context = LambdaContext("api_handler", 29)
    for what, client, tally, budget in ways:
        bootstrap.install(receiving(client))
        handwritten.use(client)
        for size in SIZES:
            data = body("shopify", size).data
            ours, theirs = event(data, entry_points.app.routes), event(data, handwritten.app.routes)
            for one, given in ((entry_points.app, ours), (handwritten.app, theirs)):
                _check(one(given, context), tally)
            gc.freeze()  # what the harness and the other side have loaded is not for either to walk
            took = duel(partial(handwritten.app, theirs, context), partial(entry_points.app, ours, context))
            yield Line(
                f"requests/s against the handler by hand, {what}, body of {len(data) / 1000:.1f} KB",
                took.ratio,
                " x",
                budget,
                f"{1 / took.second_seconds:,.0f} against {1 / took.first_seconds:,.0f} requests/s; "
                f"rounds {took.spread[0]:.2f} to {took.spread[1]:.2f}",
            )
    gc.unfreeze()
    bootstrap.install(None)


def _sdk() -> tuple[Any, Wire]:
    """A real client of SQS whose wire is cut."""
    import boto3

    wire = Wire(CONFIG, SECRET)
    client = boto3.client("sqs", region_name="us-east-1")
    wire.lay(client.meta.events)
    return client, wire


def event(data: bytes, routes: Any) -> dict[str, Any]:
    """The proxy event of a signed push, as API Gateway makes it."""
    request = signed(data, parse(CONFIG), "2026-11-20T16:00:03Z")
    headers = [("Host", "hooks.example.com"), ("User-Agent", "Shopify-Captain-Hook"), ("Accept", "*/*")]
    headers += [(name, values[0]) for name, values in request.headers.items()]
    path = "/webhooks/shopify/acme"
    match = RouteTable(routes).match(path, "POST")
    if match is None:
        raise RuntimeError("no such route")
    return proxy_event(HttpIn("POST", path, "", headers, data, "192.0.2.7"), match, "api", utc_now())


def _check(answer: Any, sqs: StubSqs | Wire) -> None:
    if answer["statusCode"] != 200 or not sqs.sent:
        raise RuntimeError(f"not acknowledged: {json.dumps(answer)}")
    sqs.sent = 0
