"""Many threads may read a shape for the first time at once: a child process does, since what goes wrong is a crash."""

from __future__ import annotations

import signal
import subprocess
import sys

# The annotation of `Inner.number` takes its time to be evaluated, as any annotation may when another thread gets its turn:
# until it is done, the description that hangs on `Outer` has no type in that place.
STORY = """
import threading
import msgspec
from chalicelib.toolkit.decode import decoder

started, go_on = threading.Event(), threading.Event()

def slow():
    started.set()
    go_on.wait(5)
    return int

class Inner(msgspec.Struct):
    number: "slow()"

class Outer(msgspec.Struct):
    text: str
    inner: Inner

def build(kind):
    return {maker}

first = threading.Thread(target=lambda: build(Outer).decode(b'{{"text": "a", "inner": {{"number": 1}}}}'))
first.start()
started.wait(5)
found = []
again = lambda: found.append(build(Outer).decode(b'{{"text": "b", "inner": {{"number": 2}}}}').inner.number)
second = threading.Thread(target=again)
second.start()
second.join(0.2)
go_on.set()
first.join()
second.join()
print(found)
"""


def _run(maker: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", STORY.format(maker=maker)], capture_output=True, text=True, check=False)


def test_first_use_by_many_threads() -> None:
    ran = _run("decoder(kind)")
    assert (ran.returncode, ran.stdout) == (0, "[2]\n"), ran.stderr


def test_msgspec_alone_crashes() -> None:
    """The guard is needed: without it the second thread follows a null pointer. Passes no more? Then drop the lock."""
    assert _run("msgspec.json.Decoder(kind)").returncode == -signal.SIGSEGV
