"""The gateway over real sockets."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from ops.runtime.gateway import MAX_BODY_BYTES, Gateway
from ops.runtime.invoke import Function

ROUTES = {"/webhooks/{platform}/{account}": ["GET", "POST"], "/healthz": ["GET"], "/boom": ["GET"], "/odd": ["GET"]}


class Echo:
    """A handler that keeps its events and answers with the body's length."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, event: dict[str, Any], _: Any) -> Any:
        self.events.append(event)
        if event["path"] == "/boom":
            raise ZeroDivisionError("a customer's name")
        if event["path"] == "/odd":
            return "no proxy answer"
        return {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": str(len(body_of(event)))}


def body_of(event: dict[str, Any]) -> bytes:
    return base64.b64decode(event["body"] or "")


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def gateway(echo: Echo) -> Iterator[Gateway]:
    made = Gateway(Function("http", echo, 29), ROUTES)
    made.start()
    yield made
    made.stop()


def connect(gateway: Gateway) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)


def raw(gateway: Gateway, request: bytes) -> bytes:
    """Write bytes, read until the server closes."""
    host, port = urlsplit(gateway.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(request)
        parts = []
        while part := wire.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_binary_bodies_arrive_byte_exact_over_one_connection(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    sent = [bytes(range(256)), b"", "回头".encode("gbk"), b"\x00" * 70_000]
    for body in sent:
        connection.request("POST", "/webhooks/shopify/acme", body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        assert (reply.status, reply.read()) == (200, str(len(body)).encode())
        assert reply.getheader("Content-Type") == "text/plain"
    connection.close()

    assert [body_of(event) for event in echo.events] == sent


def test_a_chunked_body_arrives_whole(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    connection.request("POST", "/webhooks/shopify/acme", iter([b"one ", b"\xff\x00", b" three"]), {}, encode_chunked=True)
    assert connection.getresponse().read() == b"12"
    connection.close()

    assert body_of(echo.events[0]) == b"one \xff\x00 three"
    assert "Transfer-Encoding" not in echo.events[0]["headers"]


def test_chunk_extensions_and_trailers_are_read_past(gateway: Gateway, echo: Echo) -> None:
    head = b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    first = head + b"2;name=value\r\nab\r\n0\r\nX-Trailer: 1\r\n\r\n"
    second = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    assert raw(gateway, first + second).count(b"HTTP/1.1 200 OK") == 2
    assert [body_of(event) for event in echo.events] == [b"ab", b""]


def test_repeated_headers_and_parameters_keep_all_values(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    connection.putrequest("GET", "/webhooks/shopify/acme?echostr=1&echostr=2&x=%E5%9B%9E")
    connection.putheader("X-Sign", "a")
    connection.putheader("X-Sign", "b")
    connection.endheaders()
    connection.getresponse().read()
    connection.close()

    (event,) = echo.events
    assert event["multiValueHeaders"]["X-Sign"] == ["a", "b"]
    assert event["multiValueQueryStringParameters"] == {"echostr": ["1", "2"], "x": ["回"]}
    assert event["pathParameters"] == {"platform": "shopify", "account": "acme"}
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("DELETE", "/healthz"), ("BREW", "/healthz"), ("POST", "/")])
def test_undefined_paths_and_methods_are_404_and_reach_no_handler(gateway: Gateway, echo: Echo, method: str, path: str) -> None:
    connection = connect(gateway)
    connection.request(method, path, b"body")
    reply = connection.getresponse()

    assert (reply.status, json.loads(reply.read())) == (404, {"message": "Not Found"})
    connection.request("GET", "/healthz")
    assert connection.getresponse().read() == b"0"
    connection.close()
    assert len(echo.events) == 1


@pytest.mark.parametrize("path", ["/boom", "/odd"])
def test_a_handler_that_raises_or_answers_nonsense_is_502_and_tells_nothing(gateway: Gateway, path: str) -> None:
    connection = connect(gateway)
    connection.request("GET", path)
    reply = connection.getresponse()

    assert (reply.status, json.loads(reply.read())) == (502, {"message": "Internal server error"})
    connection.close()


def test_a_declared_body_over_the_limit_is_413(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    connection.request("POST", "/webhooks/shopify/acme", b"x" * (MAX_BODY_BYTES + 1))
    reply = connection.getresponse()

    assert (reply.status, reply.getheader("Connection")) == (413, "close")
    assert json.loads(reply.read()) == {"message": "HTTP content length exceeded 10485760 bytes."}
    connection.close()
    assert echo.events == []


def test_a_chunked_body_over_the_limit_is_413(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    connection.request("POST", "/webhooks/shopify/acme", iter([b"x" * 2**20] * 11), {}, encode_chunked=True)

    assert connection.getresponse().status == 413
    connection.close()
    assert echo.events == []


def test_a_body_that_lambda_could_not_take_is_413(gateway: Gateway, echo: Echo) -> None:
    connection = connect(gateway)
    for size, status in ((4_718_592, 200), (4_718_593, 413)):
        connection.request("POST", "/webhooks/shopify/acme", b"x" * size)
        reply = connection.getresponse()
        reply.read()
        assert reply.status == status
    connection.close()
    assert len(echo.events) == 1


def test_a_body_too_long_is_refused_before_it_is_sent(gateway: Gateway) -> None:
    request = b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"

    assert raw(gateway, request).startswith(b"HTTP/1.1 413 ")


def test_a_body_short_enough_is_asked_for(gateway: Gateway, echo: Echo) -> None:
    request = b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab"

    answer = raw(gateway, request)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert body_of(echo.events[0]) == b"ab"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\nTransfer-Encoding: chunked",
        b"Content-Length: 2\r\nContent-Length: 2",
        b"Content-Length: +2",
        b"Content-Length: 0x2",
        b"Content-Length: -1",
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
    ],
)
def test_a_request_of_doubtful_length_is_400(gateway: Gateway, echo: Echo, head: bytes) -> None:
    answer = raw(gateway, b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\nab")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert echo.events == []


@pytest.mark.parametrize("chunks", [b"zz\r\nab\r\n", b"2\r\nabc\r\n", b"-1\r\n", b"2\nab\r\n", b"fffffffffffffff\r\n"])
def test_chunks_that_cannot_be_read_are_refused(gateway: Gateway, echo: Echo, chunks: bytes) -> None:
    head = b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert raw(gateway, head + chunks + b"0\r\n\r\n")[9:12] in (b"400", b"413")
    assert echo.events == []


def test_a_body_cut_short_never_reaches_the_handler(gateway: Gateway, echo: Echo) -> None:
    host, port = urlsplit(gateway.url).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        wire.sendall(b"POST /webhooks/a/b HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        wire.shutdown(socket.SHUT_WR)
        assert wire.recv(100) == b""

    assert echo.events == []


def test_a_stage_is_a_prefix_and_nothing_is_served_beside_it(echo: Echo) -> None:
    gateway = Gateway(Function("http", echo), ROUTES, stage="/api/")
    gateway.start()
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    answers = []
    for path in ("/api/healthz", "/healthz", "/apis/healthz", "/api"):
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        answers.append(reply.status)
    connection.close()
    gateway.stop()

    assert gateway.stage == "api"
    assert answers == [200, 404, 404, 404]
    assert (echo.events[0]["path"], echo.events[0]["requestContext"]["path"]) == ("/healthz", "/api/healthz")


def test_sixty_four_connections_are_served_at_the_same_time() -> None:
    """Every handler waits until all 64 are inside: one thread too few and none would answer."""
    together = threading.Barrier(64)

    def handler(_: dict[str, Any], __: Any) -> Any:
        together.wait(30)
        return {"statusCode": 200, "body": "in"}

    gateway = Gateway(Function("http", handler), ROUTES)
    gateway.start()
    statuses: list[int] = []

    def client() -> None:
        connection = connect(gateway)
        connection.request("POST", "/webhooks/a/b", b"x")
        statuses.append(connection.getresponse().status)
        connection.close()

    clients = [threading.Thread(target=client) for _ in range(64)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    gateway.stop()

    assert statuses == [200] * 64
    assert gateway.served == 64


def test_stop_ends_idle_connections_finishes_the_request_under_way_and_leaves_no_thread() -> None:
    before = set(threading.enumerate())
    inside, go = threading.Event(), threading.Event()

    def handler(event: dict[str, Any], _: Any) -> Any:
        if event["httpMethod"] == "POST":
            inside.set()
            go.wait(30)
        return {"statusCode": 200, "body": "done"}

    gateway = Gateway(Function("http", handler), ROUTES)
    gateway.start()
    idle, busy = connect(gateway), connect(gateway)
    idle.request("GET", "/healthz")
    idle.getresponse().read()
    busy.request("POST", "/webhooks/a/b", b"x")
    assert inside.wait(30)
    stopping = threading.Thread(target=gateway.stop)
    stopping.start()
    assert idle.sock is not None
    assert idle.sock.recv(10) == b""
    go.set()
    reply = busy.getresponse()

    assert (reply.status, reply.read(), reply.getheader("Connection")) == (200, b"done", "close")
    stopping.join()
    assert set(threading.enumerate()) == before
    with pytest.raises(RuntimeError, match="not started"):
        _ = gateway.url
    for connection in (idle, busy):
        connection.close()
