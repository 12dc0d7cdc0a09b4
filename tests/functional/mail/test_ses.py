"""SES: what it gets, how often it is called, and what each of its answers means."""

from __future__ import annotations

import email
import socket
import threading
from collections.abc import Iterator
from email.policy import SMTP
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from moto.ses.models import ses_backends

from chalicelib.adapters import ses
from chalicelib.adapters.ses import SesChannel
from chalicelib.domain.mail import OutcomeUnknown
from chalicelib.errors import ConfigError, Permanent, Retriable
from ops.quick_moto import own_aws
from tests.unit.mail.mails import AT, FILES, ILLUSTRATED, PICTURES, RENDERED, mail

REGION = "eu-west-1"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with own_aws():
        yield


def _client() -> Any:
    client = ses.client(REGION)
    client.create_email_identity(EmailIdentity="acme.example")
    return client


def test_what_arrives(aws: None) -> None:
    channel = SesChannel(_client, clock=lambda: AT, configuration_set="huitou")
    identity = channel.send(mail(sender="青禾 <digest@acme.example>"))
    sent = ses_backends["123456789012"][REGION].sent_messages[-1]  # whatever other tests sent before
    assert sent.id == identity
    assert set(sent.destinations) == {"marketing@acme.example"}
    message = email.message_from_string(sent.raw_data, policy=SMTP)
    assert message["Subject"] == RENDERED.subject
    assert message["From"].addresses[0].display_name == "青禾"
    assert message["Message-ID"] == "<digest.demo.2026-11-20@mail.acme.example>"


def test_pictures_and_files_arrive(aws: None) -> None:
    SesChannel(_client, clock=lambda: AT).send(mail(rendered=ILLUSTRATED))
    sent = ses_backends["123456789012"][REGION].sent_messages[-1]  # whatever other tests sent before
    message = email.message_from_string(sent.raw_data, policy=SMTP)
    payloads = [part.get_payload(decode=True) for part in message.walk() if part.get_content_maintype() in ("image", "application")]
    assert payloads == [PICTURES[0].png, PICTURES[1].png, FILES[0].content]


class _Fake:
    """A client that answers as told and counts."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.calls: list[dict[str, Any]] = []

    def send_email(self, **call: Any) -> dict[str, str]:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure
        return {"MessageId": "ses-1"}


def _answer(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "marketing@acme.example"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "SendEmail")


def test_the_request() -> None:
    fake = _Fake()
    channel = SesChannel(lambda: fake, clock=lambda: AT, configuration_set="huitou")  # type: ignore[arg-type, return-value]
    assert channel.send(mail(tags={"kind": "win back", "campaign": "静默60", "empty": ""})) == "ses-1"
    (call,) = fake.calls
    assert call["ConfigurationSetName"] == "huitou"
    assert call["FromEmailAddress"] == "digest@acme.example"
    assert call["EmailTags"] == [{"Name": "campaign", "Value": "__60"}, {"Name": "kind", "Value": "win_back"}]
    assert "Raw" in call["Content"]
    plain = SesChannel(lambda: fake, clock=lambda: AT)  # type: ignore[arg-type, return-value]
    plain.send(mail())
    assert "ConfigurationSetName" not in fake.calls[-1]


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (_answer("TooManyRequestsException", 429), Retriable),
        (_answer("ThrottlingException"), Retriable),
        (_answer("Anything", 429), Retriable),
        (_answer("ServiceUnavailable", 503), Retriable),
        (_answer("SendingPausedException"), Retriable),
        (_answer("AccountSuspendedException"), Retriable),
        (_answer("MessageRejected"), Permanent),
        (_answer("BadRequestException"), Permanent),
        (_answer("MailFromDomainNotVerifiedException"), ConfigError),
        (_answer("NotFoundException", 404), ConfigError),
        (_answer("AccessDeniedException", 403), ConfigError),
        (_answer("InternalFailure", 500), OutcomeUnknown),
        (_answer("", 502), OutcomeUnknown),
        (EndpointConnectionError(endpoint_url="x"), Retriable),
        (ConnectTimeoutError(endpoint_url="x"), Retriable),
        (NoCredentialsError(), ConfigError),
        (ReadTimeoutError(endpoint_url="x"), OutcomeUnknown),
        (ConnectionClosedError(endpoint_url="x"), OutcomeUnknown),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:60]),
)
def test_what_an_answer_means(failure: Exception, expected: type[Exception]) -> None:
    fake = _Fake(failure)
    channel = SesChannel(lambda: fake, clock=lambda: AT)  # type: ignore[arg-type, return-value]
    with pytest.raises(expected) as caught:
        channel.send(mail())
    assert type(caught.value) is expected
    assert "@" not in str(caught.value)
    assert len(fake.calls) == 1


def test_a_stopped_account_waits_an_hour() -> None:
    channel = SesChannel(lambda: _Fake(_answer("SendingPausedException")), clock=lambda: AT)  # type: ignore[arg-type, return-value]
    with pytest.raises(Retriable) as caught:
        channel.send(mail())
    assert caught.value.after == 3600


def test_nothing_is_connected_before_the_first_mail() -> None:
    made: list[int] = []

    def connect() -> Any:
        made.append(1)
        return _Fake()

    channel = SesChannel(connect, clock=lambda: AT)
    assert made == []
    channel.send(mail())
    channel.send(mail())
    assert made == [1]


def test_a_bad_recipient_never_reaches_ses() -> None:
    fake = _Fake()
    with pytest.raises(Permanent):
        SesChannel(lambda: fake, clock=lambda: AT).send(mail(recipient="nobody"))  # type: ignore[arg-type, return-value]
    assert fake.calls == []


class _Server(threading.Thread):
    """An HTTP server that reads each request, answers with the given bytes (none: hangs up), and counts."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(daemon=True)
        self.answer = answer
        self.requests = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                data = b""
                while b"\r\n\r\n" not in data:
                    data += connection.recv(65536)
                self.requests += 1
                connection.sendall(self.answer)

    def close(self) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.join()


@pytest.mark.fault(55)
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", OutcomeUnknown),
        (b"HTTP/1.1 500 Internal\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", OutcomeUnknown),
        (b"HTTP/1.1 429 Slow\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}", Retriable),
    ],
    ids=["hangs up", "500", "429"],
)
def test_the_real_sdk_calls_once(monkeypatch: pytest.MonkeyPatch, answer: bytes, expected: type[Exception]) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    server = _Server(answer)
    try:
        channel = SesChannel(lambda: ses.client(REGION, server.url), clock=lambda: AT)
        with pytest.raises(expected):
            channel.send(mail())
    finally:
        server.close()
    assert server.requests == 1


def test_a_refused_connection_has_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    channel = SesChannel(lambda: ses.client(REGION, f"http://127.0.0.1:{port}"), clock=lambda: AT)
    with pytest.raises(Retriable):
        channel.send(mail())


def test_tags_keep_to_the_rules_of_ses() -> None:
    given = {f"n{index:03}": "x" * 300 for index in range(80)} | {"a b": "c.d"}
    fit = ses.tags(given)
    assert len(fit) == 50
    assert fit["a_b"] == "c_d"
    assert {len(value) for value in fit.values()} == {256, 3}
