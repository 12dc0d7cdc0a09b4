"""SMTP against a real server: what arrives, and what a failure at each stage means."""

from __future__ import annotations

import datetime as dt
import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.adapters.render import JinjaRenderer
from chalicelib.adapters.smtp import SmtpChannel, SmtpServer
from chalicelib.domain.mail import OutcomeUnknown
from chalicelib.errors import ConfigError, Permanent, Retriable
from tests.unit.mail import every, reports
from tests.unit.mail.mails import AT, FILES, ILLUSTRATED, PICTURES, RENDERED, mail


class _Inbox:
    """Keeps what the server took; answers of single stages can be set."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.answers: dict[str, str] = {}

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope)
        return self.answers.get("DATA", "250 OK")


@contextmanager
def _server(inbox: _Inbox, **options: Any) -> Iterator[SmtpServer]:
    controller = Controller(inbox, hostname="127.0.0.1", port=_free_port(), **options)
    controller.start()
    try:
        yield SmtpServer("127.0.0.1", controller.port, starttls=False)
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _channel(server: SmtpServer, **options: Any) -> SmtpChannel:
    return SmtpChannel(server, clock=lambda: AT, **options)


def test_what_arrives() -> None:
    inbox = _Inbox()
    with _server(inbox) as server:
        answer = _channel(server).send(mail(sender="青禾 <digest@acme.example>"))
    assert answer == "digest.demo.2026-11-20@mail.acme.example"
    (envelope,) = inbox.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("digest@acme.example", ["marketing@acme.example"])
    message: Any = email.message_from_bytes(envelope.content, policy=SMTP)
    assert message["Subject"] == RENDERED.subject
    assert message["Message-ID"] == f"<{answer}>"
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert text == RENDERED.text


def test_a_whole_digest_arrives_unchanged() -> None:
    inbox = _Inbox()
    rendered = JinjaRenderer().digest(reports.usual("zh-CN"))
    with _server(inbox) as server:
        _channel(server).send(mail(rendered=rendered))
    message: Any = email.message_from_bytes(inbox.taken[0].content, policy=SMTP)
    assert message.get_body(("html",)).get_content().replace("\r\n", "\n").rstrip("\n") == rendered.html
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == rendered.text


def test_pictures_and_files_arrive() -> None:
    inbox = _Inbox()
    with _server(inbox) as server:
        _channel(server).send(mail(rendered=ILLUSTRATED))
    message: Any = email.message_from_bytes(inbox.taken[0].content, policy=SMTP)
    payloads = [part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() in ("image", "application")]
    assert payloads == [PICTURES[0].png, PICTURES[1].png, FILES[0].content]


def test_every_message_arrives_unchanged_with_a_way_to_stop_it() -> None:
    inbox, renderer = _Inbox(), JinjaRenderer()
    made = [renderer.winback(case.values(), locale=case.locale, template=case.template, variant=case.variant) for case in every.ALL]
    with _server(inbox) as server:
        for number, (case, rendered) in enumerate(zip(every.ALL, made, strict=True)):
            _channel(server).send(
                mail(
                    rendered=rendered,
                    marketing=True,
                    message_id=f"m{number}.demo@acme.example",
                    sender=f"{case.values()['shop_name']} <hello@acme.example>",
                    reply_to="care@acme.example",
                    unsubscribe_url=case.values()["unsubscribe_url"],
                )
            )
    assert len(inbox.taken) == len(every.ALL)
    for case, rendered, envelope in zip(every.ALL, made, inbox.taken, strict=True):
        message: Any = email.message_from_bytes(envelope.content, policy=SMTP)
        assert message.defects == []
        assert [(part.get_content_type(), part.defects) for part in message.walk()] == [
            ("multipart/alternative", []),
            ("text/plain", []),
            ("text/html", []),
        ]
        assert message["Subject"] == rendered.subject
        assert message["From"].addresses[0].display_name == case.values()["shop_name"]
        assert message["List-Unsubscribe"] == f"<{case.values()['unsubscribe_url']}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert max(len(line) for line in envelope.content.split(b"\r\n")) <= 998
        for kind, sent in (("html", rendered.html), ("plain", rendered.text)):
            got = message.get_body((kind,)).get_content().replace("\r\n", "\n")
            assert got.rstrip("\n") == sent.rstrip("\n")


@pytest.mark.parametrize(
    ("stage", "answer", "expected", "reason"),
    [
        ("MAIL", "451 later", Retriable, "smtp-sender-deferred"),
        ("MAIL", "421 closing", Retriable, "smtp-sender-deferred"),
        ("MAIL", "550 no", Permanent, "smtp-sender-refused"),
        ("RCPT", "450 later", Retriable, "smtp-recipient-deferred"),
        ("RCPT", "550 no marketing@acme.example", Permanent, "smtp-recipient-refused"),
        ("DATA", "452 full", Retriable, "smtp-content-deferred"),
        ("DATA", "554 spam", Permanent, "smtp-content-refused"),
    ],
)
def test_a_refusal_at_each_stage(stage: str, answer: str, expected: type[Any], reason: str) -> None:
    inbox = _Inbox()
    inbox.answers[stage] = answer
    with _server(inbox) as server, pytest.raises(expected) as caught:
        _channel(server).send(mail())
    assert caught.value.reason == reason
    assert "acme" not in str(caught.value)


def test_a_refused_connection_has_sent_nothing() -> None:
    with pytest.raises(Retriable):
        _channel(SmtpServer("127.0.0.1", _free_port(), starttls=False)).send(mail())


def test_an_unknown_host_has_sent_nothing() -> None:
    with pytest.raises(Retriable):
        _channel(SmtpServer("mail.invalid", 25, starttls=False)).send(mail())


Script = Callable[[Any], None]


def _say(stream: Any, text: str) -> None:
    stream.write(text.encode() + b"\r\n")
    stream.flush()


def _up_to(stream: Any, *answers: str) -> None:
    """Greet, then answer one command each."""
    _say(stream, "220 ready")
    for answer in answers:
        stream.readline()
        _say(stream, answer)


def _read_content(stream: Any) -> None:
    while stream.readline() not in (b".\r\n", b""):
        pass


def _drop_at_once(stream: Any) -> None:
    return None


def _turn_away(stream: Any) -> None:
    _say(stream, "554 no service here")


def _drop_before_data(stream: Any) -> None:
    _up_to(stream, "250 hello", "250 sender", "250 recipient")
    stream.readline()


def _refuse_data(stream: Any) -> None:
    _up_to(stream, "250 hello", "250 sender", "250 recipient", "451 not now")


def _drop_after_data(stream: Any) -> None:
    _up_to(stream, "250 hello", "250 sender", "250 recipient", "354 go")
    _read_content(stream)


def _mumble_after_data(stream: Any) -> None:
    _drop_after_data(stream)
    _say(stream, "what?")


def _accept_then_drop(stream: Any) -> None:
    _drop_after_data(stream)
    _say(stream, "250 taken")


def _hang_after_data(stream: Any) -> None:
    _drop_after_data(stream)
    stream.readline()


@contextmanager
def _scripted(script: Script) -> Iterator[int]:
    """A server for one connection that follows a script and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            script(stream)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.close()
        thread.join(timeout=10)


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (_drop_at_once, Retriable),
        (_turn_away, Retriable),
        (_drop_before_data, Retriable),
        (_refuse_data, Retriable),
        (_drop_after_data, OutcomeUnknown),
        (_mumble_after_data, OutcomeUnknown),
        (_hang_after_data, OutcomeUnknown),
    ],
)
def test_where_the_line_breaks_decides(script: Script, expected: type[Exception]) -> None:
    with _scripted(script) as port, pytest.raises(expected) as caught:
        _channel(SmtpServer("127.0.0.1", port, starttls=False, timeout=0.5)).send(mail())
    assert type(caught.value) is expected


