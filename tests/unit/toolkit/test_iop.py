"""The open platform of Lazada and AliExpress: signatures by printed vectors, and what its errors mean."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.errors import ConfigError, HuitouError, Permanent, Retriable
from chalicelib.toolkit.iop import Refusal, TokenAnswer, TokenRefused, joined, refusal, sign
from chalicelib.toolkit.loose import Odd

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("secret", "path", "params", "expected"),
    [
        (
            "helloworld",
            "/order/get",
            {
                "app_key": "123456",
                "access_token": "test",
                "timestamp": "1517820392000",
                "sign_method": "sha256",
                "order_id": "1234",
            },
            "4190D32361CFB9581350222F345CB77F3B19F0E31D162316848A2C1FFD5FAB4A",
        ),
        (
            "secret",
            "/test/api",
            {"foo": "1", "bar": "2", "foo_bar": "3", "foobar": "4"},
            "C9E42CE09BA9FE95ECCB17111AA4E3F41D1C82F000435219C75936A427D9C945",
        ),
        (
            "helloworld",
            "/auth/token/create",
            {
                "app_key": "123456",
                "code": "3_500102_JxZ05Ux3cnnSSUm6dCxYg6Q26",
                "sign_method": "sha256",
                "timestamp": "1517820392000",
            },
            "CCA1A050ED98960288B872455ACBC479189840218C8F552D5375C662086446C7",
        ),
        (
            "helloworld",
            "",
            {
                "app_key": "123456",
                "method": "aliexpress.solution.order.get",
                "param0": '{"page_size":20,"current_page":1}',
                "session": "test",
                "sign_method": "sha256",
                "timestamp": "1517820392000",
            },
            "E8CB10745B283CEAB4434F13E63C5B3F74F2173109EA134C1C3C9114777E9DB7",
        ),
    ],
)
def test_vectors(secret: str, path: str, params: dict[str, str], expected: str) -> None:
    assert sign(secret, path, params.items()) == expected


def test_empty_values_and_the_signature_are_left_out() -> None:
    assert joined([("b", "2"), ("sign", "x"), ("a", "1"), ("c", "")]) == "a1b2"


@pytest.mark.parametrize(
    ("code", "kind", "error", "reason"),
    [
        ("IllegalRefreshToken", "ISV", Permanent, "token-revoked"),
        ("ApiCallLimit", "ISV", Retriable, "platform-throttled"),
        ("IncompleteSignature", "ISV", ConfigError, "signature-refused"),
        ("ServiceTimeout", "ISP", Retriable, "platform-error"),
        ("AnythingElse", "SYSTEM", Retriable, "platform-error"),
        ("AnythingElse", "ISV", Permanent, "platform-refused"),
        ("OwnCode", "ISV", ConfigError, "own-reason"),
    ],
)
def test_errors(code: str, kind: str, error: type[HuitouError], reason: str) -> None:
    found = refusal("/order/get", code, kind, connector="lazada", hints={"OwnCode": "own-reason"})
    assert isinstance(found, error)
    assert (found.reason, found.connector) == (reason, "lazada")


def test_a_token_that_is_over_is_no_error_of_the_five() -> None:
    assert isinstance(refusal("/order/get", "IllegalAccessToken", "ISV", connector="lazada"), TokenRefused)


def test_code_zero_is_success() -> None:
    assert [Refusal(code).is_error for code in (None, "", "0", 0, "1", "X")] == [False] * 4 + [True] * 2


def test_lives_are_bounded() -> None:
    assert TokenAnswer("a", "10").expires_at(NOW) == NOW + timedelta(seconds=10)
    assert TokenAnswer("a", 10**15).expires_at(NOW) < NOW + timedelta(days=4 * 366)
    with pytest.raises(Odd):
        TokenAnswer("a", "soon").expires_at(NOW)
