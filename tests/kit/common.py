"""Words and helpers that the checks share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast, get_args

from chalicelib.contract import Connector, EventKind, RawRequest, ReceivesWebhooks, Secrets, Verified
from chalicelib.errors import ConfigError, HuitouError, Permanent, Rejected, Retriable, Skippable
from chalicelib.toolkit.canonical_json import to_plain
from tests.kit.cases import Case

KINDS: tuple[str, ...] = get_args(EventKind)


FIVE: tuple[type[HuitouError], ...] = (Rejected, Retriable, Permanent, Skippable, ConfigError)


ENDINGS: dict[str, type[HuitouError]] = {
    "reject": Rejected,
    "permanent": Permanent,
    "skippable": Skippable,
    "retriable": Retriable,
    "config": ConfigError,
}


MAPPED: tuple[EventKind, ...] = ("order", "refund", "parcel", "buyer", "privacy", "review", "question", "message", "spend")


def pushes(connector: Connector) -> ReceivesWebhooks:
    """The connector as one that receives webhooks."""
    assert isinstance(connector, ReceivesWebhooks)
    return cast(ReceivesWebhooks, connector)


def verify(connector: Connector, case: Case, request: RawRequest | None = None, secrets: Secrets | None = None) -> Verified:
    """Verify the case's request, or another one, with its secrets or others."""
    chosen = case.secrets if secrets is None else secrets
    return pushes(connector).verify(case.request if request is None else request, case.account, chosen, case.now)


def refused(connector: Connector, case: Case, request: RawRequest, what: str, secrets: Secrets | None = None) -> None:
    """The request must end in Rejected with a 4xx, nothing else."""
    try:
        verify(connector, case, request, secrets)
    except Rejected as error:
        assert 400 <= error.status < 500, f"{what}: refused with {error.status}"
        return
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__} instead of Rejected") from error
    raise AssertionError(f"{what}: accepted")


def other_secret(value: str) -> str:
    """Another secret of the same form."""
    return "whsec_" + value.removeprefix("whsec_").swapcase() if value.startswith("whsec_") else value[::-1] + "-other"


def canonical_plain(connector: Connector, case: Case) -> list[Any]:
    """The canonical objects of a payload fixture, as expected.json holds them."""
    return [to_plain(each) for each in connector.canonical(case.payload_kind, case.body, case.ref)]


def require_located(connector: Connector, error: HuitouError) -> None:
    if isinstance(error, Permanent):
        assert error.connector == connector.info.key, "a refusal names its connector"
        assert error.path, f"a refusal names the path: {error}"


def replaced(value: Any, path: Sequence[str | int], new: Any) -> Any:
    if not path:
        return new
    head, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: replaced(item, rest, new) if name == head else item for name, item in value.items()}
    return [replaced(item, rest, new) if index == head else item for index, item in enumerate(value)]
