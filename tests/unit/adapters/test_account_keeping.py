"""What connecting an account writes: Secrets Manager, the archive's configuration, files of one machine, our own door."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest

from chalicelib.adapters.aws import ManagedSecrets
from chalicelib.adapters.config_texts import ArchivedConfigurations
from chalicelib.adapters.outbound import Dialler
from chalicelib.adapters.own_door import HttpDoor
from chalicelib.adapters.secret_keeping import ManagedKeeper
from chalicelib.contract import Account, RawRequest
from chalicelib.errors import ConfigError, Retriable
from chalicelib.parts import SystemClock
from chalicelib.ports_accounts import Configurations, SecretKeeper
from ops.account_files import FileConfigurations, FileKeeper
from ops.local import FileSecrets, MemoryArchive
from ops.quick_moto import own_aws

SHOP, OTHER = Account("demo", "shopify", "acme"), Account("demo", "shopify", "other")


@pytest.fixture
def manager() -> Iterator[Any]:
    with own_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


def keeper_of(kind: str, manager: Any, folder: Path) -> SecretKeeper:
    return ManagedKeeper(lambda: manager, "huitou") if kind == "aws" else FileKeeper(FileSecrets(folder / "state" / "secrets.json"))


@pytest.mark.parametrize("kind", ["aws", "file"])
def test_secrets_are_kept_replaced_and_destroyed(kind: str, manager: Any, tmp_path: Path) -> None:
    keeper = keeper_of(kind, manager, tmp_path)
    assert keeper.fresh(SHOP).values == {}
    keeper.save(SHOP, {"webhook_secret": ("new", "old"), "名": ("值",)})
    keeper.save(OTHER, {"webhook_secret": ("theirs",)})
    assert keeper.fresh(SHOP).values == {"webhook_secret": ("new", "old"), "名": ("值",)}
    keeper.save(SHOP, {"webhook_secret": ("new",)})
    assert keeper.fresh(SHOP).values == {"webhook_secret": ("new",)}
    keeper.forget(SHOP)
    keeper.forget(SHOP)
    assert keeper.fresh(SHOP).values == {} and keeper.fresh(OTHER).values == {"webhook_secret": ("theirs",)}
    keeper.save(SHOP, {"webhook_secret": ("again",)})  # the name is free at once
    assert keeper.fresh(SHOP).one("webhook_secret") == "again"


def test_what_is_kept_is_what_functions_read(manager: Any) -> None:
    ManagedKeeper(lambda: manager, "huitou").save(SHOP, {"webhook_secret": ("new", "old")})
    assert ManagedSecrets(lambda: manager, "huitou", SystemClock()).secrets(SHOP).all("webhook_secret") == ("new", "old")


def texts_of(kind: str, folder: Path, **merchants: str) -> Configurations:
    """Two merchants: one in `huitou.toml`, the other in a file of its own."""
    archive = MemoryArchive()
    for name, text in merchants.items():
        archive.put(f"config/{name}.toml", text.encode())
        (folder / f"{name}.toml").write_text(text)
    return ArchivedConfigurations(archive) if kind == "archive" else FileConfigurations(folder)


@pytest.mark.parametrize("kind", ["archive", "files"])
def test_each_merchant_has_its_own_configuration(kind: str, tmp_path: Path) -> None:
    one, two = 'merchant = "demo"\n', 'merchant = "tea"\n'
    texts = texts_of(kind, tmp_path, huitou=one, tea=two)
    assert (texts.read("demo"), texts.read("tea")) == (one, two)
    texts.replace("tea", two + "# more\n", read=two)
    assert (texts.read("demo"), texts.read("tea")) == (one, two + "# more\n")
    with pytest.raises(Retriable, match="config-contended"):
        texts.replace("tea", two, read=two)
    with pytest.raises(ConfigError, match="config-missing"):
        texts.read("nobody")


def test_a_file_keeps_its_rights_and_is_whole_at_any_time(tmp_path: Path) -> None:
    path = tmp_path / "huitou.toml"
    path.write_text('merchant = "demo"\n')
    path.chmod(0o640)
    FileConfigurations(path).replace("demo", 'merchant = "demo"\n# x\n', read='merchant = "demo"\n')
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in tmp_path.iterdir()] == ["huitou.toml"]


class _Door(BaseHTTPRequestHandler):
    """Answers with what came; /moved sends elsewhere."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(302 if self.path.startswith("/moved") else 200)
        self.send_header("location", "https://elsewhere.example/")
        self.end_headers()
        self.wfile.write(json.dumps([self.path, self.headers["x-sign"], body.decode()]).encode())

    def log_message(self, *_: Any) -> None:
        """Silent."""


def test_the_door_is_knocked_at_byte_by_byte() -> None:
    server = HTTPServer(("127.0.0.1", 0), _Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        request = RawRequest("POST", f"{url}/webhooks/x/y", {"x-sign": ("s",)}, (("a", "b c"),), b'{"x": 1}')
        door = HttpDoor(Dialler(local=True))
        answer = door.post(request)
        assert (answer.status, json.loads(answer.body)) == (200, ["/webhooks/x/y?a=b+c", "s", '{"x": 1}'])
        assert "date" in answer.headers
        assert door.post(RawRequest("POST", f"{url}/moved", {}, (), b"{}")).status == 302
    finally:
        server.shutdown()
        server.server_close()
    with pytest.raises(Retriable, match="door-closed"):
        door.post(request)
    with pytest.raises(ConfigError, match="door-open"):
        HttpDoor().post(request)
    with pytest.raises(ConfigError, match="door-open"):
        door.post(RawRequest("POST", "http://hooks.example.com/webhooks/x/y", {}, (), b"{}"))
