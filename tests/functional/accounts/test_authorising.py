"""Consent by a link: tied to merchant and account, good once and for ten minutes, its token kept where calls look for it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.adapters.token_shelf import DynamoTokenShelf
from chalicelib.adapters.tokens import TokenStore
from chalicelib.contract import Account, HttpRequest, HttpResponse, Secrets, Token
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable
from tests.functional.accounts.desk import Books, open_desk
from tests.functional.stack import CONFIG, Stack

BACK = "https://hooks.example.com/console/authorised"
SHOP = Account("demo", "mercadolibre", "ml")
TEXT = (
    CONFIG + '\n[[accounts]]\nplatform = "mercadolibre"\naccount = "ml"\n[[accounts]]\nplatform = "mercadolibre"\naccount = "two"\n'
)
GRANT = b'{"access_token": "at", "expires_in": 21600, "refresh_token": "rt", "user_id": 11}'


class MercadoLibre:
    """The token address."""

    def __init__(self) -> None:
        self.answer = HttpResponse(200, {}, GRANT)
        self.sent: list[HttpRequest] = []

    def send(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        self.sent.append(request)
        return self.answer


Desk = tuple[Stack, Books, MercadoLibre]


def desk_on(engine: Any) -> Desk:
    platform = MercadoLibre()
    stack, books, _ = open_desk(engine, TEXT, http=lambda _info: platform)
    for account in ("ml", "two"):
        books.save(Account("demo", "mercadolibre", account), {"client_id": ("1",), "client_secret": ("s",)})
    return stack, books, platform


@pytest.fixture
def desk(moto_engine: Any) -> Desk:
    return desk_on(moto_engine)


def begun(stack: Stack, account: str = "ml") -> str:
    return parse_qs(urlsplit(stack.app.accounts.authorising.begin("mercadolibre", account, BACK)).query)["state"][0]


def test_the_token_is_kept_and_the_shop_becomes_known(desk: Desk) -> None:
    stack, books, platform = desk
    shop = stack.app.accounts.authorising.finish(begun(stack), {"code": "c"})
    shelf = DynamoTokenShelf(stack.app.parts.table, stack.app.parts.vault, stack.clock)

    assert (shop.platform, shop.account) == ("mercadolibre", "ml")
    assert shelf.stored(SHOP) == Token("at", stack.clock.now() + timedelta(hours=6), "rt")
    known = books.config().account("mercadolibre", "ml")
    assert known is not None and known.options == {"user_id": "11"}
    assert stack.app.hub.api(SHOP).tokens.get(lambda _last: Token("none", None)) == "at"
    assert "c" not in books.text.split("mercadolibre")[0][-1:] and len(platform.sent) == 1


@pytest.mark.parametrize(
    "fault", ["used", "old", "replaced", "forged", "of another account", "of another merchant", "nonsense", "empty"]
)
def test_a_state_that_is_not_good_exchanges_nothing(desk: Desk, fault: str) -> None:
    stack, books, platform = desk
    authorising, state = stack.app.accounts.authorising, begun(stack)
    if fault == "used":
        authorising.finish(state, {"code": "c"})
    elif fault == "old":
        stack.clock.at += timedelta(minutes=10, seconds=1)
    elif fault == "replaced":
        begun(stack)
    elif fault == "of another account":
        _, mark = state.split(".")
        state = f"{begun(stack, 'two').split('.')[0]}.{mark}"
    elif fault == "of another merchant":
        books.text = books.text.replace('merchant = "demo"', 'merchant = "other"')
    else:
        state = {"forged": state[:-1] + ("A" if state[-1] != "A" else "B"), "nonsense": "a.b", "empty": ""}[fault]
    sent = len(platform.sent)
    with pytest.raises(Rejected, match="state-unknown") as refused:
        authorising.finish(state, {"code": "c"})
    assert refused.value.status == 400 and len(platform.sent) == sent


def test_a_link_is_used_once_by_whoever_comes_first(engine: Any) -> None:
    stack, _, platform = desk_on(engine)
    state, authorising = begun(stack), stack.app.accounts.authorising
    outcomes: list[str] = []
    gate = threading.Barrier(6)

    def come() -> None:
        gate.wait()
        try:
            authorising.finish(state, {"code": "c"})
            outcomes.append("done")
        except Rejected as error:
            outcomes.append(error.reason)

    threads = [threading.Thread(target=come) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(outcomes) == ["done"] + ["state-unknown"] * 5
    assert len(platform.sent) == 1


@pytest.mark.parametrize(
    ("answer", "status", "body", "error"),
    [
        ({"error": "access_denied"}, 200, GRANT, Rejected),
        ({"code": "c"}, 400, b'{"error": "invalid_grant"}', Rejected),
        ({"code": "c"}, 401, b'{"error": "invalid_client"}', ConfigError),
    ],
)
def test_a_refusal_keeps_no_token_and_the_link_is_spent(
    desk: Desk, answer: dict[str, str], status: int, body: bytes, error: type[HuitouError]
) -> None:
    stack, _, platform = desk
    platform.answer = HttpResponse(status, {}, body)
    state = begun(stack)
    with pytest.raises(error):
        stack.app.accounts.authorising.finish(state, answer)
    assert DynamoTokenShelf(stack.app.parts.table, stack.app.parts.vault, stack.clock).stored(SHOP) is None
    with pytest.raises(Rejected, match="state-unknown"):
        stack.app.accounts.authorising.finish(state, {"code": "c"})


def test_the_owner_of_another_shop_is_refused(desk: Desk) -> None:
    stack, _, _ = desk
    stack.app.accounts.connecting.add("mercadolibre", "ml", options={"user_id": "12"}, secrets={})
    with pytest.raises(Rejected, match="shop-mismatch"):
        stack.app.accounts.authorising.finish(begun(stack), {"code": "c"})
    assert DynamoTokenShelf(stack.app.parts.table, stack.app.parts.vault, stack.clock).stored(SHOP) is None


def test_a_platform_without_consent_by_link_says_so(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="no-consent"):
        desk[0].app.accounts.authorising.begin("generic", "erp", BACK)


def test_consent_ends_a_pause_and_a_renewal_that_was_under_way_does_not_overwrite_it(engine: Any) -> None:
    """A worker renews the old token while the owner consents anew: the consent stands, and the worker takes its token."""
    stack, _, _ = desk_on(engine)
    parts = stack.app.parts
    shelf = DynamoTokenShelf(parts.table, parts.vault, stack.clock)
    store = TokenStore(parts.table, parts.vault, SHOP, Secrets({}), clock=stack.clock, counters=stack.counters)

    def revoked(_last: Token | None) -> Token:
        raise Permanent("token-revoked", "over")

    with pytest.raises(Retriable, match="account-paused"):
        store.get(revoked)
    shelf.keep(SHOP, Token("consented", None, "rt"))
    assert store.get(revoked) == "consented"

    store.expire("consented")

    def slow(_last: Token | None) -> Token:
        stack.clock.at += timedelta(seconds=1)
        shelf.keep(SHOP, Token("anew", None, "rt2"))
        return Token("old way", None, "spent")

    with pytest.raises(Retriable, match="token-refreshing"):
        store.get(slow)
    assert store.get(slow) == "anew"