def test_a_line_that_breaks_after_the_acceptance_does_not_matter() -> None:
    with _scripted(_accept_then_drop) as port:
        assert _channel(SmtpServer("127.0.0.1", port, starttls=False)).send(mail())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 and its key, made for this run."""
    import ipaddress

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def _tls_options(certificate: tuple[Path, Path], password: str) -> dict[str, Any]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"huitou", password.encode()), handled=False)

    return {"tls_context": context, "require_starttls": True, "authenticator": check, "auth_required": True}


def test_login_over_tls(certificate: tuple[Path, Path]) -> None:
    inbox = _Inbox()
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with _server(inbox, **_tls_options(certificate, "right")) as server:
        good = SmtpServer(server.host, server.port, login=("huitou", "right"))
        assert _channel(good, tls=lambda: trusting).send(mail())
        bad = SmtpServer(server.host, server.port, login=("huitou", "wrong"))
        with pytest.raises(ConfigError) as caught:
            _channel(bad, tls=lambda: trusting).send(mail())
        with pytest.raises(ConfigError):
            _channel(good).send(mail())
    assert "wrong" not in str(caught.value)
    assert len(inbox.taken) == 1


def test_a_server_without_tls_gets_no_mail_when_tls_is_asked() -> None:
    inbox = _Inbox()
    with _server(inbox) as server, pytest.raises(ConfigError):
        _channel(SmtpServer(server.host, server.port, starttls=True)).send(mail())
    assert inbox.taken == []


def test_a_password_never_goes_in_the_clear() -> None:
    with pytest.raises(ConfigError):
        _channel(SmtpServer("mail.acme.example", 25, starttls=False, login=("huitou", "secret")))
