"""What the demo's rehearsal plays on: the whole of Huitou on this machine, the simulated platforms, a real SMTP server."""

from __future__ import annotations

import gc
import hashlib
import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message as Envelope
from typing import Any
from urllib.request import Request, urlopen

from aiosmtpd.controller import Controller

from chalicelib import bootstrap
from chalicelib.adapters.smtp import SmtpChannel, SmtpServer
from chalicelib.bootstrap import Application
from chalicelib.campaign_report import CampaignReport
from chalicelib.config import Config, parse
from chalicelib.domain.sla import Figures
from chalicelib.domain.wording import Rendered
from ops.installation import Given, application, runtime
from ops.local import LocalKms, MemoryArchive, MemorySecrets, TallyCounters, moto
from ops.rehearsal_config import toml
from ops.runtime.queue import LocalQueues, open_queues
from ops.runtime.runtime import Runtime
from ops.simulator import texts, traffic
from ops.simulator.api.kit import QuickClock, SimClock
from ops.simulator.model import World
from ops.simulator.player import Player, Tally
from ops.simulator.registry import platform
from ops.simulator.servers import Platforms, SimulatedHttp

SETTLE_SECONDS = 180
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """What became of a platform's reviews: how many were written, answered at once, with one yes, with two; its deadlines."""

    platform: str
    written: int
    at_once: int
    by_one: int
    by_two: int
    deadlines: Figures


@dataclass
class Outcome:
    """What happened, and every disagreement with the oracle.

    `people`: members, of whom `joined` have several buyers. `segments`: name, members, net in minor units of the merchant's
    currency. `planted`: what the world knows of the campaign's effect, as a share of those drawn. `mails`: one to a member for
    each language. `voided`: answers that were agreed to and not said, since their reviews were changed.
    """

    history: Tally = field(default_factory=Tally)
    day: Tally = field(default_factory=Tally)
    dropped: int = 0
    pulled: int = 0
    orders: int = 0
    days: int = 0
    drawn: int = 0
    people: int = 0
    joined: int = 0
    segments: list[tuple[str, int, int]] = field(default_factory=list)
    report: CampaignReport | None = None
    planted: float = 0.0
    reviews: list[ReviewLine] = field(default_factory=list)
    voided: int = 0
    mails: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, Rendered] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)
    digest: Envelope | None = None
    digest_raw: bytes = b""
    counters: TallyCounters = field(default_factory=TallyCounters)


class Inbox:
    """What the SMTP server took in."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: ARG002  # aiosmtpd's names
        """Keep the message."""
        self.mails.append(bytes(envelope.original_content or envelope.content))
        return "250 kept"


@dataclass
class Stage:
    """Everything the rehearsal plays on."""

    world: World
    clock: SimClock
    config: Config
    app: Application
    runtime: Runtime
    queues: LocalQueues
    platforms: Platforms
    inbox: Inbox
    counters: TallyCounters

    @property
    def texts(self) -> texts.TextMessages:
        """Aliyun."""
        found = self.platforms.apis[texts.KEY]
        if not isinstance(found, texts.TextMessages):
            raise TypeError("Aliyun is somebody else")
        return found

    def feed(self, platform: str, body: bytes) -> None:
        """A platform writes a record into its queue."""
        self.queues.feeds[platform].send([body.decode()])

    def play(self, stream: Sequence[traffic.Sent], tally: Tally, progress: Callable[[int], None] = lambda _: None) -> None:
        """Post a stream over one connection and add what became of it to `tally`."""
        clock, public = self.clock, self.config.base_url
        player = Player(
            self.world, self.runtime.url, now=clock.now, advance=clock.advance, public=public, feed=self.feed, connections=1
        )
        before = tally.sent
        part = player.play(stream, lambda count: progress(before + count))
        tally.accepted += part.accepted
        tally.refused += part.refused
        tally.wrong += part.wrong
        tally.attempts += part.attempts

    def send(self) -> None:
        """What is due goes through the gate, once everything under way has come to its end."""
        self.settle()
        while self.app.deliver.run():
            pass
        body = self.texts.reports()
        if body:
            secret = texts.secrets(self.world.seed)["url_secret"][0]
            url = f"{self.runtime.url}/webhooks/{texts.KEY}/{texts.ACCOUNT}/{secret}"
            with urlopen(Request(url, body, {"content-type": "application/json"}), timeout=30) as answer:  # noqa: S310 (this machine)
                answer.read()

    def settle(self) -> None:
        """Let everything under way come to its end, and note that the projector has."""
        self.runtime.settle(SETTLE_SECONDS)
        self.runtime.fire("tick")
        self.runtime.settle(SETTLE_SECONDS)


@contextmanager
def stage(world: World) -> Iterator[Stage]:
    """The whole of Huitou over moto, the simulated platforms and a real SMTP server, started; torn down at the end."""
    inbox = Inbox()
    smtp = Controller(inbox, hostname="127.0.0.1", port=_free_port())
    # moto keeps every item and stream record as objects: walking them over and over costs more than it frees.
    collector = gc.get_threshold()
    gc.set_threshold(200_000, *collector[1:])
    with moto(wire=False) as engine:
        smtp.start()
        clock = SimClock(world.opening)
        config = parse(toml(world))
        counters = TallyCounters()
        queues = open_queues(feeds=[shop.platform for shop in world.shops if platform(shop.platform).wire.feed])
        platforms = Platforms(world, clock, text_messages=True)
        # A day passes in a minute: between signing a call and its arrival the simulated clock may move by an hour.
        limits = QuickClock(world.opening)
        for api in platforms.apis.values():
            api.skew_seconds = 86_400
            api.limits = limits.now
        given = Given(
            config=lambda: config,
            secrets=MemorySecrets(_secrets(world)),
            clock=clock,
            counters=counters,
            archive=MemoryArchive(),
            kms=WorldKms(world.seed),
            http=lambda _info: SimulatedHttp(platforms),
            channel=lambda: SmtpChannel(SmtpServer("127.0.0.1", smtp.port, starttls=False), clock=clock.now),
            limits=limits,
        )
        app = application(engine, queues, given)
        running = runtime(app, engine, queues, workers=(1, 1))
        try:
            with running:
                yield Stage(world, clock, config, app, running, queues, platforms, inbox, counters)
        finally:
            gc.set_threshold(*collector)
            smtp.stop()
            queues.close()
            bootstrap.install(None)


class WorldKms(LocalKms):
    """KMS whose key of look-ups the seed gives: one world, one set of names, and so the same arms in every run."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def generate_data_key(self, *, KeyId: str, KeySpec: str, EncryptionContext: Mapping[str, str]) -> dict[str, bytes]:
        """See KMS."""
        if EncryptionContext.get("subject") != "lookup":
            return super().generate_data_key(KeyId=KeyId, KeySpec=KeySpec, EncryptionContext=EncryptionContext)
        plain = hashlib.sha256(f"{self._seed} {json.dumps(dict(EncryptionContext), sort_keys=True)}".encode()).digest()
        return {"Plaintext": plain, "CiphertextBlob": self.wrap(plain, EncryptionContext)}


def _secrets(world: World) -> dict[tuple[str, str], Mapping[str, tuple[str, ...]]]:
    shops = {(shop.platform, shop.account): traffic.secrets_of(world, shop.platform).values for shop in world.shops}
    return {**shops, (texts.KEY, texts.ACCOUNT): texts.secrets(world.seed)}


def _free_port() -> int:
    """A port that is free now; the SMTP server wants to know its own beforehand."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
