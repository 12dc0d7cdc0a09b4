"""A Chalice application in many threads: each request sees itself."""

from __future__ import annotations

import threading
from typing import Any

from chalice.app import Chalice, Response

from ops.runtime.chalice_app import per_thread
from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function
from ops.runtime.proxy import HttpIn


def application(together: threading.Barrier) -> Chalice:
    app = Chalice(app_name="huitou")

    @app.route("/webhooks/{platform}/{account}", methods=["POST"], content_types=["*/*"])
    def receive(platform: str, account: str) -> Response:
        together.wait(30)
        request: Any = app.current_request
        return Response(body=f"{account} {request.raw_body.decode()} {app.lambda_context.function_name}")

    return app


def answers(app: Any, count: int) -> list[str]:
    gateway = Gateway(Function("http", app), app.routes)
    found: list[str] = []

    def call(number: int) -> None:
        headers = (("Content-Type", "text/xml"),)
        request = HttpIn("POST", f"/webhooks/generic/shop{number}", "", headers, f"body{number}".encode(), "127.0.0.1")
        found.append(gateway.serve(request).body.decode())

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_each_of_eight_requests_at_once_reads_its_own_body() -> None:
    app = per_thread(application(threading.Barrier(8)))

    assert answers(app, 8) == [f"shop{number} body{number} http" for number in range(8)]


def test_without_it_requests_read_each_others_bodies() -> None:
    """The reason this module exists; when Chalice changes, this fails and the module can go."""
    mixed = answers(application(threading.Barrier(8)), 8)

    assert mixed != [f"shop{number} body{number} http" for number in range(8)]


def test_it_can_be_applied_twice_and_keeps_applications_apart() -> None:
    one, two = (per_thread(application(threading.Barrier(1))) for _ in range(2))
    assert per_thread(one) is one
    answers(one, 1)
    one.current_request = "mine"

    assert two.current_request is None
    assert one.routes.keys() == {"/webhooks/{platform}/{account}"}
