"""Mail through an SMTP server, stage by stage, so that each failure says whether the message may have been taken."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.adapters import mime
from chalicelib.domain.mail import Mail, OutcomeUnknown
from chalicelib.errors import ConfigError, Permanent, Retriable

_LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
_READY_FOR_DATA = 354


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where the mail goes. `login` is user and password; it is only given over TLS. `timeout` in seconds."""

    host: str
    port: int
    starttls: bool = True
    login: tuple[str, str] | None = field(default=None, repr=False)
    timeout: float = 20.0


class SmtpChannel:
    """The port `Channel` over SMTP. One connection a mail; `tls` gives the context, the system's default if None."""

    def __init__(
        self, server: SmtpServer, *, clock: Callable[[], datetime], tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    ) -> None:
        if server.login is not None and not server.starttls:
            raise ConfigError("smtp-login", "a password is only given over TLS", path="starttls")
        self._server = server
        self._clock = clock
        self._tls = tls

    def send(self, mail: Mail) -> str:
        """Hand over one mail; SMTP has no id of its own, so the answer is the Message-ID. Errors as `Channel` says."""
        raw = mime.build(mail, sent_at=self._clock())
        sender = mime.bare_address(mail.sender, "sender")
        recipient = mime.bare_address(mail.recipient, "recipient")
        with self._before_data():
            smtp = self._open()
        try:
            with self._before_data():
                self._envelope(smtp, sender, recipient)
            _content(smtp, raw)
        finally:
            _leave(smtp)
        return mail.message_id

    @contextlib.contextmanager
    def _before_data(self) -> Iterator[None]:
        """Up to the server's go-ahead for the content, whatever breaks has sent nothing."""
        try:
            yield
        except smtplib.SMTPAuthenticationError as error:
            kind = Retriable if _temporary(error.smtp_code) else ConfigError
            raise kind("smtp-login", f"code {error.smtp_code}") from None
        except smtplib.SMTPNotSupportedError:
            raise ConfigError("smtp-feature", "the server offers no STARTTLS or no login") from None
        except ssl.SSLCertVerificationError:
            raise ConfigError("smtp-certificate", "the server's certificate is not trusted") from None
        except smtplib.SMTPResponseException as error:
            raise Retriable("smtp-unready", f"code {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise Retriable("smtp-unreachable", type(error).__name__) from None

    def _open(self) -> smtplib.SMTP:
        server = self._server
        smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.starttls:
                smtp.starttls(context=self._tls())
                smtp.ehlo_or_helo_if_needed()
            if server.login is not None:
                smtp.login(*server.login)
        except (smtplib.SMTPException, OSError):
            smtp.close()
            raise
        return smtp

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
        stages: tuple[tuple[str, Callable[[], tuple[int, bytes]]], ...] = (
            ("sender", lambda: smtp.mail(sender)),
            ("recipient", lambda: smtp.rcpt(recipient)),
        )
        for stage, ask in stages:
            code, _ = ask()
            if not 200 <= code < 300:
                _refuse(stage, code)
        code, _ = smtp.docmd("DATA")
        if code != _READY_FOR_DATA:
            _refuse("data", code)


def _content(smtp: smtplib.SMTP, raw: bytes) -> None:
    """Send the content and read the verdict. A line cut in here leaves open whether the server took the mail."""
    try:
        smtp.send(_LEADING_DOT.sub(b"..", raw) + b".\r\n")
        code, _ = smtp.getreply()
    except (smtplib.SMTPException, OSError) as error:
        raise OutcomeUnknown(f"smtp-{type(error).__name__}") from None
    if 200 <= code < 300:
        return
    if not 400 <= code < 600:
        raise OutcomeUnknown("smtp-answer")
    _refuse("content", code)


def _refuse(stage: str, code: int) -> None:
    """5xx says never, all else says later; the server's words may quote the address and are not repeated."""
    if 500 <= code < 600:
        raise Permanent(f"smtp-{stage}-refused", f"code {code}")
    raise Retriable(f"smtp-{stage}-deferred", f"code {code}")


def _temporary(code: int) -> bool:
    return 400 <= code < 500


def _leave(smtp: smtplib.SMTP) -> None:
    # The verdict is in: how the server takes its leave changes nothing about it.
    with contextlib.suppress(smtplib.SMTPException, OSError):
        smtp.docmd("QUIT")
    smtp.close()
