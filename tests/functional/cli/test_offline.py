"""Commands that need no installation, in process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chalicelib.errors import HuitouError
from connectors import registry
from ops.cli import app

FIXTURES = Path(__file__).parents[2] / "fixtures"
VECTOR = b'{"foo": "bar"}'  # the platform's own published vector: secret, body, signature
SIGNATURE = "B23tXN681gZ0qIWNRrgtzBE9XSDo5yaUu6wfmhu3a7g="


def run(*arguments: str) -> Result:
    """Run a command; an error of ours stays in `exception`, where `main` would print it and exit 1."""
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def vector(tmp_path: Path) -> tuple[str, str]:
    body, headers = tmp_path / "body", tmp_path / "headers.json"
    body.write_bytes(VECTOR)
    headers.write_text(
        json.dumps(
            {
                "X-Shopify-Hmac-Sha256": SIGNATURE,
                "X-Shopify-Topic": "products/create",
                "X-Shopify-Shop-Domain": "shop1.myshopify.io",
                "X-Shopify-Webhook-Id": "123456789",
            }
        )
    )
    return str(body), str(headers)


def test_verify_accepts_the_published_vector(vector: tuple[str, str]) -> None:
    body, headers = vector
    result = run("verify", "shopify", "--body", body, "--headers", headers, "--secret", "webhook_secret=test_secret_key", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["topic"] == "products/create"


def test_verify_takes_a_second_live_secret(vector: tuple[str, str]) -> None:
    body, headers = vector
    secrets = ["--secret", "webhook_secret=new", "--secret", "webhook_secret=test_secret_key"]
    result = run("verify", "shopify", "--body", body, "--headers", headers, *secrets)

    assert result.exit_code == 0


def test_verify_refuses_a_changed_body(vector: tuple[str, str]) -> None:
    body, headers = vector
    Path(body).write_bytes(VECTOR.replace(b"bar", b"baz"))
    result = run("verify", "shopify", "--body", body, "--headers", headers, "--secret", "webhook_secret=test_secret_key")

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == "signature-mismatch"


def test_verify_without_a_secret_fails_closed(vector: tuple[str, str]) -> None:
    body, headers = vector
    result = run("verify", "shopify", "--body", body, "--headers", headers)

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == "secret-missing"


def test_verify_takes_the_printed_check_of_an_address(tmp_path: Path) -> None:
    """Weibo prints its vector as a URL without a path; all that is signed stands in its query."""
    empty = tmp_path / "body"
    empty.write_bytes(b"")
    signed = "nonce=57155157&timestamp=1397022061823&echostr=dnPdpTZz85&signature=90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"
    told = ("--method", "GET", "--body", str(empty), "--secret", "app_secret=xyz123xyz", "--at", "2014-04-09T05:41:02Z")

    assert run("verify", "weibo", *told, "--url", f"http://yoururl?{signed}").exit_code == 0
    assert run("verify", "weibo", *told, "--url", f"http://yoururl?{signed.replace('157&', '158&')}").exit_code == 1


def test_verify_opens_an_encrypted_push() -> None:
    body = str(FIXTURES / "kuaishou" / "push-vector" / "body.txt")
    application = ("--secret", "app_key=ks669064233797003102")

    assert (
        run("verify", "kuaishou", "--body", body, *application, "--secret", "message_key=AAECAwQFBgcICQoLDA0ODw==").exit_code == 0
    )
    assert (
        run("verify", "kuaishou", "--body", body, *application, "--secret", "message_key=AQIDBAUGBwgJCgsMDQ4PEA==").exit_code == 1
    )


def test_wrong_usage_is_two(vector: tuple[str, str]) -> None:
    body, _ = vector
    assert run("verify", "shopify").exit_code == 2
    assert run("verify", "shopify", "--body", body, "--secret", "no equals sign").exit_code == 2
    assert run("normalise", "shopify", "parcel", body).exit_code == 2


def test_an_unknown_platform_is_refused(vector: tuple[str, str]) -> None:
    body, _ = vector
    result = run("normalise", "nosuch", "order", body)

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == "platform-unknown"


def test_normalise_prints_the_canonical_order() -> None:
    result = run("normalise", "shopify", "order", str(FIXTURES / "shopify" / "order-sample" / "body.json"), "--json")

    assert result.exit_code == 0
    order = json.loads(result.stdout)
    assert order["order_id"] == "820982911946154508"
    assert order["amounts"]["total"] == 38800
    assert order["platform"] == "shopify"


@pytest.mark.parametrize(
    ("platform", "kind", "case", "field"),
    [
        ("ebay", "review", "review-feedback", "review_id"),
        ("lazada", "review", "review", "review_id"),
        ("meta", "message", "message-whatsapp", "message_id"),
        ("meta", "spend", "spend-report", "campaign_id"),
    ],
)
def test_normalise_prints_what_is_no_order(platform: str, kind: str, case: str, field: str) -> None:
    path = str(FIXTURES / platform / case / "body.json")
    result = run("normalise", platform, kind, path, "--json")

    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert (told[0] if isinstance(told, list) else told)[field]
    assert run("normalise", platform, kind, path).exit_code == 0


def test_normalise_says_what_a_platform_has_not() -> None:
    result = run("normalise", "douyin", "review", str(FIXTURES / "douyin" / "order-list" / "body.json"))

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.reason == "not-supported"


def test_normalise_names_the_field_that_cannot_be_read(tmp_path: Path) -> None:
    broken = tmp_path / "order.json"
    raw = json.loads((FIXTURES / "shopify" / "order-sample" / "body.json").read_text())
    raw["total_price"] = "12,50"
    broken.write_text(json.dumps(raw))
    result = run("normalise", "shopify", "order", str(broken), "--json")

    assert result.exit_code == 1
    assert isinstance(result.exception, HuitouError)
    assert result.exception.connector == "shopify"
    assert "total_price" in str(result.exception.path)


def test_normalise_lists_events(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text(
        json.dumps(
            [
                {
                    "tag": "101",
                    "msg_id": "m1",
                    "data": json.dumps({"p_id": 4805961163201956922, "s_ids": [4805961163201956922], "shop_id": 95250}),
                }
            ]
        )
    )
    result = run("normalise", "douyin", "event", str(body), "--json")

    assert result.exit_code == 0
    (event,) = json.loads(result.stdout)
    assert set(event) == {"delivery_id", "topic", "kind", "resource_id", "occurred_at", "thin"}
    assert event["resource_id"] == "4805961163201956922"
    assert event["thin"] is True


def test_normalise_lists_the_events_of_a_queues_record() -> None:
    """Also of a platform without webhooks; verifying one of its bodies is still refused."""
    record = "tests/fixtures/amazon/feed-order-change/body.json"

    (event,) = json.loads(run("normalise", "amazon", "event", record, "--json").stdout)

    assert (event["topic"], event["resource_id"], event["thin"]) == ("ORDER_CHANGE", "114-1234567-8901234", True)
    assert run("verify", "amazon", "--body", record).exit_code == 1


def test_doctor_names_every_connector() -> None:
    result = run("doctor")

    assert result.exit_code == 0
    assert "Python" in result.stdout
    assert f"{len(registry.KEYS)}/{len(registry.KEYS)}" in result.stdout


def test_every_command_has_help() -> None:
    listed = run("--help").stdout
    for command in (
        "up",
        "demo",
        "verify",
        "normalise",
        "accounts",
        "orders",
        "pull",
        "replay",
        "digest",
        "winback",
        "simulate",
        "doctor",
    ):
        assert command in listed
        assert run(command, "--help").exit_code == 0
