"""The rules: each takes a module and names what breaks it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.architecture.source import ROOMS, SHIPPED, Function, Module, at_import, calls, docstring_lines, dotted, functions

LONGEST_FUNCTION = 40
LONGEST_MODULE = 400
_SECRET = re.compile(
    r"secret|signature|(^|_)sig(n|ned)?($|_)|token|hmac|(^|_)mac($|_)|hash|passw|(^|_)(knock|nonce)($|_)", re.IGNORECASE
)
_BUILDERS = re.compile(
    r"(^|\.)(client|resource|Session|Environment|CSSInliner|getenv|open|read_text|read_bytes|basicConfig|from_environ|connect)$"
)


@dataclass(frozen=True)
class Rule:
    """A rule, where it holds, and a piece of code that breaks it."""

    name: str
    check: Callable[[Module], list[str]]
    rooms: tuple[str, ...]
    sabotage: str
    path: str = "chalicelib/pipeline/made_up.py"


def long_functions(module: Module) -> list[str]:
    """Longer than 40 lines, docstring and a parameter list of its own lines left out."""
    found = []
    for function in functions(module.tree):
        lines = (function.end_lineno or 0) - function.body[0].lineno + 1 - docstring_lines(function)
        if lines > LONGEST_FUNCTION:
            found.append(module.at(function, f"{function.name} has {lines} lines"))
    return found


def long_modules(module: Module) -> list[str]:
    """Longer than 400 lines, tables and payload shapes left out: data grows with a platform, code should not."""
    data = sum(_lines(node) for node in module.tree.body if _is_table(node) or _is_shape(node))
    lines = len(module.text.splitlines()) - data
    return [module.at(module.tree, f"{lines} lines of code")] if lines > LONGEST_MODULE else []


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _is_table(node: ast.stmt) -> bool:
    """An assignment of literals, possibly frozen, and nothing computed."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    inside = [one for one in ast.walk(node.value) if isinstance(one, ast.Call)]
    literal = ast.Dict | ast.Tuple | ast.Set | ast.List | ast.Call
    return isinstance(node.value, literal) and all(dotted(one.func) in ("frozenset", "MappingProxyType") for one in inside)


def _is_shape(node: ast.stmt) -> bool:
    """A class of annotated fields without a method."""
    return isinstance(node, ast.ClassDef) and all(isinstance(one, ast.AnnAssign | ast.Expr) for one in node.body)


def floats(module: Module) -> list[str]:
    """A call of float."""
    return [module.at(node, "float()") for node, name in calls(module.tree) if name == "float"]


def naive_times(module: Module) -> list[str]:
    """A time without a zone."""
    found = []
    for node, name in calls(module.tree):
        if name.endswith(("utcnow", "utcfromtimestamp")) or (name.endswith("datetime.now") and not node.args + node.keywords):
            found.append(module.at(node, name))
    return found


def open_comparisons(module: Module) -> list[str]:
    """Secrets, tokens and signatures compared with == or !=: it stops at the first difference, and can be timed."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare) and any(isinstance(one, ast.Eq | ast.NotEq) for one in node.ops):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) for side in sides):
                continue  # asks which of a few known words it is, or whether there is one
            names = [dotted(side).rpartition(".")[2] for side in sides]
            found += [module.at(node, name) for name in names if _SECRET.search(name)]
    return found


def swallowed_errors(module: Module) -> list[str]:
    """A bare except, or a broad one that does nothing."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler):
            broad = node.type is None or dotted(node.type) in ("Exception", "BaseException")
            idle = all(isinstance(one, ast.Pass | ast.Continue) for one in node.body)
            if node.type is None or (broad and idle):
                found.append(module.at(node, "swallows errors it does not know"))
    return found


def sleeps(module: Module) -> list[str]:
    """A real pause. A step may be given one; it makes none itself."""
    return [module.at(node, name) for node, name in calls(module.tree) if name in ("time.sleep", "sleep")]


