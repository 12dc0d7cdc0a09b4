"""The whole of AWS that Huitou uses for compute, on one machine: gateway, queue, stream and schedule pumps around handlers.

It is given callables and knows nothing of what they do.
"""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from ops.runtime.gateway import Gateway
from ops.runtime.invoke import Function, Handler
from ops.runtime.positions import Positions
from ops.runtime.pumps import QueuePump, Schedule, SchedulePump
from ops.runtime.queue import MAX_BATCH, LocalQueue, utc_now
from ops.runtime.streams import Destination, Faults, Reader, StreamPump

logger = logging.getLogger(__name__)

HTTP_LIMIT_SECONDS = 29
_LOOK_SECONDS = 0.05


class NotSettled(RuntimeError):
    """Work was still under way when the time was over; the message says where."""


class AlreadyRunning(RuntimeError):
    """Another runtime works on this data directory."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A queue, how many workers serve it, and the name of the handler. `awaited`: `settle` waits for what is delayed there.

    `gives_way_to`: see QueuePump.
    """

    queue: LocalQueue
    workers: int = 2
    handler: str = "normalise"
    awaited: bool = True
    batch_size: int = MAX_BATCH
    gives_way_to: LocalQueue | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """The table's stream and its readers; each reader's name is its handler's name. `on_failure` gets notices of lost causes."""

    client: Any
    arn: str
    readers: Sequence[Reader] = (Reader("project"), Reader("trigger"))
    faults: Faults | None = None
    on_failure: Destination | None = None


@dataclass(frozen=True, slots=True)
class Wiring:
    """Everything the runtime is made of.

    `handlers` by name: `http`, those of the lanes (`normalise`, `feed`), of the stream's readers (`project`, `trigger`) and of the
    schedules. `routes`: Chalice's `app.routes`; `apart`: resources that another handler serves, by its name.
    `timeouts`: seconds by handler name, 60 where not named (`http`: 29).
    `data_dir`: keeps stream positions and a lock against a second runtime; None: nothing is kept.
    """

    handlers: Mapping[str, Handler]
    routes: Mapping[str, Iterable[str]]
    apart: Mapping[str, str] = field(default_factory=dict)
    lanes: Sequence[Lane] = ()
    stream: Stream | None = None
    schedules: Sequence[Schedule] = ()
    host: str = "127.0.0.1"
    port: int = 0
    stage: str = ""
    timeouts: Mapping[str, int] = field(default_factory=dict)
    retry_after: timedelta = timedelta(seconds=1)
    data_dir: Path | None = None
    now: Callable[[], datetime] = utc_now


