"""The player: it reads answers as a platform would, tries again where one would, and names every wrong answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.contract import RawRequest, ReceivesWebhooks
from chalicelib.errors import Permanent, Rejected
from connectors.registry import connector
from ops.simulator import traffic
from ops.simulator.model import World
from ops.simulator.player import Player
from ops.simulator.registry import platform as platform_of
from ops.simulator.traffic import Shares
from ops.simulator.world import build

Answer = tuple[int, str]


@pytest.fixture(scope="module")
def world() -> World:
    return build(2, history=60, today=40, platforms=("shopify", "douyin", "mercadolibre", "generic"))


@contextmanager
def receiver(answer: Callable[[str, RawRequest], Answer]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            names = {name.lower(): tuple(self.headers.get_all(name) or ()) for name in self.headers}
            parts = self.path.partition("?")[0].strip("/").split("/")
            status, text = answer(parts[1], RawRequest("POST", self.path, names, (), body, parts[3] if len(parts) > 3 else None))
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def honest(world: World) -> Callable[[str, RawRequest], Answer]:
    def answer(platform: str, request: RawRequest) -> Answer:
        checks = connector(platform)
        assert isinstance(checks, ReceivesWebhooks)
        account, secrets = traffic.account_of(world, platform), traffic.secrets_of(world, platform)
        try:
            reply = checks.verify(request, account, secrets, world.closing).reply
        except Rejected as refusal:
            return refusal.status, ""
        return reply.status, reply.body

    return answer


def test_an_honest_receiver_gets_a_clean_tally(world: World) -> None:
    stream = traffic.day(world, Shares(forged=0.1, corrupt=0.1))
    seen: list[int] = []
    with receiver(honest(world)) as url:
        tally = Player(world, url, now=lambda: world.closing, connections=4).play(stream.sent, seen.append)
    assert tally.wrong == []
    assert tally.refused == {fate: stream.counts[fate] for fate in ("forged", "corrupt")}
    assert tally.accepted == {fate: stream.counts[fate] for fate in ("plain", "late", "duplicate", "retry") if stream.counts[fate]}
    assert tally.attempts == tally.sent == len(stream.sent) == len(seen)


def test_a_receiver_that_believes_everything_is_caught(world: World) -> None:
    stream = traffic.day(world, Shares(forged=0.1, corrupt=0.1))
    with receiver(lambda platform, request: (200, '{"code":0}')) as url:
        tally = Player(world, url, now=lambda: world.closing).play(stream.sent)
    assert len(tally.wrong) == stream.counts["forged"] + stream.counts["corrupt"] > 0


def test_a_receiver_that_refuses_the_genuine_is_caught(world: World) -> None:
    stream = traffic.day(world, Shares(0, 0, 0, 0, 0))
    with receiver(lambda platform, request: (401, "")) as url:
        tally = Player(world, url, now=lambda: world.closing).play(stream.sent[:20])
    assert len(tally.wrong) == 20


def test_a_503_is_tried_again(world: World) -> None:
    checked, met = honest(world), set()

    def answer(platform: str, request: RawRequest) -> Answer:
        if request.body not in met:
            met.add(request.body)
            return 503, ""
        return checked(platform, request)

    stream = traffic.day(world, Shares(0, 0, 0, 0, 0)).sent[:10]
    with receiver(answer) as url:
        tally = Player(world, url, now=lambda: world.closing, connections=1).play(stream)
    assert (tally.wrong, tally.accepted["plain"]) == ([], 10)
    assert tally.attempts == 10 + len(met)


def test_a_platform_signs_the_url_that_it_was_told_and_its_query_arrives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was told a public URL; what it posts reaches this machine."""
    seen: list[str] = []
    signed: list[RawRequest] = []

    def sign(_world: World, request: RawRequest, *_: object, **__: object) -> RawRequest:
        signed.append(request)
        return replace(request, query=(("sign", "a+b"),))

    def answer(_platform: str, request: RawRequest) -> Answer:
        seen.append(request.url)
        return 200, '{"code":0}'

    monkeypatch.setattr(traffic, "_signed", sign)
    stream = traffic.day(world, Shares(0, 0, 0, 0, 0)).sent[:3]
    with receiver(answer) as url:
        Player(world, url, now=lambda: world.closing, public="https://hooks.example/api/", connections=1).play(stream)
    assert [request.url for request in signed] == [f"https://hooks.example/api{sent.path}" for sent in stream]
    assert seen == [f"{sent.path}?sign=a%2Bb" for sent in stream]


def test_a_feed_s_records_go_into_its_queue(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    generic = platform_of("generic")
    fed = replace(generic, wire=replace(generic.wire, feed=True))
    monkeypatch.setattr("ops.simulator.player.platform", lambda _key: fed)
    monkeypatch.setattr(traffic, "platform_of", lambda _key: fed)
    kept: list[tuple[str, bytes]] = []

    def feed(key: str, body: bytes) -> None:
        if len(kept) == 2:
            raise Permanent("account-unknown")
        kept.append((key, body))

    stream = [each for each in traffic.day(world).sent if each.delivery.platform == "generic" and not each.refused][:3]
    nowhere = "http://127.0.0.1:1"
    tally = Player(world, nowhere, now=lambda: world.closing, feed=feed, connections=1).play(stream)
    assert kept == [("generic", each.delivery.body) for each in stream[:2]]
    assert (tally.accepted.total(), tally.refused.total(), len(tally.wrong)) == (2, 1, 1)
    with pytest.raises(ValueError, match="queue"):
        Player(world, nowhere, now=lambda: world.closing).play(stream)


def test_the_clock_moves_with_the_stream(world: World) -> None:
    stream = traffic.day(world).sent[:30]
    times: list[object] = []
    with receiver(honest(world)) as url:
        Player(world, url, now=lambda: world.closing, advance=times.append, connections=1).play(stream)
    assert times == [sent.at for sent in stream]


@pytest.mark.parametrize(
    ("platform", "status", "body", "good"),
    [
        ("shopify", 204, b"", True),
        ("shopify", 302, b"", False),
        ("generic", 200, b"", True),
        ("mercadolibre", 200, b"", True),
        ("mercadolibre", 202, b"", False),
        ("douyin", 200, b'{"code":0,"msg":"success"}', True),
        ("douyin", 200, b'{"code":1,"msg":"fail"}', False),
        ("douyin", 200, b"OK", False),
        ("douyin", 200, b"[]", False),
    ],
)
def test_each_platform_has_its_own_acknowledgement(platform: str, status: int, body: bytes, good: bool) -> None:
    assert platform_of(platform).wire.acknowledged(status, body) is good