def scans(module: Module) -> list[str]:
    """A read of the whole table, by its own name or in a statement that may come to one."""
    return [module.at(node, name) for node, name in calls(module.tree) if name.rpartition(".")[2] in _SCANS or _scan(node)]


_SCANS = frozenset({"scan", "execute_statement", "batch_execute_statement", "execute_transaction"})


def _scan(node: ast.Call) -> bool:
    named = isinstance(node.func, ast.Attribute) and node.func.attr in ("scan", "get_paginator")
    return named and ("scan" in [getattr(one, "value", "") for one in node.args] or dotted(node.func).endswith("scan"))


def queries(module: Module) -> list[str]:
    """A query of the service's own client elsewhere than in adapters/table.py, and one there that does not go on page by page."""
    found = []
    for function in functions(module.tree):
        named = [one for one in ast.walk(function) if isinstance(one, ast.Attribute) and one.attr == "query"]
        own = [one for one in named if dotted(one.value).rpartition(".")[2] in ("client", "_client", "dynamodb", "_dynamodb")]
        pages = "LastEvaluatedKey" in ast.unparse(function) and "ExclusiveStartKey" in ast.unparse(function)
        if not (module.path == "chalicelib/adapters/table.py" and pages):
            found += [module.at(one, dotted(one)) for one in own]
    return found


def prints(module: Module) -> list[str]:
    """Talk on standard output."""
    return [module.at(node, "print") for node, name in calls(module.tree) if name == "print"]


def built_at_import(module: Module) -> list[str]:
    """Clients made, files or the environment read while a module is imported."""
    found = []
    for node in at_import(module.tree):
        name = dotted(node.func) if isinstance(node, ast.Call) else ""
        environ = dotted(node.value) == "os.environ" if isinstance(node, ast.Subscript) else name.startswith("os.environ.")
        if environ or _BUILDERS.search(name):
            found.append(module.at(node, name or "os.environ"))
    return found


def undocumented(module: Module) -> list[str]:
    """A public module, class or function without a docstring."""
    found = [] if ast.get_docstring(module.tree) or not module.text.strip() else [module.at(module.tree, "module")]
    scopes: list[ast.Module | ast.ClassDef] = [module.tree]
    while scopes:
        for node in scopes.pop().body:
            if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
                if not ast.get_docstring(node) and not _is_implied(node):
                    found.append(module.at(node, node.name))
                if isinstance(node, ast.ClassDef):
                    scopes.append(node)
    return found


def _is_implied(node: Function | ast.ClassDef) -> bool:
    """Setters and overloads say what their first form says."""
    return any(dotted(one).endswith((".setter", "overload")) for one in node.decorator_list)


def own_decoders(module: Module) -> list[str]:
    """A typed msgspec decoder built elsewhere than under the one lock of toolkit/decode.py (see `decoder` there)."""
    if module.path == "chalicelib/toolkit/decode.py":
        return []
    found = []
    for node, name in calls(module.tree):
        typed = len(node.args) > 1 or any(one.arg == "type" for one in node.keywords)
        if name.endswith("json.Decoder") or name == "msgspec.convert" or (name.endswith("json.decode") and typed):
            found.append(module.at(node, name))
    return found


_CALLS_OUT = re.compile(
    r"(requests\.(Session|session|request|get|post|put|patch|delete|head|options)|socket\.(socket|create_connection)|"
    r"(http\.client\.|^)HTTPS?Connection|.*urlopen|urllib3\.(PoolManager|request)|PoolManager)"
)
OUTBOUND = ("chalicelib/adapters/outbound.py", "chalicelib/adapters/outbound_http.py")


def own_connections(module: Module) -> list[str]:
    """A call that leaves the house by another way than the dialler's, which looks at the address."""
    if module.path in OUTBOUND:
        return []
    found = []
    for node, name in calls(module.tree):
        given = [dotted(one) for one in (*node.args, *(word.value for word in node.keywords))]
        found += [module.at(node, each) for each in (name, *given) if _CALLS_OUT.fullmatch(each)]
    return found


