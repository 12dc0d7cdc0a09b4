"""Every address of the console, from the configured public one: under a stage's prefix as under a domain of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit

from chalicelib.console.web import PREFIX

AT = "m"  # before the merchant's name, so that no merchant is taken for a page


@dataclass(frozen=True, slots=True)
class Urls:
    """Addresses under a base URL without a trailing slash; `merchant` where a page is one merchant's."""

    base_url: str
    merchant: str | None = None

    def of(self, merchant: str) -> Urls:
        """The same for a merchant."""
        return Urls(self.base_url, merchant)

    @property
    def root(self) -> str:
        """The path under which cookies hold, and everything lies."""
        return f"{urlsplit(self.base_url).path.rstrip('/')}/{PREFIX}"

    @property
    def secure(self) -> bool:
        """Whether browsers come by https."""
        return urlsplit(self.base_url).scheme == "https"

    def path(self, *segments: str, **query: str) -> str:
        """The path of a page of nobody in particular; each segment is quoted whole."""
        return _joined(self.root, segments, query)

    def at(self, *segments: str, **query: str) -> str:
        """The path of a page of the merchant."""
        return _joined(self.root, (AT, self.merchant or "", *segments), query)

    def whole(self, path: str) -> str:
        """A path as an address for a mail."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}{path}"

    def inside(self, told: str) -> str | None:
        """A path that was handed through a form, if it leads nowhere but into the console."""
        parts = urlsplit(told)
        plain = not parts.scheme and not parts.netloc and "\\" not in told and told.isprintable()
        below = parts.path == self.root or parts.path.startswith(f"{self.root}/")
        return told if plain and below and "//" not in parts.path and ".." not in parts.path.split("/") else None


def _joined(root: str, segments: tuple[str, ...], query: dict[str, str]) -> str:
    path = "/".join([root, *(quote(each, safe="") for each in segments)])
    told = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(told)}" if told else path
