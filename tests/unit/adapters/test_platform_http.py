"""Calls to platforms: which hosts, how often, and what a platform's bad day does to the next call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import requests
import stamina

from chalicelib.adapters.platform_http import REST, TRIES, PlatformHttp, retry_after
from chalicelib.contract import HttpRequest
from chalicelib.errors import Permanent, Retriable


@dataclass
class HandClock:
    """A clock that stands still until it is moved."""

    at: datetime = datetime(2026, 11, 20, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


@dataclass
class Session:
    """Answers from a list; an exception is raised."""

    answers: list[Any]
    calls: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        self.calls.append({"method": method, "url": url, **kwargs})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        made = requests.Response()
        made.status_code, headers, made._content = answer
        made.headers.update(headers)
        return made


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(testing=True, attempts=TRIES):
        yield


def client(session: Session, clock: HandClock | None = None) -> PlatformHttp:
    return PlatformHttp(("api.example.com", "*.shop.example"), lambda: cast(requests.Session, session), clock or HandClock())


def get(url: str = "https://api.example.com/orders") -> HttpRequest:
    return HttpRequest("GET", url)


@pytest.mark.parametrize("url", ["https://api.example.com/x", "https://one.shop.example/x", "https://api.example.com:443/x"])
def test_declared_hosts_are_called(url: str) -> None:
    assert client(Session([(200, {"X-Y": "z"}, b"ok")])).send(get(url)).headers == {"x-y": "z"}


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com/x",
        "https://api.example.com.evil.example/x",
        "https://evil.example/x?api.example.com",
        "https://api.example.com@evil.example/x",
        "https://shop.example/x",
        "https://api.example.com:8443/x",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//api.example.com/x",
    ],
)
def test_no_other_host_is(url: str) -> None:
    session = Session([(200, {}, b"")])
    with pytest.raises(Permanent, match="host-refused"):
        client(session).send(get(url))

    assert session.calls == []


def test_redirects_are_not_followed() -> None:
    session = Session([(302, {"Location": "https://evil.example/"}, b"")])

    assert client(session).send(get()).status == 302
    assert session.calls[0]["allow_redirects"] is False


@pytest.mark.fault(40)
def test_a_refusal_is_an_answer_and_is_not_tried_again() -> None:
    session = Session([(403, {}, b"no")])

    assert client(session).send(get()).status == 403
    assert len(session.calls) == 1


@pytest.mark.fault(40)
def test_throttling_goes_back_to_the_queue_with_its_wait() -> None:
    session = Session([(429, {"Retry-After": "17"}, b"")])
    with pytest.raises(Retriable) as error:
        client(session).send(get())

    assert error.value.after == 17
    assert len(session.calls) == 1


def test_a_bad_moment_is_tried_again() -> None:
    session = Session([requests.ConnectionError(), (503, {}, b""), (200, {}, b"ok")])

    assert client(session).send(get()).body == b"ok"


def test_a_platform_that_does_not_answer_rests() -> None:
    clock = HandClock()
    session = Session([requests.Timeout()] * TRIES + [(200, {}, b"ok")])
    http = client(session, clock)
    with pytest.raises(Retriable, match="platform-unavailable"):
        http.send(get())
    with pytest.raises(Retriable, match="platform-resting") as resting:  # its own reason: of this call nothing left the house
        http.send(get())
    clock.at += REST + timedelta(seconds=1)

    assert len(session.calls) == TRIES
    assert resting.value.after == REST.total_seconds()
    assert http.send(get()).status == 200


@pytest.mark.fault(40)
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "30"}, 30),
        ({"Retry-After": "30.0"}, 30),
        ({"Retry-After": "30.25"}, 31),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "Fri, 20 Nov 2026 08:01:00 GMT", "Date": "Fri, 20 Nov 2026 08:00:00 GMT"}, 60),
        ({"Retry-After": "soon"}, 5),
        ({"Retry-After": "-3"}, 5),
        ({}, 5),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: int) -> None:
    assert retry_after(headers) == seconds


@pytest.mark.parametrize("failure", [(502, {}, b""), requests.ConnectionError("reset")])
def test_what_says_something_is_tried_once(failure: Any) -> None:
    session = Session([failure, (200, {}, b"said twice")])
    with pytest.raises(Retriable, match="platform-unavailable"):
        client(session).send(HttpRequest("POST", "https://api.example.com/reply", once=True))

    assert len(session.calls) == 1