def calls_home(module: Module) -> list[str]:
    """A dialler that may call the machine it runs on: the local runtime's alone."""
    named = [(node, word.arg) for node, name in calls(module.tree) if name.endswith("Dialler") for word in node.keywords]
    return [module.at(node, "Dialler(local=...)") for node, word in named if word in ("local", None)]


CALLERS = (*SHIPPED, "ops/worker.py", "ops/installation.py")
STEPS = ("app.py", "chalicelib/domain", "chalicelib/toolkit", "chalicelib/pipeline", "chalicelib/reckoning.py", "connectors")

RULES = (
    Rule("functions are short", long_functions, ROOMS, "def f() -> None:\n" + "    g()\n" * 41),
    Rule("modules are short", long_modules, ROOMS, "import os\n" + "x = f()\n" * 400),
    Rule("no float", floats, SHIPPED, "price = float('1.10')"),
    Rule("no naive time", naive_times, ROOMS, "at = datetime.now()"),
    Rule("secrets are compared in constant time", open_comparisons, SHIPPED, "ok = given == expected_signature"),
    Rule("secrets are compared in constant time, attributes too", open_comparisons, SHIPPED, "if self.token != given: pass"),
    Rule("no error is swallowed", swallowed_errors, ROOMS, "try:\n    f()\nexcept:\n    g()"),
    Rule("no unknown error is passed by", swallowed_errors, ROOMS, "try:\n    f()\nexcept Exception:\n    pass"),
    Rule("no pause outside adapters and ops", sleeps, STEPS, "time.sleep(1)"),
    Rule("no scan", scans, SHIPPED, "items = self._client.scan(TableName=name)"),
    Rule("no scan by pages", scans, SHIPPED, "pages = client.get_paginator('scan')"),
    Rule("no scan by a statement", scans, SHIPPED, "rows = self._client.execute_statement(Statement=told)"),
    Rule("queries go page by page", queries, SHIPPED, "def f(self):\n    return self.client.query(TableName=name)['Items']"),
    Rule(
        "queries go page by page, in the one place too",
        queries,
        SHIPPED,
        "def f(self):\n    return partial(self.client.query, TableName=name)()['Items']",
        "chalicelib/adapters/table.py",
    ),
    Rule("decoders are built one at a time", own_decoders, SHIPPED, "kind = msgspec.json.Decoder(Order)"),
    Rule(
        "decoders are built one at a time, in passing too", own_decoders, SHIPPED, "order = msgspec.json.decode(body, type=Order)"
    ),
    Rule("no print outside ops", prints, SHIPPED, "print('x')"),
    Rule("no client at import", built_at_import, SHIPPED, "class A:\n    s3 = boto3.client('s3')"),
    Rule("no client as a default argument", built_at_import, SHIPPED, "def f(http=requests.Session()) -> None: ..."),
    Rule("no environment at import", built_at_import, SHIPPED, "NAME = os.environ['NAME']"),
    Rule("no environment by get at import", built_at_import, SHIPPED, "NAME = os.environ.get('NAME')"),
    Rule("no file at import", built_at_import, SHIPPED, "TEXT = Path('x').read_text()"),
    Rule("calls leave by the dialler", own_connections, CALLERS, "answer = requests.get(url)"),
    Rule("sessions are the dialler's", own_connections, CALLERS, "http = PlatformHttp(hosts, requests.Session, clock)"),
    Rule("no socket of one's own", own_connections, CALLERS, "line = socket.create_connection((host, 443))"),
    Rule("nothing shipped calls its own machine", calls_home, SHIPPED, "door = HttpDoor(Dialler(local=True))"),
    Rule("public functions are documented", undocumented, ROOMS, "'''Module.'''\nclass A:\n    '''A.'''\n    def f(self): ..."),
)
