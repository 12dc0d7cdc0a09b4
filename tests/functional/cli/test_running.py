"""`huitou up` as a process of its own: commands beside it, Ctrl-C, and kill -9 between acknowledgement and normalise."""

from __future__ import annotations

import base64
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
BODY = (ROOT / "tests" / "fixtures" / "shopify" / "order-sample" / "body.json").read_bytes()
ORDER = "shopify/acme/820982911946154508"
SECRET = "a secret of the tests"
PATIENCE = 60


def huitou(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*arguments), cwd=folder, env=_env(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from ops.cli import main; main()", *arguments]


def _env() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"PYTHONPATH": str(ROOT), "HUITOU_SMTP_HOST": "", "COLUMNS": "200"}


@contextmanager
def running(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`huitou up` on a free port, reachable; killed at the end if it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = (folder / "up.log").open("ab")
    process = subprocess.Popen(_command("up", "--port", str(port), *arguments), cwd=folder, env=_env(), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _await(lambda: _healthy(url), process, folder)
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz") as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _await(ready: Any, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait for a state. The limit only ends a hang."""
    end = time.monotonic() + PATIENCE
    while not ready():
        assert process.poll() is None, (folder / "up.log").read_text()
        assert time.monotonic() < end, (folder / "up.log").read_text()
        time.sleep(0.1)


def push(url: str, body: bytes = BODY, secret: str = SECRET) -> int:
    signature = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    headers = {
        "Content-Type": "application/json",
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "acme.myshopify.com",
        "X-Shopify-Webhook-Id": "w-1",
        "X-Shopify-API-Version": "2026-07",
        "X-Shopify-Hmac-Sha256": signature,
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/webhooks/shopify/acme", body, headers)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    kept = tmp_path / "given"
    kept.write_text(SECRET)
    added = huitou(tmp_path, "accounts", "add", "shopify", "acme", "--secret", f"webhook_secret=@{kept}")
    assert added.returncode == 0, added.stderr
    return tmp_path


def test_a_command_beside_it_sees_the_order(shop: Path) -> None:
    with running(shop) as (process, url):
        assert push(url) == 200
        assert push(url, secret="another") == 401
        _await(lambda: huitou(shop, "orders", "show", ORDER).returncode == 0, process, shop)
        shown = huitou(shop, "orders", "show", ORDER, "--json", "--history")
        replayed = huitou(shop, "replay", ORDER)
        unknown = huitou(shop, "orders", "show", "shopify/acme/1")
        process.send_signal(signal.SIGINT)

        assert process.wait(PATIENCE) == 0
    order = json.loads(shown.stdout)
    assert order["amounts"]["total"] == 38800
    assert [row["effect"] for row in order["history"]] == ["applied"]
    assert replayed.returncode == 0
    assert unknown.returncode == 1
    assert "order-unknown" in unknown.stderr


def test_without_a_runtime_a_command_says_so(shop: Path) -> None:
    shown = huitou(shop, "orders", "show", ORDER)

    assert shown.returncode == 1
    assert "huitou up" in shown.stderr


@pytest.mark.dynamodb_local
def test_kill_9_after_the_acknowledgement_loses_nothing(shop: Path, dynamodb_local_engine: object) -> None:
    """Ten orders are acknowledged and the process is killed at once, wherever their envelopes are just then."""
    queue = shop / ".huitou" / "queues.db"
    with running(shop, "--store", "dynamodb-local") as (process, url):
        numbers = range(1, 11)
        answers = [push(url, BODY.replace(b"820982911946154508", str(number).encode())) for number in numbers]
        process.kill()
        process.wait()
    assert answers == [200] * 10
    assert queue.exists()
    with running(shop, "--store", "dynamodb-local") as (process, _):
        for number in numbers:
            key = f"shopify/acme/{number}"
            _await(lambda key=key: huitou(shop, "orders", "show", key).returncode == 0, process, shop)
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE) == 0
