"""Just enough GraphQL: the selection of a query, and an object cut down to it. A field that is not there is an error."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_][A-Za-z0-9_]*|-?[0-9]+|[{}()\[\]:!$=@]')
_MARKS = frozenset("{}()[]:!$=@")


class GraphQLError(Exception):
    """The query cannot be answered; its text goes into `errors[].message`."""


@dataclass(slots=True)
class Field:
    """A selected field: its name, arguments (variables filled in) and selection."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    selection: dict[str, Field] = field(default_factory=dict)


def parse(query: str, variables: dict[str, Any]) -> dict[str, Field]:
    """The top selection of the one operation, by response key. Inline fragments only."""
    reader = _Reader(_TOKEN.findall(re.sub(r"#[^\n]*", "", query)), variables)
    reader.skip_to_selection()
    return reader.selection()


def project(value: Any, selection: dict[str, Field], path: str) -> Any:
    """`value` cut down to `selection`. GraphQLError names a field that the type does not have."""
    if isinstance(value, list):
        return [project(each, selection, path) for each in value]
    if value is None or not isinstance(value, dict):
        if value is not None and selection:
            raise GraphQLError(f"Selections can't be made on scalars (field '{path}')")
        return value
    if not selection:
        raise GraphQLError(f"Field must have selections (field '{path}')")
    cut: dict[str, Any] = {}
    for key, wanted in selection.items():
        if wanted.name == "...":
            if value.get("__typename") == wanted.arguments["on"]:
                cut |= project(value, wanted.selection, path)
            continue
        if wanted.name not in value:
            raise GraphQLError(f"Field '{wanted.name}' doesn't exist on type '{path}'")
        cut[key] = project(value[wanted.name], wanted.selection, wanted.name)
    return cut


class _Reader:
    def __init__(self, tokens: list[str], variables: dict[str, Any]) -> None:
        self.tokens, self.variables, self.at = tokens, variables, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        if not token or (expected and token != expected):
            raise GraphQLError(f"Expected {expected or 'a token'}, found {token or 'the end'}")
        self.at += 1
        return token

    def skip_to_selection(self) -> None:
        depth = 0
        while self.peek() and (self.peek() != "{" or depth):
            depth += {"(": 1, ")": -1}.get(self.take(), 0)

    def selection(self) -> dict[str, Field]:
        self.take("{")
        found: dict[str, Field] = {}
        while self.peek() != "}":
            name = self.take()
            if name == "...":
                self.take("on")
                found[f"...{len(found)}"] = Field(name, {"on": self.take()}, self.selection())
                continue
            if name in _MARKS:
                raise GraphQLError(f"Unexpected {name}")
            key = name
            if self.peek() == ":":
                self.take()
                name = self.take()
            arguments = self._arguments() if self.peek() == "(" else {}
            found[key] = Field(name, arguments, self.selection() if self.peek() == "{" else {})
        self.take("}")
        return found

    def _arguments(self) -> dict[str, Any]:
        self.take("(")
        found: dict[str, Any] = {}
        while self.peek() != ")":
            name = self.take()
            self.take(":")
            found[name] = self._value()
        self.take(")")
        return found

    def _value(self) -> Any:
        word = self.take()
        if word == "$":
            return self.variables.get(self.take())
        if word.startswith('"'):
            return word[1:-1].replace('\\"', '"')
        if word in {"true", "false", "null"}:
            return {"true": True, "false": False, "null": None}[word]
        return int(word) if word.lstrip("-").isdigit() else word
