"""Authenticity: what was changed, is old, was sent again, or belongs to somebody else."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.config import AccountConfig
from chalicelib.contract import Account, RawRequest, Secrets, Verified
from chalicelib.domain.merge import merge
from chalicelib.domain.record import OrderKey
from chalicelib.envelope import Envelope, decode, from_text, unpack_request
from chalicelib.errors import Permanent, Rejected
from chalicelib.pipeline import normalise
from chalicelib.pipeline.normalise import Normalise
from chalicelib.pipeline.receive import Receive
from chalicelib.toolkit import wechat_aes
from chalicelib.toolkit.aes import open_base64
from connectors.registry import connector
from connectors.weibo import push as weibo
from ops.local import moto
from tests.functional.exactness.world import erp, shop
from tests.functional.hostile.edge import genuine_cases, known_secrets, receiving
from tests.functional.stack import Stack
from tests.kit import conformance as kit
from tests.kit.authenticity import SMALL, signature_headers, without_effect
from tests.kit.cases import Case
from tests.kit.common import other_secret, pushes, refused, verify
from tests.kit.faults import Told
from tests.kit.inside import is_inside

SIGNED = [key for key in receiving() if connector(key).info.push_trust == "signed"]


# --- 2: the body and the signature itself are flipped in tests/conformance ----------------------------------------------------


def flips(text: str) -> Iterator[str]:
    """The text with one character after the other changed."""
    for at, held in enumerate(text):
        yield text[:at] + chr(ord(held) ^ 1) + text[at + 1 :]


def signed_beside(key: str, case: Case) -> Iterator[RawRequest]:
    """The push with one character changed of each header and parameter that its signature covers."""
    request, sut = case.request, pushes(connector(key))

    def covered(changed: RawRequest) -> bool:
        """Whether the platform itself would sign it otherwise."""
        names = signature_headers(connector(key), case)
        one, two = (sut.sign(each, case.account, case.secrets, case.now) for each in (request, changed))
        return any(one.headers.get(name) != two.headers.get(name) for name in names)

    for name, (value, *_) in request.headers.items():
        if name in connector(key).info.push_headers and name not in signature_headers(connector(key), case):
            each = [replace(request, headers={**request.headers, name: (text,)}) for text in flips(value)]
            yield from each if covered(each[0]) else ()
    for at, (name, value) in enumerate(request.query):
        for text in flips(value):
            pair = (name, text)
            changed = replace(request, query=(*request.query[:at], pair, *request.query[at + 1 :]))
            if is_inside(case) or covered(changed):
                yield changed


@pytest.mark.fault(2)
@pytest.mark.parametrize("key", SIGNED)
def test_02_a_signed_header_or_parameter_with_one_character_changed(key: str, fault: Told) -> None:
    for case in genuine_cases(key):
        assert len(case.body) <= SMALL, "tests/conformance flips every byte of it"
        for changed in signed_beside(key, case):
            without_effect(connector(key), case, changed, "a signed header or parameter")
    fault.figure("every byte of every body, character of every signature, signed header and parameter: 0 believed")


@pytest.mark.fault(2, saboteur=True)
def test_02_saboteur_a_time_that_is_not_signed() -> None:
    case = next(case for case in genuine_cases("generic"))
    changed = list(signed_beside("generic", case))
    assert changed, "id and time are signed"
    with patch("connectors.generic.standard._content", lambda _id, _stamp, body: body):
        signed = replace(case.request, headers=dict(pushes(connector("generic")).sign(*_of(case)).headers))
        sabotaged = replace(case, headers=signed.headers)
        moved = replace(signed, headers={**signed.headers, "webhook-id": ("msg_another",)})
        with pytest.raises(AssertionError, match="accepted"):
            refused(connector("generic"), sabotaged, moved, "another id")


def _of(case: Case) -> tuple[RawRequest, Account, Secrets, datetime]:
    return case.request, case.account, case.secrets, case.now


# --- 5, 7 -------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(5)
def test_05_a_captured_request_a_thousand_times_again_is_one_write(quick: Any, fault: Told) -> None:
    stack, again = Stack(quick), 1000
    request = captured(stack)
    statuses = {stack.app.receive.handle("generic", "erp", request).status for _ in range(1 + again)}
    assert statuses == {200}
    stack.normalise()
    assert stack.app.orders.read(OrderKey("demo", "generic", "erp", "R1")).version == 1
    assert stack.counters.total("duplicate") == again
    fault.figure(f"{again:,} again, each answered 2xx: 1 order write")


@pytest.mark.fault(7)
def test_07_under_fresh_ids_and_times_that_nobody_signed(quick: Any, fault: Told) -> None:
    stack, again = Stack(quick), 100
    for number in range(1 + again):
        assert push_again(stack, number) == 200
    stack.settle()
    assert stack.app.orders.read(OrderKey("demo", "shopify", "acme", "501")).version == 1
    assert (stack.channel.mails, len({decode(body).digest for body in stack.inbound.bodies})) == ([], 0)
    stack.app.trigger.sweep()
    stack.app.deliver.run()
    assert stack.channel.mails == []
    fault.figure(f"{again} again under other ids, topics' times and numbers of tries: 1 write, 0 messages")


@pytest.mark.fault(5, saboteur=True)
@pytest.mark.fault(7, saboteur=True)
def test_05_saboteur_an_order_that_is_written_whatever_it_was(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = Stack(quick)
    real, merged, count = Normalise._tellings, merge, iter(range(100))

    def tellings(*told: Any) -> Any:
        return [replace(each, digest=f"{next(count)}") for each in real(*told)]

    monkeypatch.setattr(Normalise, "_tellings", tellings)
    monkeypatch.setattr(normalise, "contains", lambda *_: False)
    monkeypatch.setattr(normalise, "merge", lambda held, told: _News(merged(held, told)))
    request = captured(stack)
    for number in range(3):
        stack.app.receive.handle("generic", "erp", request)
        push_again(stack, number)
    stack.normalise()
    found = OrderKey("demo", "generic", "erp", "R1"), OrderKey("demo", "shopify", "acme", "501")
    assert [stack.app.orders.read(key).version for key in found] == [3, 3]


class _News(dict[Any, Any]):
    """Layers that are always others than before."""

    __hash__ = None  # as a dict's

    def __eq__(self, other: object) -> bool:
        """Never."""
        return False

    def __ne__(self, other: object) -> bool:
        """Always."""
        return True


def captured(stack: Stack) -> RawRequest:
    """A genuine request, as it was on the wire."""
    url = stack.config.webhook_url("generic", "erp")
    raw = RawRequest("POST", url, {}, (), erp("R1", 1, "paid", 400, buyer="b1").body)
    account = Account("demo", "generic", "erp", {})
    return pushes(connector("generic")).sign(raw, account, stack.app.parts.secrets.secrets(account), stack.clock.now())


def push_again(stack: Stack, number: int) -> int:
    """The same body, which alone is signed, under headers of our own making."""
    made = {"x-shopify-webhook-id": f"w-{number}", "x-shopify-event-id": f"e-{number}", "x-shopify-topic": "orders/paid"}
    made["x-shopify-triggered-at"] = (stack.clock.now() + timedelta(seconds=number)).isoformat()
    return stack.push("shopify", "acme", shop(501, 1, "orders/paid", "20.00").body, made)


# --- 6 ----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stamped:
    """A platform that signs a time: how far it may be off, in seconds, where it stands, and whether it may be in milliseconds."""

    seconds: int
    header: str | None = None
    parameter: str | None = None
    millis: bool = False


STAMPED = {
    "generic": Stamped(300, header="webhook-timestamp"),
    "wecom": Stamped(300, parameter="timestamp"),
    "weibo": Stamped(300, parameter="timestamp", millis=True),
    "xiaohongshu": Stamped(600, header="timestamp", millis=True),
}
ODD = (
    " ", "NaN", "inf", "-inf", "1e9", "1795262400.0", "0x6b", "١٧٩٥٢٦٢٤٠٠", " 1795262400", "1795262400\n", "9" * 400, "-0", "null",
)  # fmt: skip


def stamped(key: str, case: Case, text: str) -> RawRequest:
    """The push with this text as its time, signed by the platform all the same."""
    place, request = STAMPED[key], case.request
    made = signature_headers(connector(key), case)
    headers = {name: value for name, value in request.headers.items() if name not in made}
    query = tuple((name, value) for name, value in request.query if name not in ("signature", "msg_signature"))
    if place.header:
        headers[place.header] = (text,)
    else:
        query = tuple((name, text if name == place.parameter else value) for name, value in query)
    bare_request = replace(request, headers=headers, query=query)
    return pushes(connector(key)).sign(bare_request, case.account, case.secrets, case.now)


def first_push(key: str) -> Case:
    """A push of the platform that carries an event."""
    return next(case for case in genuine_cases(key) if verify(connector(key), case).carries_event)


@pytest.mark.fault(6)
@pytest.mark.parametrize("key", STAMPED)
def test_06_a_second_beyond_the_tolerance_and_a_second_within(key: str, fault: Told) -> None:
    case, place = first_push(key), STAMPED[key]
    now = int(case.now.timestamp())
    for off in (-place.seconds + 1, 0, place.seconds - 1):
        verify(connector(key), case, stamped(key, case, str(now + off)))
    for off in (-place.seconds - 1, place.seconds + 1):
        refused(connector(key), case, stamped(key, case, str(now + off)), f"{off} s off")
    for text in ODD:
        refused(connector(key), case, stamped(key, case, text), f"time {text[:12]!r}")
    late = str((now - place.seconds - 1) * 1000)
    refused(connector(key), case, stamped(key, case, late), "milliseconds of a time too old")
    if not place.millis:
        refused(connector(key), case, stamped(key, case, str(now * 1000)), "milliseconds")
    fault.figure(f"±1 s around the tolerance, and {len(ODD)} texts that are no time, at each platform that signs one to be held to")


def test_06_whoever_holds_a_time_against_the_clock_is_in_the_table() -> None:
    found = {path.parent.name for path in Path("connectors").glob("*/*.py") if "require_fresh(" in path.read_text(encoding="utf-8")}
    assert found == set(STAMPED)


@pytest.mark.fault(6, saboteur=True)
@pytest.mark.fault(8, saboteur=True)
@pytest.mark.parametrize("key", STAMPED)
def test_06_saboteur_without_the_tolerance_an_old_request_passes(key: str) -> None:
    case = first_push(key)
    old = stamped(key, case, str(int(case.now.timestamp()) - 400 * 86_400))
    refused(connector(key), case, old, "400 days old")
    module = {"generic": "standard"}.get(key, "push")
    with patch(f"connectors.{key}.{module}.require_fresh", lambda *_: None):
        verify(connector(key), case, old)


# --- 9 ----------------------------------------------------------------------------------------------------------------------


def rotating(key: str) -> list[str]:
    """The secrets of a platform that follow one another; the keys that it hands out itself have ids."""
    known = {name for case in genuine_cases(key) for name in case.secrets.values}
    return [name for name in connector(key).info.verify_secrets if name in known]


@pytest.mark.fault(9)
@pytest.mark.parametrize("key", [key for key in SIGNED if rotating(key)])
def test_09_pushes_under_either_secret_while_one_follows_the_other(key: str, fault: Told) -> None:
    """Of each secret in turn: the platform signs with the old one, then with the new one; then the old one is finished."""
    tried = 0
    for case in genuine_cases(key):
        kit.check_rotation(connector(key), case)
        tried += len([name for name in rotating(key) if name in case.secrets.values])
    assert tried
    fault.figure(
        "two live secrets in either order, each secret of each platform: 0 refused; all refused once the old one is finished"
    )


@pytest.mark.fault(9, saboteur=True)
def test_09_saboteur_the_newest_secret_alone() -> None:
    real = Secrets.all
    newest = patch.object(Secrets, "all", lambda self, name: real(self, name)[:1])
    with newest, pytest.raises(AssertionError, match="does not verify"):
        kit.check_rotation(connector("generic"), first_push("generic"))


# --- 10 ---------------------------------------------------------------------------------------------------------------------


class Doors:
    """Every platform twice, as two shops with secrets of their own, and what each push leaves behind."""

    def __init__(self, engine: Any) -> None:
        self.stack = Stack(engine)
        self.stack.app.parts.secrets = self
        self.stack.app.receive._keys = lambda: self
        self.shops: dict[tuple[str, str], Case] = {}
        for key in receiving():
            case = first_push(key)
            self.shops[key, "mine"] = self.shops[key, "theirs"] = case
        accounts = [AccountConfig(key, name, self._options(key, name)) for key, name in self.shops]
        self.stack.config = replace(self.stack.config, accounts=tuple(accounts))

    def _options(self, key: str, name: str) -> dict[str, str]:
        """Another shop's options name another shop."""
        options = dict(self.shops[key, name].account.options)
        named = (*connector(key).info.shop_options, "topic_arn")
        return options if name == "mine" else {each: f"9{value}" if each in named else value for each, value in options.items()}

    def secrets(self, account: Account) -> Secrets:
        """See the port: each shop has its own."""
        known = known_secrets(self.shops[account.platform, account.account]).values
        if account.account == "mine":
            return Secrets(known)
        return Secrets({name: tuple(other_secret(value) for value in values) for name, values in known.items()})

    def get(self, account: Account, key_id: str, fetch: Any) -> str:
        """See KeySource: the platform's own keys are the same for every shop."""
        found = known_secrets(self.shops[account.platform, account.account]).values.get(f"public_key:{key_id}")
        if found is None:
            raise Rejected("key-unknown", "the platform knows no such key")
        return found[0]

    def push(self, key: str, to: tuple[str, str]) -> tuple[int, list[tuple[str, str]]]:
        """A push that is genuine at my shop, to a path; its status, and whose envelopes came of it."""
        case = self.shops[key, "mine"]
        self.stack.clock.at = case.now
        self.stack.inbound.bodies.clear()
        own = self.stack.config.webhook_url(key, "mine")
        signed = pushes(connector(key)).sign(replace(case.request, url=own), case.account, case.secrets, case.now)
        sent = replace(signed, url=self.stack.config.webhook_url(*to))
        status = self.stack.app.receive.handle(*to, sent).status
        return status, [(each.platform, each.account) for each in map(decode, self.stack.inbound.bodies) if self._believed(each)]

    def _believed(self, envelope: Envelope) -> bool:
        """Whether it says more than what is read again with the shop's own token, or is said to every shop there is."""
        assert envelope.sealed is not None
        packed = self.stack.app.parts.vault.open_raw(envelope.merchant, from_text(envelope.sealed), envelope.digest)
        ref = self.shops[envelope.platform, envelope.account].ref
        try:
            events = pushes(connector(envelope.platform)).events(unpack_request(packed), ref)
        except Permanent:
            return True
        return envelope.account == "mine" or not all(event.thin or event.kind == "privacy" for event in events)


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    """The street: nothing of a push is left in it, so that one serves all."""
    with moto(wire=False) as engine:
        yield Doors(engine)


