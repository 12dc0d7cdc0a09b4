"""The bundle: what is in it, what is not, how large it is, and that it runs with nothing beside it."""

from __future__ import annotations

import ast
import csv
import io
import json
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.contract import Account, RawRequest, Secrets
from connectors import registry
from ops.runtime.proxy import HttpIn, proxy_event
from ops.runtime.routes import RouteTable
from tests.bundle.conftest import ROOT

TOPS = ("chalicelib", "connectors", "templates")
CHALICE = {"chalice/__init__.py", "chalice/app.py"}  # all that Lambda needs of it; the packager puts it there
ZIPPED = 45_000_000
UNZIPPED = 120_000_000
HERE = Path(__file__).parent
SECRET = "a secret of the tests"


def names(package: Path) -> set[str]:
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        return {name for name in bundle.namelist() if not name.endswith("/")}


def tree() -> set[str]:
    found = {path.relative_to(ROOT) for top in TOPS for path in (ROOT / top).rglob("*") if path.is_file()}
    return {"app.py"} | {path.as_posix() for path in found if "__pycache__" not in path.parts}


def installed(package: Path) -> set[str]:
    """What the packed distributions say they consist of."""
    found = set()
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        for record in (name for name in bundle.namelist() if name.endswith(".dist-info/RECORD")):
            found |= {row[0] for row in csv.reader(io.TextIOWrapper(bundle.open(record), "utf-8"))}
    return found


def isolated(script: str, *arguments: str, stdin: str = "") -> str:
    """Run a script of this folder without site-packages, environment or working directory on the path; its output."""
    command = [sys.executable, "-I", "-S", "-B", str(HERE / script), *arguments]
    done = subprocess.run(command, cwd="/", input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_holds_the_tree_and_nothing_else(package: Path) -> None:
    packed, wanted = names(package), tree()

    assert wanted - packed == set(), "in the tree, not in the bundle"
    assert packed - wanted - installed(package) - CHALICE == set(), "in the bundle, neither ours nor of a requirement"


def test_holds_the_same_bytes_as_the_tree(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        different = {name for name in tree() & names(package) if bundle.read(name) != (ROOT / name).read_bytes()}

    assert different == set()


def test_holds_connectors_and_templates_as_files(package: Path) -> None:
    """A checkout without symbolic links would pack two small text files instead."""
    packed = names(package)

    assert {f"connectors/{key}/__init__.py" for key in registry.KEYS} <= packed
    assert any(name.startswith("templates/email/") for name in packed)


@pytest.mark.parametrize("part", ["tests/", "ops/", "benchmarks/", "docs/", "infra/", "vendor/", "moto/", "pytest/", "pip/"])
def test_holds_nothing_of_the_workshop(package: Path, part: str) -> None:
    assert not [name for name in names(package) if name.startswith(part)]


def test_holds_no_compiled_python(package: Path) -> None:
    assert not [name for name in names(package) if name.endswith(".pyc") or "__pycache__" in name]


def test_holds_every_requirement_as_pinned(package: Path) -> None:
    """The packager leaves out, with a mere warning, what it finds no fitting wheel for."""
    lines = (line.split(";")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    pinned = {line.lower().replace("-", "_").replace("==", "-") for line in lines if line and not line.startswith("#")}
    packed = {name.split(".dist-info")[0].lower() for name in names(package) if ".dist-info/" in name}

    assert pinned - packed == set()


def test_holds_what_is_imported_late(package: Path) -> None:
    """Imports inside functions are met by no import of the module; a handler would meet them."""
    packed = {name.split("/")[0].removesuffix(".py") for name in names(package)}
    wanted = {name for path in (ROOT / top for top in TOPS[:2]) for file in path.rglob("*.py") for name in imported(file)}

    assert wanted - packed - sys.stdlib_module_names == set()


def imported(file: Path) -> set[str]:
    """First names of all that a module imports, wherever it does; what only the type checker sees is left out."""
    waiting: list[ast.AST] = [ast.parse(file.read_text())]
    found: set[str] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
        waiting += ast.iter_child_nodes(node)
    return found


def test_is_small_enough(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zipped = (package / "deployment.zip").stat().st_size
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        unzipped = sum(entry.file_size for entry in bundle.infolist())

    with capsys.disabled():
        print(f"\nbundle: {zipped / 1e6:.1f} MB zipped (at most {ZIPPED / 1e6:.0f}), {unzipped / 1e6:.1f} MB unzipped "
              f"(at most {UNZIPPED / 1e6:.0f})")  # fmt: skip
    assert zipped <= ZIPPED
    assert unzipped <= UNZIPPED


def test_every_module_imports_from_the_bundle_alone(unzipped: Path) -> None:
    report = json.loads(isolated("import_all.py", str(unzipped)))

    ours = {name[:-3].replace("/", ".").removesuffix(".__init__") for name in tree() if name.endswith(".py")}
    assert ours - set(report["imported"]) == set()
    assert report["outside"] == []


def test_a_webhook_goes_through_the_bundle(unzipped: Path) -> None:
    """From a gateway event to the order in the table. Only moto, which plays AWS, comes from outside."""
    body = (ROOT / "tests/fixtures/shopify/order-sample/body.json").read_bytes()
    requests = {"signed": webhook(body, body), "forged": webhook(body, body + b" ")}

    report = json.loads(isolated("handle_webhook.py", str(unzipped), site_packages(), stdin=json.dumps(requests)))

    assert report["forged"] == 401
    assert report["signed"] == 200
    assert report["queued"] == 1
    assert report["failures"] == []
    assert report["kinds"].count("order") == 1
    assert report["page"] == [404, "text/html; charset=utf-8"]
    assert report["outside"] == [], "modules that must come from the bundle and did not"


def webhook(signed: bytes, sent: bytes) -> dict[str, Any]:
    """An API Gateway event for a Shopify webhook: the signature is that of `signed`, the body is `sent`."""
    raw = RawRequest("POST", "", {"x-shopify-topic": ("orders/create",), "x-shopify-webhook-id": ("w-1",)}, (), signed, None)
    connector: Any = registry.connector("shopify")
    request = connector.sign(raw, Account("demo", "shopify", "acme", {}), Secrets({"webhook_secret": (SECRET,)}), datetime.now(UTC))
    headers = tuple((name, values[0]) for name, values in request.headers.items())
    match = RouteTable({"/webhooks/{platform}/{account}": ["POST"]}).match("/webhooks/shopify/acme", "POST")
    assert match is not None
    content = ("Content-Type", "application/json")
    http = HttpIn("POST", "/webhooks/shopify/acme", "", (*headers, content), sent, "192.0.2.1")
    return proxy_event(http, match, "api", datetime.now(UTC))


def site_packages() -> str:
    import moto

    return str(Path(moto.__file__).parent.parent)
