"""A `Mail` as the bytes of an RFC 5322 message: text and HTML alternatives, UTF-8, nothing of chance in it.

Pictures lie beside the HTML that shows them (multipart/related inside multipart/alternative), files beside both (multipart/mixed).
A mail without either is multipart/alternative alone.

The same mail at the same moment makes the same bytes, so that a second try can be recognised as one.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from chalicelib.domain.mail import PERSONAL_LINK, Mail
from chalicelib.domain.wording import Rendered, header_text
from chalicelib.errors import ConfigError, Permanent

_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}@[A-Za-z0-9.-]{1,255})>?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_ATOMIC_HEADERS = frozenset({"message-id", "list-unsubscribe", "x-huitou-message", "content-id"})
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}", re.ASCII)
_SUBJECT = 200


class _Policy(EmailPolicy):
    """SMTP line ends; identifiers and URLs stay in one piece, where the library would fold a long one into encoded words."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _ATOMIC_HEADERS:
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)  # type: ignore[no-any-return, unused-ignore]

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


_POLICY = _Policy(linesep="\r\n", cte_type="7bit", raise_on_defect=False)


def build(mail: Mail, *, sent_at: datetime) -> bytes:
    """The message as bytes with CRLF line ends, 7 bit clean. `sent_at` is aware and becomes the Date.

    A malformed recipient: Permanent. A malformed sender, Reply-To, Message-ID, unsubscribe URL, picture's id or file's name,
    or a marketing mail without a URL: ConfigError. No error tells the address.
    """
    if sent_at.tzinfo is None:
        raise ValueError("a time without a zone")
    if any(PERSONAL_LINK in text for text in (mail.rendered.html, mail.rendered.text)):
        raise ConfigError("link-missing", "a mail of several readers without its reader's own link", path="rendered")
    message = EmailMessage(policy=_POLICY)
    message["From"] = _address(mail.sender, "sender")
    message["To"] = _address(mail.recipient, "recipient")
    if mail.reply_to is not None:
        message["Reply-To"] = _address(mail.reply_to, "reply_to")
    message["Subject"] = header_text(mail.rendered.subject, _SUBJECT)
    message["Date"] = format_datetime(sent_at)
    identity = message_id(mail)
    message["Message-ID"] = identity
    # SES puts a Message-ID of its own over ours; this header arrives whatever the channel.
    message["X-Huitou-Message"] = identity[1:-1]
    message["Auto-Submitted"] = "auto-generated"
    if mail.marketing or mail.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{_unsubscribe(mail)}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _fill(message, mail.rendered)
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary("=_" + hashlib.sha256(f"{number or ''}{identity}".encode()).hexdigest()[:32])
    return message.as_bytes()


def _fill(message: EmailMessage, rendered: Rendered) -> None:
    message.set_content(rendered.text, charset="utf-8", cte=_encoding(rendered.text))
    message.add_alternative(rendered.html, subtype="html", charset="utf-8", cte=_encoding(rendered.html))
    if rendered.pictures:
        (html,) = (part for part in message.iter_parts() if part.get_content_subtype() == "html")
        for picture in rendered.pictures:
            name = picture.cid.partition("@")[0] + ".png"
            html.add_related(picture.png, "image", "png", cid=_content_id(picture.cid), filename=name, disposition="inline")
    for file in rendered.files:
        kind, _, subtype = file.media.partition("/")
        message.add_attachment(file.content, kind, subtype, filename=_file_name(file.name))


def _content_id(cid: str) -> str:
    if _MESSAGE_ID.fullmatch(cid) is None or cid.startswith("<"):
        raise ConfigError("content-id", "the id of a picture is local@domain", path="pictures")
    return f"<{cid}>"


def _file_name(name: str) -> str:
    if _FILE_NAME.fullmatch(name) is None:
        raise ConfigError("file-name", "a file's name is letters, digits, dots and dashes", path="files")
    return name


def message_id(mail: Mail) -> str:
    """The Message-ID with its angle brackets; an international domain in its ASCII form. Anything else: ConfigError."""
    local, _, domain = mail.message_id.rpartition("@")
    try:
        found = _MESSAGE_ID.fullmatch(f"{local}@{domain.encode('idna').decode()}")
    except UnicodeError:
        found = None
    if found is None:
        raise ConfigError("message-id", "a Message-ID is local@domain", path="message_id")
    return f"<{found[1]}>"


def bare_address(value: str, field: str) -> str:
    """The address alone, its domain in ASCII, as SMTP and SES want it in the envelope."""
    return _address(value, field).addr_spec


def _address(value: str, field: str) -> Address:
    """Parse and check one address, with or without a display name. Whatever tries to be a second header is refused."""
    failure = Permanent if field == "recipient" else ConfigError
    if _CONTROL.search(value):
        raise failure("address", "an address holds a control character", path=field)
    name, address = _split(value)
    if set(name) & set("<>@"):
        raise failure("address", "more than one address, or a name posing as one", path=field)
    try:
        checked = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        # The validator's own words quote the address: they stay out of logs.
        raise failure("address", "not one valid e-mail address", path=field) from None
    if checked.ascii_email is None:
        raise failure("address", "an address that needs SMTPUTF8", path=field)
    return Address(display_name=header_text(name), addr_spec=checked.ascii_email)


def _split(value: str) -> tuple[str, str]:
    """`Name <address>`, `"Name" <address>` or a bare address, as name and address; nothing is checked yet."""
    text = value.strip()
    if not text.endswith(">"):
        return "", text
    name, _, address = text[:-1].rpartition("<")
    return name.strip().removeprefix('"').removesuffix('"').strip(), address.strip()


def _unsubscribe(mail: Mail) -> str:
    url = mail.unsubscribe_url
    if not url:
        raise ConfigError("unsubscribe-missing", "a marketing mail needs an unsubscribe URL", path="unsubscribe_url")
    if not url.isascii() or not url.isprintable() or set(url) & set(' <>,"'):
        raise ConfigError("unsubscribe-url", "not a URL that a header can hold", path="unsubscribe_url")
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.netloc or len(url) > 900:
        raise ConfigError("unsubscribe-url", "an unsubscribe URL is http(s) and at most 900 characters", path="unsubscribe_url")
    return url


def _encoding(text: str) -> str:
    """Quoted-printable stays readable and short for Latin text; base64 is the shorter one for Chinese."""
    encoded = text.encode()
    beyond = sum(byte > 126 for byte in encoded)
    return "base64" if beyond * 6 > len(encoded) else "quoted-printable"
