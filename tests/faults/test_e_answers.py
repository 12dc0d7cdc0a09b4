"""What a platform answers on a bad day: each connector over the real client, whose line is played."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, cast

import pytest
import requests
import stamina

from chalicelib.adapters.platform_http import TRIES, PlatformHttp
from chalicelib.contract import (
    Account,
    Api,
    PullsContacts,
    PullsOrders,
    PullsReviews,
    PullsSpend,
    Secrets,
)
from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable, Skippable
from connectors.registry import KEYS, connector
from tests.kit.faults import Told
from tests.unit.adapters.test_platform_http import HandClock, Session
from tests.unit.connectors.fakes import NOW, FakeTokens

SHOPIFY = (Account("demo", "shopify", "acme", {"shop": "acme.myshopify.com"}), {"access_token": "token-one"})
SHOPS = ("garden.example.com", "keramik.example.com")  # those of the merchants' own, in the connectors' tests
READING = tuple(
    key for key in KEYS if isinstance(connector(key), PullsOrders | PullsReviews | PullsSpend | PullsContacts) and key != "generic"
)
DOWN: dict[str, Any] = {
    "500": (500, {}, b""),
    "503": (503, {}, b"<html>try later</html>"),
    "timeout": requests.Timeout(),
    "reset": requests.ConnectionError(),
    "cut short": requests.exceptions.ChunkedEncodingError(),
}
NONSENSE: dict[str, Any] = {
    "error page": (200, {"content-type": "text/html"}, b"<html>busy</html>"),
    "half a JSON": (200, {}, b'{"code": 0, "data": {"li'),
    "nothing": (200, {}, b""),
}
REFUSED: dict[str, Any] = {"400": (400, {}, b"{}"), "403": (403, {}, b"{}"), "404": (404, {}, b"{}"), "410": (410, {}, b"{}")}


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """Tries follow one another at once."""
    with stamina.set_testing(testing=True, attempts=TRIES):
        yield


class Line(Session):
    """Answers everything alike."""

    def request(self, method: str, url: str, **kwargs: Any) -> requests.Response:
        self.answers = [self.answers[0]] * 2
        return super().request(method, url, **kwargs)


def shop_of(key: str) -> tuple[Account, dict[str, str]]:
    """The account and secrets of a connector's own tests."""
    if key == "shopify":
        return SHOPIFY
    module = importlib.import_module(f"tests.unit.connectors.test_{key}_api")
    return getattr(module, "ACCOUNT", None) or module.SHOP, module.SECRETS


def asked(key: str, answer: Any, *, tokens: FakeTokens | None = None) -> tuple[HuitouError, int]:
    """What reading a platform ends in where its line answers so, and how many calls that took."""
    maps, (account, secrets) = connector(key), shop_of(key)
    line = Line([answer])
    http = PlatformHttp((*maps.info.api_hosts, *SHOPS), lambda: cast(requests.Session, line), HandClock())
    values = {name: (value,) for name, value in secrets.items()}
    api = Api(account, Secrets(values), http, tokens or FakeTokens(), lambda: NOW)
    with pytest.raises(HuitouError) as raised:
        list(read(maps, api))
    return raised.value, len(line.calls)


def read(maps: Any, api: Api) -> Iterator[Any]:
    """The first thing that the connector pulls."""
    if isinstance(maps, PullsOrders):
        return maps.pull_orders(NOW - timedelta(hours=1), NOW, None, api)
    if isinstance(maps, PullsReviews):
        return maps.pull_reviews(NOW - timedelta(hours=1), NOW, None, api)
    if isinstance(maps, PullsSpend):
        return maps.pull_spend(date(2026, 11, 20), date(2026, 11, 20), None, api)
    assert isinstance(maps, PullsContacts)
    return maps.pull_contacts(None, api)


@pytest.mark.fault(40)
@pytest.mark.parametrize("key", READING)
def test_40_a_bad_answer_is_named_by_what_to_do(key: str, fault: Told) -> None:
    """By data calls; a token is held."""
    most = 0
    for name, answer in DOWN.items():
        error, calls = asked(key, answer)
        assert (type(error), error.reason) == (Retriable, "platform-unavailable"), name
        assert calls <= 5, name
        most = max(most, calls)
    for name, answer in NONSENSE.items():
        error, calls = asked(key, answer)
        assert (type(error), error.reason, calls) == (Retriable, "answer-malformed", 1), name
    for name, answer in REFUSED.items():
        error, calls = asked(key, answer)
        assert isinstance(error, Permanent | ConfigError | Skippable) or error.reason in ("answer-malformed", "token-refused"), name
        assert calls == 1 or error.reason in ("token-revoked", "token-refused"), name
    error, calls = asked(key, (429, {"Retry-After": "17"}, b"{}"))
    assert isinstance(error, Retriable)
    assert (error.reason, error.after, calls) == ("platform-throttled", 17, 1)
    answers = len(DOWN) + len(NONSENSE) + len(REFUSED) + 1
    fault.figure(f"{answers} bad answers a platform: at most {most} tries, 1 of a 4xx, 0 within Retry-After")


@pytest.mark.fault(40)
@pytest.mark.parametrize("key", READING)
def test_40_a_bad_answer_of_the_token_address_is_no_worse(key: str) -> None:
    """Nobody takes an error page for a refusal of the shop: what it is needed for is tried again."""
    for name, answer in {**DOWN, **NONSENSE}.items():
        error, calls = asked(key, answer, tokens=FakeTokens(None))
        assert isinstance(error, Retriable) or (isinstance(error, ConfigError) and calls == 0), name
        assert calls <= 5, name


@pytest.mark.fault(40, saboteur=True)
@pytest.mark.parametrize("key", ["amazon", "ebay", "ga4", "googleads", "meta"])
def test_40_saboteur_an_error_page_taken_for_an_answer(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"connectors.{key}.api.as_json", lambda body, **_: body)
    error, _ = asked(key, NONSENSE["error page"])
    assert not isinstance(error, Retriable)


@pytest.mark.fault(40, saboteur=True)
def test_40_saboteur_a_throttled_call_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def eager(self: Any, request: Any) -> Any:
        for _ in range(TRIES):
            try:
                return self._once(request)
            except Retriable as error:
                last = error
        raise last

    monkeypatch.setattr(PlatformHttp, "_try", eager)
    assert asked("shopify", (429, {"Retry-After": "17"}, b"{}"))[1] > 1
