"""The worker over a real socket: one connection for each application, queued first and acknowledged then, again after a loss."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from chalicelib.adapters.outbound import Dialler
from chalicelib.envelope import decode
from chalicelib.errors import Permanent
from connectors.pinduoduo.socket import HOST, connect_url
from ops import worker
from ops.local import MemorySecrets
from ops.worker import Connection, Worker
from tests.functional.stack import CONFIG, Stack

LONG = 20.0  # seconds after which a test that hangs gives up; nothing waits for it otherwise
SHOP = '[[accounts]]\nplatform = "pinduoduo"\naccount = "{name}"\npull_minutes = 0\noptions = {{mall_id = "{mall}"}}\n'
SHOPS = SHOP.format(name="tea", mall=171504183) + SHOP.format(name="cups", mall=171504184)
APP = {"client_id": ("cid-1",), "client_secret": ("secret of the tests",)}
OTHER_APP = {"client_id": ("cid-2",), "client_secret": ("another secret of the tests",)}


def frame(number: int, mall: int = 171504183) -> str:
    """A message about an order of a shop."""
    content = json.dumps({"mall_id": mall, "tid": f"261120-{number:015d}"})
    message = {"type": "pdd_trade_TradeConfirmed", "mallID": mall, "content": content}
    return json.dumps({"id": number, "commandType": "Common", "time": 1, "sendTime": 2, "message": message})


class Platform:
    """Pinduoduo's socket: gives each connection all that is not acknowledged, and keeps it open, or drops it, as `drops` says."""

    def __init__(self, stack: Stack, *frames: str, drops: int = 0) -> None:
        self.stack = stack
        self.kept = {json.loads(each)["id"]: each for each in frames}
        self.drops = drops
        self.paths: list[str] = []
        self.acks: list[tuple[int, int]] = []  # the frame, and how many records were on the queue by then
        self.empty = threading.Event()
        self.unanswered = threading.Event()

    def __call__(self, socket: ServerConnection) -> None:
        """One connection."""
        assert socket.request is not None
        self.paths.append(socket.request.path)
        if len(self.paths) <= self.drops:
            for each in list(self.kept.values()):
                socket.send(each)
            return  # closed with its answers unread
        try:
            self._talk(socket)
        except ConnectionClosed:
            self.unanswered.set()

    def _talk(self, socket: ServerConnection) -> None:
        for each in [json.dumps({"commandType": "HeartBeat"}), *list(self.kept.values())]:
            socket.send(each)
        while True:
            told = json.loads(socket.recv())
            if told["commandType"] == "Ack":
                self.acks.append((told["id"], len(self.stack.inbound.bodies)))
                self.kept.pop(told["id"], None)
            if not self.kept:
                self.empty.set()


@contextmanager
def listening(platform: Platform, **more: Any) -> Iterator[Callable[[str], Connection]]:
    """A server for it, and what connects to that instead of the platform's own host."""
    with serve(platform, "127.0.0.1", 0, **more) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        port = server.socket.getsockname()[1]

        def connect(url: str) -> Connection:
            assert url.startswith(f"wss://{HOST}/")
            return worker._connect(url.replace(f"wss://{HOST}", f"ws://127.0.0.1:{port}"), Dialler(local=True))

        yield connect
        server.shutdown()
        thread.join()


