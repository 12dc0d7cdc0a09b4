"""What people write into names and codes to make a mail do something, and how to see that it did."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

from chalicelib.domain import wording
from chalicelib.domain.wording import Rendered

PAYLOADS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><a href="https://evil.example">x</a>',
    "'><b>",
    "</td></tr></table><h1>x",
    "<!--",
    "--><![endif]-->",
    "{{7*7}}",
    "{% for x in range(9) %}",
    "{0.__class__}",
    "{shop}",
    "a\r\nBcc: victim@example.com",
    "a\nSubject: x",
    "\u202egnp.exe",
    "\u2066\u2067x",
    "=cmd()",
    "=?utf-8?q?x=0ABcc:y?=",
    "a\x00b\x1b[31m",
    "@import url(//evil.example)",
    "</style><style>*{display:none}",
    "&lt;b&gt;",
)
# What a message is made with besides: MJML, XML, sentences with holes, Jinja's ways out, links that clients make themselves.
MESSAGE_PAYLOADS = (
    *PAYLOADS,
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ m.shop.__class__ }}",
    "{{ cycler.__init__.__globals__ }}",
    "{%- include 'email/layout.html.j2' -%}",
    "{# comment #}{{ config }}",
    "{% endif %}{% endfor %}",
    "{shop_name.__class__.__init__.__globals__}",
    "{shop_name!r:>99}",
    "{buyer_name}{offer}",
    "%(shop_name)s ${shop_name} %n",
    "</mj-text><mj-raw><script>1</script></mj-raw>",
    '<mj-include path="/etc/passwd" />',
    "<![CDATA[<script>1</script>]]>",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;',
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "<!--[if mso]><p>x</p><![endif]-->",
    "javascript:alert(1)",
    "jAvAsCrIpT\t:alert(1)",
    "data:text/html,<script>1</script>",
    '" onmouseover="alert(1)',
    "' style='background:url(//evil.example)",
    "x\r\n.\r\nMAIL FROM:<a@evil.example>",
    "x\u2028Bcc: y\u2029z\x85",
    "\u200b\ufeff\u00adx\u200f",
    "=?UTF-8?B?PHNjcmlwdD4=?=",
    "<svg/onload=alert(1)>",
    "<style>@media{body{display:none}}</style>",
    "\ud800<b>",
)
_HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b\u200e\u200f\u2028\u2029\u00ad\ufeff\x00-\x09\x0b-\x1f\x7f\x85]|[\ud800-\udfff]"
)
_ACTIVE = re.compile(r"\s*(?:javascript|data|vbscript)\s*:", re.IGNORECASE)
_FOLLOWED = frozenset({"href", "src", "action", "formaction", "background", "style", "data"})
_RUN = re.compile(r"(?<!\d)49(?!\d)|<class '|&lt;class|Undefined")


class Skeleton(HTMLParser):
    """Everything of a page that is no text: elements with the names of their attributes, comments, declarations, sheets."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[object] = []
        self.active: list[str] = []
        self.shown = ""
        self._sheet = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append((tag, sorted(name for name, _ in attrs)))
        self.active += [
            f"{name}={value}"
            for name, value in attrs
            if name.startswith("on") or (name in _FOLLOWED and _ACTIVE.match(value or ""))
        ]
        self._sheet = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"/{tag}")
        self._sheet = False

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"!{data}")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(decl)

    def unknown_decl(self, data: str) -> None:
        self.parts.append(data)

    def handle_pi(self, data: str) -> None:
        self.parts.append(data)

    def handle_data(self, data: str) -> None:
        if self._sheet:
            self.parts.append(data)
        else:
            self.shown += data


def hidden(text: str) -> bool:
    """Whether it holds a sign that nobody sees."""
    return bool(_HIDDEN.search(text))


def ran(text: str) -> bool:
    """Whether something in it was reckoned, or reached for."""
    return bool(_RUN.search(text))


@lru_cache(maxsize=32)
def _skeleton(html: str) -> Skeleton:
    return Skeleton(html)


def live(mail: Rendered, line: str, harmless: Rendered, payload: str, *, shown: bool) -> list[str]:
    """In which ways a payload came alive in a message, `harmless` being the same message with a plain word in its place.

    `shown`: whether the value is told at all, and then as it is written.
    """
    page, clean = Skeleton(mail.html), _skeleton(harmless.html)
    text = wording.clean(payload)
    everything = "\n".join((mail.html, mail.text, mail.subject, mail.preheader, line))
    signs = {
        "structure": page.parts != clean.parts,
        "active attribute": bool(page.active),
        "hidden character": bool(_HIDDEN.search(everything)),
        "evaluated": bool(_RUN.search(everything)) and not _RUN.search(payload),
        "another header": len(mail.subject.splitlines()) > 1 or "=?" in mail.subject,
        "another line": len(mail.text.splitlines()) != len(harmless.text.splitlines()) or len(line.splitlines()) > 1,
        "not told as written": shown and not (text in page.shown and text in mail.text),
        "told": not shown and text in mail.text,
    }
    return [sign for sign, stands in signs.items() if stands]
