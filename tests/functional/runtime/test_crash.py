"""kill -9 and signals, on real processes."""

from __future__ import annotations

import base64
import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ops.runtime.queue import open_queues

ROOT = Path(__file__).parents[3]

# Acknowledges once the body is queued; the consumer takes messages and never comes back.
SERVER = """
import sys, threading
from datetime import timedelta
from pathlib import Path
from ops.runtime.queue import open_queues
from ops.runtime.runtime import Lane, Runtime, Wiring

folder = Path(sys.argv[1])
queues = open_queues(folder / "queues.sqlite3", visibility=timedelta(hours=1))

def http(event, _):
    queues.inbound.send([event["body"]])
    return {"statusCode": 200, "body": "ok"}

def normalise(event, context):
    threading.Event().wait(600 if sys.argv[2] == "stuck" else 0)

handlers = {"http": http, "normalise": normalise}
wiring = Wiring(handlers, {"/in": ["POST"]}, lanes=(Lane(queues.inbound),), data_dir=folder)
Runtime(wiring).run_forever(lambda runtime: print(runtime.url, flush=True))
print("stopped", threading.active_count(), flush=True)
"""


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def serve(started: list[subprocess.Popen[str]], folder: Path, mode: str) -> tuple[subprocess.Popen[str], str]:
    """A runtime in a process of its own, and its URL."""
    command = [sys.executable, "-c", SERVER, str(folder), mode]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT)
    started.append(process)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


@pytest.mark.fault(19)
def test_kill_9_between_acknowledgement_and_normalise_loses_nothing(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    """Sixteen senders at full speed, some messages in flight: what was answered 200 is on the queue after the kill."""
    process, url = serve(started, tmp_path, "stuck")
    acknowledged: set[str] = set()
    enough = threading.Event()

    def send(sender: int) -> None:
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        for number in range(10_000):
            body = f"{sender}-{number}"
            try:
                connection.request("POST", "/in", body)
                if connection.getresponse().read() == b"ok":
                    acknowledged.add(body)
            except (OSError, http.client.HTTPException):
                return
            if len(acknowledged) > 300:
                enough.set()

    senders = [threading.Thread(target=send, args=(sender,)) for sender in range(16)]
    for thread in senders:
        thread.start()
    assert enough.wait(60)
    process.kill()
    for thread in senders:
        thread.join()
    assert process.wait() == -signal.SIGKILL

    queues = open_queues(tmp_path / "queues.sqlite3", visibility=timedelta(hours=1))
    assert queues.inbound.depth().in_flight > 0
    queues.inbound.release_in_flight()
    found: set[str] = set()
    while messages := queues.inbound.receive():
        found |= {message.body for message in messages}
    queues.close()
    assert len(acknowledged) > 300
    assert acknowledged <= {base64.b64decode(body).decode() for body in found}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(tmp_path: Path, started: list[subprocess.Popen[str]], number: signal.Signals) -> None:
    process, url = serve(started, tmp_path, "quick")
    idle = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    idle.request("POST", "/in", b"a")
    assert idle.getresponse().read() == b"ok"
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    idle.close()

    assert (process.returncode, out) == (0, "stopped 1\n")


def test_a_start_after_a_crash_takes_up_what_was_in_flight(tmp_path: Path, started: list[subprocess.Popen[str]]) -> None:
    process, url = serve(started, tmp_path, "stuck")
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("POST", "/in", b"a")
    assert connection.getresponse().read() == b"ok"
    connection.close()
    queues = open_queues(tmp_path / "queues.sqlite3")
    seen = queues.inbound.changes
    while queues.inbound.depth().in_flight == 0:
        queues.inbound.wait(seen, 0.01)
    process.kill()
    process.wait()

    again, _ = serve(started, tmp_path, "quick")
    while queues.inbound.depth().total:
        queues.inbound.wait(seen, 0.01)
    queues.close()
    again.send_signal(signal.SIGTERM)
    assert again.wait(60) == 0
