"""Taking an order in, in seconds: the import of the function that receives, and one order verified and read.

The other rows are ratios, which hold on any machine; these two are what somebody who waits would notice. Processor time.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.harness import ROUNDS, Line, Options, at_most
from benchmarks.mapping import mapped
from benchmarks.payloads import ACCOUNTS, MAKERS, body
from benchmarks.repeated import ORDERS
from benchmarks.rig import NOW, SECRET
from benchmarks.stubs import ENVIRON
from chalicelib.contract import RawRequest, Secrets
from connectors import registry

HERE = Path(__file__).resolve().parent.parent
CALLS = 200
TOPICS = {"shopify": "orders/paid", "woocommerce": "order.updated"}
# Platforms that push the whole order, and sign it with one secret of our choice.
WHOLE = ("shopify", "woocommerce", "generic")
SIZES = (2_000, 12_000)
MEASURED = "import time; began = time.process_time(); import app; print(time.process_time() - began)"


def measure_intake(_: Options) -> Iterator[Line]:
    """The import, then verifying and reading by platform, then reading alone over all platforms."""
    yield Line("import of the function that receives", median(_imported() for _round in range(ROUNDS)), " s", at_most(0.7))
    for key in WHOLE:
        for size in SIZES:
            act, length = taken_in(key, size)
            yield Line(f"{key}, {length / 1000:.1f} KB: verified, cut and read", _took(act) * 1_000, " ms", at_most(1))
    for size in SIZES:
        took = {key: _took(partial(mapped, registry.connector(key), body(key, size))) for key in sorted({*MAKERS, *ORDERS})}
        slowest = max(took, key=lambda key: took[key])
        what = f"read alone, {size / 1000:.0f} KB and up, slowest of {len(took)} platforms"
        yield Line(
            what, took[slowest] * 1_000, " ms", at_most(1), f"{slowest}; in the middle {median(took.values()) * 1_000:.2f} ms"
        )


def taken_in(key: str, size: int) -> tuple[Callable[[], object], int]:
    """What receiving and normalising do with one signed push: verify it, cut its events, map each. And the body's length."""
    given, one = body(key, size), registry.connector(key)
    pushes: Any = one
    account, topic = ACCOUNTS[key], TOPICS.get(key)
    secrets = Secrets({"webhook_secret": (SECRET if key != "generic" else "whsec_" + "c2VjcmV0IG9mIGEgYmVuY2htYXJrLg==",)})
    url = f"https://hooks.example.com/webhooks/{key}/{account.account}"
    headers = {f"x-{'wc-webhook' if key == 'woocommerce' else key}-topic": (topic,)} if topic else {}
    raw = RawRequest("POST", url, headers, (), given.data, None)
    signed = pushes.sign(raw, account, secrets, NOW)

    def act() -> list[object]:
        pushes.verify(signed, account, secrets, NOW)
        events = pushes.events(signed, given.ref)
        return [thing for event in events for thing in one.canonical(event.kind, event.payload, given.ref)]

    if not act():
        raise RuntimeError(f"{key}: nothing comes of the push")
    return act, len(given.data)


def _took(act: Callable[[], object]) -> float:
    """Seconds a call: the median of the rounds."""
    act()
    rounds = []
    for _round in range(ROUNDS):
        began = time.process_time()
        for _call in range(CALLS):
            act()
        rounds.append((time.process_time() - began) / CALLS)
    return median(rounds)


def _imported() -> float:
    """Seconds of a new process, its interpreter's own start left out."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], cwd=HERE, env={**os.environ, **ENVIRON}, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