class Runtime:
    """Builds the pumps from a wiring; nothing runs before `start`. Use as a context manager, or start and stop.

    Not started, it can be driven by hand: `gateway.serve`, each pump's `poll`, `settle`.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._started = False
        self._lock_file: IO[bytes] | None = None
        self.gateway = Gateway(
            self._function("http"),
            wiring.routes,
            host=wiring.host,
            port=wiring.port,
            stage=wiring.stage,
            now=wiring.now,
            after_request=self._wake_streams,
            apart={resource: self._function(name) for resource, name in wiring.apart.items()},
        )
        self.queue_pumps = [self._queue_pump(lane) for lane in wiring.lanes]
        self.schedule_pumps = [self._schedule_pump(schedule) for schedule in wiring.schedules]
        self.stream_pumps = (
            [] if wiring.stream is None else [self._stream_pump(wiring.stream, one) for one in wiring.stream.readers]
        )

    @property
    def url(self) -> str:
        """The base URL, stage included, without a trailing slash; RuntimeError when not started."""
        return self.gateway.url

    def start(self) -> Runtime:
        """Start everything. AlreadyRunning when the data directory is in use, OSError when the port is taken."""
        self._lock()
        self._started = True
        try:
            for lane in self._wiring.lanes:
                # The lock says that no consumer is left, so what a crashed one held need not wait for its time-out.
                if self._lock_file is not None:
                    lane.queue.release_in_flight()
            self.gateway.start()
            for pump in self._pumps():
                pump.workers.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Refuse new requests, let every handler under way finish, end every thread, close every socket."""
        self._started = False
        self.gateway.stop()
        for pump in self._pumps():
            pump.workers.ask_to_stop()
        for pump in self._pumps():
            pump.workers.stop()
        self._unlock()

    def __enter__(self) -> Runtime:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run_forever(self, on_started: Callable[[Runtime], None] = lambda _: None) -> None:
        """Start, run until SIGINT or SIGTERM, stop. Call it in the main thread; earlier signal handlers are put back."""
        ending = threading.Event()
        before = {one: signal.signal(one, lambda *_: ending.set()) for one in (signal.SIGINT, signal.SIGTERM)}
        try:
            self.start()
            on_started(self)
            ending.wait()
        finally:
            # Put back first: a second Ctrl-C then interrupts a stop that waits for a slow handler.
            for one, handler in before.items():
                signal.signal(one, handler)
            self.stop()

    def settle(self, timeout_seconds: float = 60) -> None:
        """Wait until the queues are empty, both stream readers have caught up and nothing is in flight.

        Not started, it does the work itself, in this thread. Schedules are not waited for, only calls under way. Raises
        NotSettled with what is left when the time is over.
        """
        deadline = time.monotonic() + timeout_seconds
        settled = self._watch_pass if self._started else self._work_pass
        while not settled(deadline):
            if time.monotonic() > deadline:
                raise NotSettled(f"not settled after {timeout_seconds:g} s: {self.status()}")
            time.sleep(_LOOK_SECONDS)

    def run_due(self, now: datetime) -> list[str]:
        """Call the schedules that are due at `now`; their names. For driving by hand."""
        return [pump.schedule.name for pump in self.schedule_pumps if pump.run_due(now)]

    def fire(self, schedule: str, now: datetime | None = None) -> None:
        """Call one schedule's handler at once. KeyError when there is none of this name; raises what the handler raised."""
        result = {pump.schedule.name: pump for pump in self.schedule_pumps}[schedule].fire(now)
        if result.error is not None:
            raise result.error

    def status(self) -> str:
        """Where work is, in one line for people."""
        parts = [f"gateway: {self.gateway.in_flight} in flight", *(pump.status() for pump in self._pumps())]
        parts += [pump.workers.last_error for pump in self._pumps() if pump.workers.last_error is not None]
        return "; ".join(parts)

    def _pumps(self) -> list[QueuePump | StreamPump | SchedulePump]:
        return [*self.queue_pumps, *self.stream_pumps, *self.schedule_pumps]

    def _work_pass(self, _: float) -> bool:
        """One pass of work by hand; whether there was none and none is left."""
        moved = sum(pump.poll() for pump in self.queue_pumps) + sum(pump.poll() for pump in self.stream_pumps)
        return moved == 0 and self._nothing_in_flight()

    def _watch_pass(self, deadline: float) -> bool:
        """Whether a whole round of every stream reader, begun while nothing else was at work, found nothing.

        A handler may feed the queue from the stream, so activity in between means another look.
        """
        before = self._activity()
        if not self._nothing_in_flight():
            return False
        rounds = [(pump, pump.rounds_started + 1) for pump in self.stream_pumps]
        for pump, number in rounds:
            while pump.rounds_done < number:
                if time.monotonic() > deadline:
                    return False
                pump.wake()
                time.sleep(_LOOK_SECONDS)
        quiet = all(pump.quiet_since(number) for pump, number in rounds)
        return quiet and self._nothing_in_flight() and self._activity() == before

    def _nothing_in_flight(self) -> bool:
        called = all(pump.idle() for pump in self.schedule_pumps)
        return called and self.gateway.in_flight == 0 and all(pump.idle() for pump in self.queue_pumps)

    def _activity(self) -> int:
        return self.gateway.served + sum(pump.activity for pump in self._pumps())

    def _wake_streams(self) -> None:
        for pump in self.stream_pumps:
            pump.wake()

    def _function(self, name: str) -> Function:
        handler = self._wiring.handlers.get(name)
        if handler is None:
            raise ValueError(f"the wiring has no handler named {name}")
        standard = HTTP_LIMIT_SECONDS if name == "http" else 60
        return Function(name, handler, self._wiring.timeouts.get(name, standard))

    def _queue_pump(self, lane: Lane) -> QueuePump:
        return QueuePump(
            lane.queue,
            self._function(lane.handler),
            workers=lane.workers,
            retry_after=self._wiring.retry_after,
            after_batch=self._wake_streams,
            awaited=lane.awaited,
            batch_size=lane.batch_size,
            gives_way_to=lane.gives_way_to,
        )

    def _stream_pump(self, stream: Stream, reader: Reader) -> StreamPump:
        folder = self._wiring.data_dir
        path = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"stream-{reader.name}.json"
        return StreamPump(
            stream.client,
            stream.arn,
            reader,
            self._function(reader.name),
            positions=Positions(stream.arn, path),
            faults=stream.faults,
            on_failure=stream.on_failure,
            after_batch=self._wake_streams,
        )

    def _schedule_pump(self, schedule: Schedule) -> SchedulePump:
        function = self._function(schedule.handler_name)
        return SchedulePump(schedule, function, now=self._wiring.now, after_run=self._wake_streams)

    def _lock(self) -> None:
        """One runtime per data directory; the kernel drops the lock however the process ends."""
        folder = self._wiring.data_dir
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        lock_file = (folder / "runtime.lock").open("ab")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock_file.close()
            raise AlreadyRunning(f"another runtime works in {folder}") from error
        self._lock_file = lock_file

    def _unlock(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None
