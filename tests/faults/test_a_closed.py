"""What is not configured is closed: without its secret, or for an account that is none, nobody is let in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.account_check import AccountCheck
from chalicelib.config import AccountConfig
from chalicelib.contract import Account, RawRequest, Secrets, Verified
from chalicelib.errors import ConfigError, Rejected
from tests.functional.hostile.edge import Edge, genuine_cases, known_secrets, receiver, receiving, wire_of
from tests.kit.cases import Case


@pytest.fixture
def edge(moto_engine: Any) -> Iterator[Edge]:
    made = Edge(moto_engine)
    bootstrap.install(made.stack.app)
    yield made
    bootstrap.install(None)


def bare(case: Case) -> Iterator[Secrets]:
    """The secrets of a case with one of those that its push is verified by missing, without a value, or empty; and none at all."""
    known = known_secrets(case).values
    for name in case.secrets.values:
        others = {each: values for each, values in known.items() if each != name}
        if name.startswith("public_key:"):  # handed out by the platform: it knows no such key
            yield Secrets(others)
        elif name in receiver(case.key).info.verify_secrets:
            yield from (Secrets(others), Secrets({**others, name: ()}), Secrets({**others, name: ("",)}))
    yield Secrets({})


def let_in(edge: Edge, key: str) -> tuple[int, int]:
    """How many pushes that cannot be verified got an answer as if they were, or were queued; and how many were tried."""
    taken = tried = 0
    for case in genuine_cases(key):
        edge.set_up(case)
        wire = wire_of(case, edge)
        assert edge.serve(wire).status < 400
        for secrets in bare(case):
            edge.secrets.known = secrets
            seen = edge.serve(wire)
            assert seen.status < 500 or seen.status == 503
            taken += seen.status < 400 or bool(seen.queued) or bool(seen.archived)
            tried += 1
    return taken, tried


def let_in_elsewhere(edge: Edge, key: str) -> tuple[int, int]:
    """The same of pushes that are signed well, to accounts that were taken off, or that never were, and to no platform at all."""
    taken = tried = 0
    for case in genuine_cases(key):
        edge.set_up(case)
        wire = wire_of(case, edge)
        here = f"/webhooks/{key}/{case.account.account}"
        assert edge.serve(wire).status < 400
        accounts = edge.stack.config.accounts
        for target, left in ((here, ()), (f"{here}x", accounts), (here.replace(f"/{key}/", "/nobody/"), accounts)):
            edge.stack.config = replace(edge.stack.config, accounts=left)
            seen = edge.serve(replace(wire, target=wire.target.replace(here, target, 1)))
            assert seen.status < 500
            taken += seen.status < 400 or bool(seen.queued)
            tried += 1
    return taken, tried


@pytest.mark.fault(4)
@pytest.mark.parametrize("platform", receiving())
def test_04_nobody_is_let_in_without_a_secret(edge: Edge, platform: str) -> None:
    taken, tried = let_in(edge, platform)
    assert (taken, tried > 0) == (0, True)


@pytest.mark.fault(4)
@pytest.mark.parametrize("platform", receiving())
def test_04_nobody_is_let_in_at_an_account_that_is_none(edge: Edge, platform: str) -> None:
    taken, tried = let_in_elsewhere(edge, platform)
    assert (taken, tried > 0) == (0, True)


@pytest.mark.fault(4)
@pytest.mark.parametrize("platform", [key for key in receiving() if receiver(key).info.verify_secrets])
def test_04_a_missing_secret_is_told_before_the_first_push(edge: Edge, platform: str) -> None:
    """By `huitou accounts check`, `huitou doctor`, and the page of accounts."""
    case = genuine_cases(platform)[0]
    edge.set_up(case)
    check = AccountCheck(connectors=edge.stack.app.hub, clock=edge.stack.clock, running=None)
    entry = AccountConfig(platform, case.account.account, case.account.options)
    found = {each.check: each for each in check.run(edge.stack.config, entry, Secrets({}))}
    assert found["secrets"].ok is False and found["secrets"].reason == "secret-missing"


@pytest.mark.fault(4, saboteur=True)
@pytest.mark.parametrize("platform", receiving()[::6])
def test_04_saboteur_who_opens_the_door_where_no_secret_is_known(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    """The usual mistake: what cannot be checked is taken to be right."""
    real = edge.stack.app.receive._verified

    def verified(connector: Any, request: RawRequest, shop: Account) -> Verified:
        try:
            return real(connector, request, shop)
        except (ConfigError, Rejected):
            known = known_secrets(edge.secrets.case)
            return connector.verify(request, shop, known, edge.stack.clock.now())  # type: ignore[no-any-return]

    monkeypatch.setattr(edge.stack.app.receive, "_verified", verified)
    assert let_in(edge, platform)[0] > 0


@pytest.mark.fault(4, saboteur=True)
def test_04_saboteur_who_takes_any_account(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    key = receiving()[0]
    account = type(edge.stack.config).account

    def any_account(config: Any, platform: str, name: str) -> AccountConfig | None:
        return account(config, platform, name) or AccountConfig(platform, name, edge.secrets.case.account.options)

    monkeypatch.setattr(type(edge.stack.config), "account", any_account)
    monkeypatch.setattr(edge.secrets, "secrets", lambda _account: edge.secrets.known)
    assert let_in_elsewhere(edge, key)[0] > 0
