"""The product's Python modules, parsed."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("app.py", "chalicelib", "connectors")
ROOMS = (*SHIPPED, "ops", "benchmarks")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One module. `path` is relative to the repository's root, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Parsed."""
        return ast.parse(self.text)

    @property
    def room(self) -> str:
        """The first part of its path."""
        return self.path.partition("/")[0]

    def at(self, node: ast.AST, reason: str) -> str:
        """A violation, as editors like to find it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {reason}"


def modules(rooms: tuple[str, ...] = ROOMS) -> list[Module]:
    """All modules of some rooms, as they lie in the tree."""
    found = []
    for room in rooms:
        place = ROOT / room
        paths = [place] if place.is_file() else sorted(place.rglob("*.py"))
        found += [Module(path.relative_to(ROOT).as_posix(), path.read_text()) for path in paths]
    return found


def tracked() -> dict[str, str]:
    """Text of all files that belong to the repository, by path; binary ones are left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = {}
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            if b"\0" not in data:
                found[name] = data.decode("utf-8", "replace")
    return found


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with its dotted name; "" for what has none."""
    return ((node, dotted(node.func)) for node in ast.walk(tree) if isinstance(node, ast.Call))


def dotted(node: ast.AST) -> str:
    """`a.b.c` of a chain of names; what is called or indexed in between leaves its last name: `f().b` is `.b`."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def docstring_lines(node: Function | ast.ClassDef | ast.Module) -> int:
    """How many lines a docstring takes."""
    first = node.body[0] if node.body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def at_import(tree: ast.Module) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything but the insides of functions, default arguments and decorators too."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Function):
            waiting += [*node.args.defaults, *(one for one in node.args.kw_defaults if one), *node.decorator_list]
        elif isinstance(node, ast.Lambda):
            waiting += node.args.defaults
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            waiting += node.orelse
        else:
            yield node
            waiting += ast.iter_child_nodes(node)