def strayed(doors: Doors, key: str) -> list[tuple[str, str]]:
    """Where a genuine push of one shop was taken for somebody else's; refused there with something else than 4xx as well."""
    found = []
    for to in doors.shops:
        status, owners = doors.push(key, to)
        if to == (key, "mine"):
            assert (status // 100, owners) == (2, [to]), f"{key} is not taken at its own door: {status}"
        elif set(owners) - {(key, "mine")} or status >= 500:
            found.append(to)
    return found


@pytest.mark.fault(10)
@pytest.mark.parametrize("key", receiving())
def test_10_a_right_signature_at_another_shops_path(doors: Doors, key: str, fault: Told) -> None:
    assert strayed(doors, key) == []
    fault.figure(f"every platform's push at the paths of all {len(doors.shops)} shops: 0 taken for another's")


@pytest.mark.fault(10, saboteur=True)
def test_10_saboteur_a_door_that_asks_nobody(quick: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Receive, "_verified", lambda *_: Verified("x", None))
    assert strayed(Doors(quick), "generic") != []


# --- 11 ---------------------------------------------------------------------------------------------------------------------

_FREE = ("echostr", "hub.challenge", "challenge_code", "encrypt_type", "hub.mode")  # what is given back, or says what is asked


def handshake(key: str) -> tuple[Case, RawRequest]:
    """The platform's check of the address, as it sends it."""
    case = first_push(key)
    stamp, nonce = str(int(case.now.timestamp())), "n1"
    if key == "meta":
        query = {"hub.mode": "subscribe", "hub.verify_token": "a token of ours", "hub.challenge": "1158201444"}
        told = {**case.told, "secrets": {**case.told["secrets"], "verify_token": "a token of ours"}}
        case = replace(case, told=told)
    elif key == "weibo":
        signed = weibo.signature(case.secrets.one("app_secret"), stamp, nonce)
        query = {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": "echo"}
    else:
        signed = wechat_aes.signature(case.secrets.one("token"), stamp, nonce)
        query = {"signature": signed, "timestamp": stamp, "nonce": nonce, "echostr": "echo"}
    return case, replace(case.request, method="GET", body=b"", headers={}, query=tuple(query.items()))


def forged_handshakes(request: RawRequest) -> Iterator[RawRequest]:
    """It with each of its proofs changed, missing, empty or twice."""
    query = request.query
    for at, (name, value) in enumerate(query):
        if name not in _FREE:
            others = [((name, text),) for text in flips(value)]
            for pairs in (*others, (), ((name, ""),), ((name, value), (name, value))):
                yield replace(request, query=(*query[:at], *pairs, *query[at + 1 :]))


@pytest.mark.fault(11)
@pytest.mark.parametrize("key", ["meta", "wechat", "weibo"])
def test_11_a_handshake_that_is_not_the_platforms_is_not_answered(key: str, fault: Told) -> None:
    case, request = handshake(key)
    found = verify(connector(key), case, request)
    assert not found.carries_event and found.reply.body in dict(request.query).values()
    tried = list(forged_handshakes(request))
    assert len(tried) >= 8
    for forged in tried:
        refused(connector(key), case, forged, "a forged handshake")
    fault.figure(
        "every character of every proof of a handshake: 0 answered; 12 hostile addresses of a certificate refused, 0 calls out"
    )


@pytest.mark.fault(11, saboteur=True)
def test_11_saboteur_a_certificate_from_wherever_it_says() -> None:
    """Without its form, the address of a certificate is anybody's."""
    from chalicelib.toolkit import sns

    told = sns.envelope(first_push("ses").body)
    assert told is not None
    told.SigningCertURL = "https://sns.eu-west-1.evil.example/SimpleNotificationService-" + "0" * 32 + ".pem"
    with pytest.raises(Rejected):
        sns.key_id(told)
    with patch.object(
        sns, "_CERTIFICATE", re.compile(r"https://sns\.([a-z0-9-]{1,20})\..*/(SimpleNotificationService-[0-9a-f]{32})\.pem")
    ):
        assert sns.key_id(told)


# --- 12 ---------------------------------------------------------------------------------------------------------------------

SEALED = ("kuaishou", "wechat", "wecom")


def broken(key: str) -> Iterator[RawRequest]:
    """A sealed push with its signature wrong; and with its cipher's end, middle or base64 wrong, signed all the same."""
    case, sut = first_push(key), pushes(connector(key))
    text = _sealed_in(case.body)
    cipher = base64.b64decode(text)
    wrongs = [
        cipher[:-1] + bytes([cipher[-1] ^ 1]),
        cipher[:-17] + bytes([cipher[-17] ^ 1]) + cipher[-16:],
        cipher[:-16],
        bytes(32),
    ]
    for wrong in (*(base64.b64encode(each) for each in wrongs), b"****", text[:-1]):
        body = case.body.replace(text, wrong)
        bare_query = tuple(pair for pair in case.request.query if pair[0] != "msg_signature")
        yield (
            sut.sign(replace(case.request, body=body, query=bare_query), *_of(case)[1:])
            if key != "kuaishou"
            else case.with_body(body)
        )
    if key != "kuaishou":
        yield from (
            replace(case.request, query=tuple((n, "0" * 40 if n == "msg_signature" else v) for n, v in case.request.query)),
        )


def _sealed_in(body: bytes) -> bytes:
    """The longest run of base64 in a body."""
    found: list[bytes] = re.findall(rb"[A-Za-z0-9+/=]{24,}", body)
    return max(found, key=len)


def answers(doors: Doors, key: str) -> set[tuple[int, str]]:
    """Status and body of the answers to them."""
    doors.stack.clock.at = first_push(key).now
    found = set()
    for request in broken(key):
        reply = doors.stack.app.receive.handle(key, "mine", replace(request, url=doors.stack.config.webhook_url(key, "mine")))
        found.add((reply.status, reply.body))
    return found


@pytest.mark.fault(12)
@pytest.mark.parametrize("key", SEALED)
def test_12_whatever_is_wrong_with_a_sealed_body_the_answer_is_one(doors: Doors, key: str, fault: Told) -> None:
    ((status, _),) = answers(doors, key)
    assert status == 401
    fault.figure("signature, padding, block, base64 or receiver wrong: one status and one body at each platform that seals")


@pytest.mark.fault(12, saboteur=True)
@pytest.mark.parametrize("key", SEALED)
def test_12_saboteur_an_opener_that_says_what_is_wrong(doors: Doors, key: str) -> None:
    from connectors.kuaishou import push

    real = open_base64

    def telling(*told: Any, **more: Any) -> Any:
        plain, fits = real(*told, **more)
        if not fits:
            raise Rejected("padding-wrong", status=400)
        return plain, fits

    with patch.object(wechat_aes, "open_base64", telling), patch.object(push, "open_base64", telling):
        assert len(answers(doors, key)) > 1 or (400, '{"error": "padding-wrong"}') in answers(doors, key)
