"""What is shipped of others: pinned by hash with all that it needs, made for Lambda, unchanged, licensed, asked about."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import subprocess
import sys
import zipfile
from email import message_from_string
from email.message import Message
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops import auditing, licences
from ops.licences import Library, licences_of, pinned
from tests.bundle.conftest import ROOT
from tests.kit.faults import Told

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ASKED = (ROOT / "requirements-worker.txt").read_text(encoding="utf-8") + (ROOT / "requirements.txt").read_text(encoding="utf-8")
WORKER = {"websockets"}
GLIBC = 26  # of Lambda's Python 3.11
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")
_LINUX = re.compile(r"manylinux_2_(\d+)_x86_64|manylinux(?:1|2010|2014)_x86_64|any")


def loose(lock: str, asked: str) -> list[str]:
    """What a lock leaves open: a line of another kind, a library without a hash, one that is asked for in another version."""
    found, name, hashes = [], "", 0
    for line in [*lock.splitlines(), "end==0"]:
        if line.startswith("#"):
            continue
        if _HASH.fullmatch(line):
            hashes += 1
        elif told := re.fullmatch(r"([a-z0-9._-]+)==\S+(?: \\)?", line):
            found += [f"{name}: no hash"] if name and not hashes else []
            name, hashes = told[1], 0
        else:
            found.append(f"odd line: {line}")
    versions = pinned(lock)
    for line in asked.splitlines():
        told = re.match(r"([A-Za-z0-9._-]+)==(\S+)", line)
        if told and versions.get(canonicalize_name(told[1])) != told[2]:
            found.append(f"{told[1]}: asked for in another version")
    return found


def unlocked(lock: str) -> list[str]:
    """What locked libraries need and the lock does not have."""
    versions = pinned(lock)
    needed = {Requirement(line) for name in versions for line in distribution(name).requires or []}
    return [str(one) for one in needed if (not one.marker or one.marker.evaluate({"extra": ""})) and not _fits(one, versions)]


def _fits(one: Requirement, versions: dict[str, str]) -> bool:
    return versions.get(canonicalize_name(one.name), "") in one.specifier if canonicalize_name(one.name) in versions else False


def foreign(bundle: zipfile.ZipFile) -> list[str]:
    """Libraries in a bundle that were built for another machine than Lambda's, such as the one that packed it."""
    found = []
    for name in (each for each in bundle.namelist() if each.endswith(".dist-info/WHEEL")):
        tags = message_from_string(bundle.read(name).decode()).get_all("Tag") or []
        kinds = [_LINUX.fullmatch(tag.rpartition("-")[2]) for tag in tags]
        if not any(kind and int(kind[1] or 0) <= GLIBC for kind in kinds):
            found.append(name.partition("/")[0])
    return found


def changed(bundle: zipfile.ZipFile) -> list[str]:
    """Files that are not what their library's own record says."""
    found, there = [], set(bundle.namelist())
    for record in (each for each in there if each.endswith(".dist-info/RECORD")):
        for path, told, _ in csv.reader(io.TextIOWrapper(bundle.open(record), "utf-8")):
            if told and path in there:
                made = base64.urlsafe_b64encode(hashlib.sha256(bundle.read(path)).digest()).rstrip(b"=").decode()
                found += [path] if told != f"sha256={made}" else []
    return found


@pytest.mark.fault(71)
def test_71_all_that_is_shipped_is_locked_by_hash(package: Path, fault: Told) -> None:
    assert loose(LOCK, ASKED) == []
    assert unlocked(LOCK) == []
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        told = [message_from_string(bundle.read(name).decode()) for name in bundle.namelist() if name.endswith("-info/METADATA")]
    packed = {canonicalize_name(one["Name"]): one["Version"] for one in told}
    assert packed == {name: version for name, version in pinned(LOCK).items() if name not in WORKER}
    fault.figure(f"{len(packed)} libraries in the bundle, {len(packed)} locked by hash")


@pytest.mark.fault(71)
def test_71_what_is_shipped_is_made_for_lambda_and_unchanged(package: Path) -> None:
    with zipfile.ZipFile(package / "deployment.zip") as bundle:
        assert foreign(bundle) == []
        assert changed(bundle) == []


@pytest.mark.fault(71)
def test_71_the_bundle_and_the_worker_are_made_of_the_lock_alone() -> None:
    """Both install by hash; what chalice calls pip for finds nothing but what was fetched so."""
    makefile, worker = (ROOT / "Makefile").read_text(), (ROOT / "infra/worker.Dockerfile").read_text()
    assert re.search(r"^FETCH := .*--require-hashes --no-deps --only-binary=:all:", makefile, re.MULTILINE)
    (packing,) = [line for line in makefile.splitlines() if "chalice package" in line]
    assert (
        "PIP_NO_INDEX=1" in packing and "PIP_FIND_LINKS=$(CURDIR)/$(WHEELS)" in packing and "PIP_CONFIG_FILE=/dev/null" in packing
    )
    (line,) = [line for line in worker.splitlines() if "pip install" in line]
    assert "--require-hashes" in line and "--no-deps" in line and "requirements.lock" in line


@pytest.mark.fault(71)
def test_71_licences_are_listed_and_none_asks_for_our_source(fault: Told) -> None:
    found = licences.libraries(LOCK)
    assert [each for each in found if not each.is_allowed] == []
    assert licences.PAGE.read_text(encoding="utf-8") == licences.page(found), "python -m ops.licences"
    assert not [each for each in licences.ALLOWED if "GPL" in each]
    fault.figure(f"{len(found)} licences listed, 0 outside the list")


