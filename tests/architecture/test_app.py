"""app.py has decorators and one call each: packaging reads it, and nothing else can be tested without AWS's shapes."""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import Function, Module, calls, dotted, modules

DECORATORS = ("app.route", "app.lambda_function")
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def faults(module: Module) -> list[str]:
    """What app.py has that it should not have."""
    found = []
    for node in module.tree.body:
        if isinstance(node, Function):
            found += _function_faults(module, node)
        elif not isinstance(node, ast.Import | ast.ImportFrom | ast.Assign | ast.Expr):
            found.append(module.at(node, type(node).__name__))
    for inner in ast.walk(module.tree):
        if isinstance(inner, COMPREHENSIONS | ast.Lambda | ast.Try | ast.If):
            found.append(module.at(inner, type(inner).__name__))
        if isinstance(inner, ast.Attribute) and dotted(inner) in ("os.environ", "os.getenv"):
            found.append(module.at(inner, "environment"))
    return found


def _function_faults(module: Module, node: Function) -> list[str]:
    names = [dotted(one.func) for one in node.decorator_list if isinstance(one, ast.Call)]
    if len(names) != 1 or names[0] not in DECORATORS:
        return [module.at(node, f"{node.name} is no entry point")]
    steps = [one for one in node.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
    entries = [name for one in steps for _, name in calls(one) if name.startswith("entry.")]
    others = [name for one in steps for _, name in calls(one) if name not in (*entries, "Response")]
    if len(steps) != 1 or not isinstance(steps[0], ast.Return) or len(entries) != 1 or others:
        return [module.at(node, f"{node.name} does more than one call")]
    return []


def test_app_is_thin() -> None:
    (module,) = modules(("app.py",))

    assert faults(module) == []


@pytest.mark.parametrize(
    "code",
    [
        "@app.lambda_function(name='a')\ndef a(event, context):\n    return [r for r in event]",
        "@app.lambda_function(name='a')\ndef a(event, context):\n    event['x'] = 1\n    return entry.a(event, context)",
        "@app.lambda_function(name='a')\ndef a(event, context):\n    return entry.a(other(event), context)",
        "def helper():\n    return entry.a()",
        "import os\nNAME = os.environ['NAME']",
        "class A: ...",
    ],
)
def test_thickness_is_caught(code: str) -> None:
    assert faults(Module("app.py", code)) != []