def until(condition: Callable[[], bool]) -> None:
    """Look again and again, briefly."""
    for _ in range(2000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise AssertionError("it did not come to that")


class Running:
    """A worker in a thread, and what came of it."""

    def __init__(self, stack: Stack, connect: Callable[[str], Connection]) -> None:
        self.worker = Worker(stack.app, "pinduoduo", connect)
        self.outcome: Any = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.outcome = self.worker.run()
        except (RuntimeError, Permanent) as error:
            self.outcome = error

    def ended(self) -> Any:
        """What it returned or raised, once it has ended."""
        self._thread.join(LONG)
        assert not self._thread.is_alive()
        return self.outcome

    def stopped(self) -> Any:
        """Told to stop, as by SIGTERM."""
        self.worker.stop()
        return self.ended()


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pause worth the name between two connections."""
    monkeypatch.setattr(worker, "FIRST_PAUSE", 0.001)


def stack_of(engine: Any, accounts: str = SHOPS, **secrets: Any) -> Stack:
    """Shops of one application, or of those that `secrets` tell."""
    stack = Stack(engine, CONFIG + accounts)
    apps = {"tea": APP, "cups": APP, **secrets}
    stack.app.parts.secrets = MemorySecrets({("pinduoduo", name): told for name, told in apps.items()})
    return stack


def accounts_of(stack: Stack) -> list[tuple[str, str]]:
    """Whose each queued record is, and which."""
    return [(told.account, told.digest) for told in map(decode, stack.inbound.bodies)]


def test_one_connection_brings_the_messages_of_all_shops_of_an_application(moto_engine: Any) -> None:
    stack = stack_of(moto_engine)
    platform = Platform(stack, frame(1), frame(2, 171504184), frame(3))
    with listening(platform) as connect:
        running = Running(stack, connect)
        assert platform.empty.wait(LONG)
        assert running.stopped() == 3
    assert [account for account, _ in accounts_of(stack)] == ["tea", "cups", "tea"]
    assert [number for number, _ in platform.acks] == [1, 2, 3]
    assert all(waiting >= number for number, waiting in platform.acks)  # each only after its own record was on the queue
    secrets = stack.app.parts.secrets.secrets(stack_account(stack))
    assert platform.paths == [connect_url(secrets, stack.clock.at).removeprefix(f"wss://{HOST}")]


def stack_account(stack: Stack) -> Any:
    """The account of the first shop."""
    return next(each for each in stack.config.accounts if each.account == "tea")


def test_each_application_has_a_connection_of_its_own_and_paused_shops_none(moto_engine: Any) -> None:
    idle = SHOP.format(name="idle", mall=171504185) + "paused = true\n"
    stack = stack_of(moto_engine, SHOPS + idle, cups=OTHER_APP, idle={"client_id": ("cid-3",), "client_secret": ("x",)})
    assert stack.app.hold.apps("pinduoduo") == ["tea", "cups"]
    platform = Platform(stack, frame(1))
    with listening(platform) as connect:
        running = Running(stack, connect)
        assert platform.empty.wait(LONG)
        until(lambda: len(platform.paths) == 2)
        running.stopped()
    assert sorted(path.split("/")[2] for path in platform.paths) == ["cid-1", "cid-2"]


def test_a_shop_without_secrets_says_so_and_holds_up_nobody(moto_engine: Any) -> None:
    stack = stack_of(moto_engine, cups={})
    platform = Platform(stack, frame(1))
    with listening(platform) as connect:
        running = Running(stack, connect)
        assert platform.empty.wait(LONG)
        until(lambda: stack.counters.total("socket_lost") > 0)
        assert running.stopped() == 1
    assert len(platform.paths) == 1


def test_what_the_server_dropped_unanswered_comes_again(moto_engine: Any) -> None:
    stack = stack_of(moto_engine)
    platform = Platform(stack, frame(1), drops=2)
    with listening(platform) as connect:
        running = Running(stack, connect)
        assert platform.empty.wait(LONG)
        assert running.stopped() >= 1
    assert len(platform.paths) == 3
    assert stack.counters.total("socket_lost") == 2
    assert len(set(accounts_of(stack))) == 1  # however often: one content, which is archived and takes effect once


def test_a_queue_that_refuses_ends_the_connection_and_the_record_comes_again(moto_engine: Any) -> None:
    stack = stack_of(moto_engine)
    stack.inbound.refuse = True
    platform = Platform(stack, frame(1))
    with listening(platform) as connect:
        running = Running(stack, connect)
        assert platform.unanswered.wait(LONG)
        assert platform.acks == []
        stack.inbound.refuse = False
        assert platform.empty.wait(LONG)
        assert running.stopped() == 1
    assert platform.acks == [(1, 1)]
    assert len(accounts_of(stack)) == 1


def test_pauses_grow_while_the_platform_closes_at_once(moto_engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that is opened and brings nothing is no success: two workers, or a refused key, must not storm."""
    monkeypatch.setattr(random, "uniform", lambda _low, high: high)
    stack = stack_of(moto_engine)
    pauses: list[float] = []
    platform = Platform(stack, drops=4)
    with listening(platform) as connect:
        held = Worker(stack.app, "pinduoduo", connect)

        def paused(seconds: float) -> bool:
            pauses.append(seconds)
            if len(pauses) == 4:
                held.stop()
            return True

        monkeypatch.setattr(held._stopping, "wait", paused)
        assert held.run() == 0
    assert pauses == [0.001, 0.002, 0.004, 0.008]


def test_what_nobody_foresaw_ends_the_worker_with_its_error(moto_engine: Any) -> None:
    """Else it would live on without one of its applications, and nobody would know."""
    stack = stack_of(moto_engine, cups=OTHER_APP)
    platform = Platform(stack)
    with listening(platform) as connect:

        def broken(url: str) -> Connection:
            if "/cid-2/" in url:
                raise RuntimeError("unforeseen")
            return connect(url)

        outcome = Running(stack, broken).ended()
    assert isinstance(outcome, RuntimeError)


def test_a_redirect_is_not_followed(moto_engine: Any) -> None:
    """Messages carry no signature: only the platform's own host may send some."""
    stack = stack_of(moto_engine)
    elsewhere = Platform(stack, frame(1))
    with serve(elsewhere, "127.0.0.1", 0) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        address = f"ws://127.0.0.1:{other.socket.getsockname()[1]}/"

        def send_on(socket: ServerConnection, _request: Request) -> Response:
            return Response(302, "Found", Headers({"Location": address, "Content-Length": "0"}))

        with listening(Platform(stack), process_request=send_on) as connect:
            running = Running(stack, connect)
            until(lambda: stack.counters.total("socket_lost") > 0)
            assert running.stopped() == 0
        other.shutdown()
        thread.join()
    assert stack.inbound.bodies == []


def test_no_account_is_told_at_once(moto_engine: Any) -> None:
    stack = stack_of(moto_engine, "")
    with pytest.raises(Permanent, match="cannot-hold"):
        Worker(stack.app, "pinduoduo").run()
    with pytest.raises(Permanent, match="cannot-hold"):
        Worker(stack.app, "shopify").run()