@pytest.mark.fault(71, saboteur=True)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"^requests==.*", r"requests==2.0.0 \\"),
        (r"^requests==(\S+).*\n(    --hash.*\n)+", r"requests==\1\n"),
        (r"^requests==(\S+).*\n(    --hash.*\n)+", ""),
        (r"--hash=sha256:", "--hash=md5:"),
        (r"^requests==\S+", "requests>=2"),
        (r"^requests==", "--index-url https://packages.example.com/simple\nrequests=="),
    ],
)
def test_71_a_lock_that_leaves_something_open_is_caught(old: str, new: str) -> None:
    assert loose(re.sub(old, new, LOCK, count=1, flags=re.MULTILINE), ASKED) != []


@pytest.mark.fault(71, saboteur=True)
def test_71_a_lock_without_what_others_need_is_caught() -> None:
    assert unlocked(re.sub(r"^urllib3==.*\n(    --hash.*\n)+", "", LOCK, flags=re.MULTILINE)) != []


@pytest.mark.fault(71, saboteur=True)
def test_71_what_was_built_here_or_changed_is_caught() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        bundle.writestr("here-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-linux_x86_64\n")
        bundle.writestr("newer-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_28_x86_64\n")
        bundle.writestr("sound-1.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        bundle.writestr("sound/__init__.py", "poison = True\n")
        bundle.writestr("sound-1.dist-info/RECORD", f"sound/__init__.py,sha256={'A' * 43},0\nsound-1.dist-info/RECORD,,\n")
    with zipfile.ZipFile(kept) as bundle:
        assert foreign(bundle) == ["here-1.dist-info", "newer-1.dist-info"]
        assert changed(bundle) == ["sound/__init__.py"]


def wheel(folder: Path, content: str) -> Path:
    """A small wheel."""
    place = folder / "sound-1-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as made:
        for name, text in (
            ("sound.py", content),
            ("sound-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: sound\nVersion: 1\n"),
            ("sound-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            ("sound-1.dist-info/RECORD", ""),
        ):
            made.writestr(zipfile.ZipInfo(name), text)
    return place


@pytest.mark.fault(71, saboteur=True)
def test_71_a_wheel_that_was_exchanged_is_not_fetched(tmp_path: Path) -> None:
    """By the very options of the Makefile."""
    digest = hashlib.sha256(wheel(tmp_path, "sound = True\n").read_bytes()).hexdigest()
    (tmp_path / "lock").write_text(f"sound==1 \\\n    --hash=sha256:{digest}\n")
    options = ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-index", "--find-links", str(tmp_path)]
    command = [sys.executable, "-m", "pip", "download", *options, "-r", str(tmp_path / "lock")]

    def fetched(into: str) -> str:
        done = subprocess.run([*command, "--dest", str(tmp_path / into)], cwd=tmp_path, capture_output=True, text=True, check=False)
        return "" if done.returncode == 0 else done.stdout + done.stderr

    assert fetched("sound") == ""
    wheel(tmp_path, "poison = True\n")
    assert "DO NOT MATCH THE HASHES" in fetched("poisoned")


def told(**fields: str) -> Message:
    """What a distribution says of itself."""
    made = Message()
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    return made


@pytest.mark.fault(71, saboteur=True)
@pytest.mark.parametrize(
    "says",
    [
        {"License_Expression": "GPL-3.0-or-later"},
        {"License_Expression": "AGPL-3.0-only"},
        {"License_Expression": "MIT AND GPL-2.0-only"},
        {"Classifier": "License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)"},
        {"License": "Commercial"},
        {},
    ],
)
def test_71_a_licence_that_nobody_allowed_is_caught(says: dict[str, str]) -> None:
    assert not Library("x", "1", licences_of(told(**says))).is_allowed


def test_of_two_licences_one_is_enough() -> None:
    assert Library("x", "1", licences_of(told(License_Expression="GPL-2.0-only OR MIT"))).is_allowed


HOLE = '{"name": "a", "version": "1", "vulns": [{"id": "CVE-1"}]}'
CLEAN = '{"name": "a", "version": "1", "vulns": []}'
UNKNOWN = '{"name": "b", "skip_reason": "not found"}'


@pytest.mark.parametrize(
    ("says", "code", "words"),
    [
        (f'{{"dependencies": [{CLEAN}]}}', 0, "1 libraries asked about, 0 with known holes"),
        (f'{{"dependencies": [{HOLE}, {UNKNOWN}]}}', 1, "HOLE a 1: CVE-1"),
        (f'{{"dependencies": [{CLEAN}, {UNKNOWN}]}}', 2, "NOT AUDITED: the advisories know nothing of 1: b"),
        ('{"dependencies": []}', 2, "0 libraries asked about"),
        ("", 2, "NOT AUDITED: pip-audit could not ask (no network)"),
    ],
)
def test_an_audit_that_could_not_ask_is_no_pass(tmp_path: Path, says: str, code: int, words: str) -> None:
    script = tmp_path / "pip_audit.py"
    script.write_text(f"import sys\nprint({says!r})\nprint('no network', file=sys.stderr)\n")
    found = auditing.audit([sys.executable, str(script)])
    assert found.code == code
    assert words in found.said()
