"""Matching a path to a resource, as API Gateway's REST APIs do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Match:
    """A resource with the path parameters, percent-decoded; `parameters` None when it has none."""

    resource: str
    parameters: dict[str, str] | None


class RouteTable:
    """Resources and their methods, given as Chalice's `app.routes` (path -> methods).

    A literal segment wins over `{name}`, and `{name}` over `{name+}`, from left to right. One trailing slash is ignored. A
    parameter never matches an empty segment.
    """

    def __init__(self, routes: Mapping[str, Iterable[str]]) -> None:
        self._methods = {path: frozenset(methods) for path, methods in routes.items()}
        self._resources = sorted(((path, _segments(path)) for path in routes), key=lambda pair: [_rank(one) for one in pair[1]])

    def match(self, path: str, method: str) -> Match | None:
        """The resource that serves this path and method, or None. `path` still percent-encoded, without query and stage."""
        segments = _segments(path)
        for resource, pattern in self._resources:
            found = _parameters(pattern, segments)
            if found is not None:
                allowed = self._methods[resource]
                return Match(resource, found or None) if method in allowed or "ANY" in allowed else None
        return None


def _segments(path: str) -> list[str]:
    trimmed = path[:-1] if len(path) > 1 and path.endswith("/") else path
    return trimmed.split("/")[1:]


def _rank(segment: str) -> tuple[int, str]:
    if segment.endswith("+}"):
        return (2, segment)
    return (1, segment) if segment.startswith("{") else (0, segment)


def _parameters(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    """The values of the pattern's parameters, None when the path is another."""
    found: dict[str, str] = {}
    for place, part in enumerate(pattern):
        if part.endswith("+}"):
            rest = "/".join(segments[place:])
            return {**found, part[1:-2]: unquote(rest)} if rest else None
        if place >= len(segments):
            return None
        if part.startswith("{"):
            if not segments[place]:
                return None
            found[part[1:-1]] = unquote(segments[place])
        elif part != segments[place]:
            return None
    return found if len(segments) == len(pattern) else None
