"""Addresses from outside: whatever they are and whatever they resolve to, nothing inside is connected to."""

from __future__ import annotations

import http.server
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import WebSocketException

from chalicelib.adapters import outbound, outbound_http
from chalicelib.adapters.outbound import Dialler
from chalicelib.adapters.outbound_http import LONGEST, session
from chalicelib.adapters.own_door import HttpDoor
from chalicelib.adapters.platform_http import PlatformHttp
from chalicelib.contract import HttpRequest, RawRequest
from chalicelib.errors import ConfigError, HuitouError, Permanent
from chalicelib.parts import SystemClock
from chalicelib.toolkit import hosts
from chalicelib.toolkit.hosts import public_address, shop_address
from chalicelib.toolkit.sns import Envelope, certificate_url, key_id
from connectors import registry
from ops import worker
from tests.kit.faults import Told

PUBLIC = "93.184.215.14"
# What a name of an attacker may resolve to.
INSIDE = (
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::1",
    "2620:4f:8000::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "2606:4700::1%eth0",
    "fec0::1",
    "ff02::1",
    "no address",
)
OUTSIDE = (PUBLIC, "8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1", "2606:4700::1", "2a00::1")
# What an owner may write, or an answer may hold, instead of an address.
URLS = (
    "http://shop.example.com/",
    "ftp://shop.example.com/",
    "gopher://shop.example.com/",
    "file:///etc/passwd",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0x0.0x0.0x1/",
    "https://0x7f.1/",
    "https://017700000001/",
    "https://0177.0.0.1/",
    "https://0177.0.0.0x1/",
    "https://00000177.0.0.1/",
    "https://127.0.0.1./",
    "https://0/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://100.100.100.200/latest/meta-data/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[0:0:0:0:0:ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[5f00::1]/",
    "https://[fe80::1%25eth0]/",
    "https://8.8.8.8/",
    "https://[2606:4700::1]/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://shop/",
    "https://printer.local/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://x.localhost/",
    "https://router.lan/",
    "https://\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3/",  # localhost in circles
    "https://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",  # 127.0.0.1 in wide digits
    "https://127\u30020\u30020\u30021/",  # with Chinese full stops
    "https://sh\u043ep.example.com/",  # a Cyrillic letter
    "https://\u2488\u2488\u2488\u2488/",
    "https://user@shop.example.com/",
    "https://user:secret@shop.example.com/",
    "https://shop.example.com@127.0.0.1/",
    "https://shop.example.com#@127.0.0.1/\\",
    "https://127.0.0.1\\@shop.example.com/",
    "https://shop.example.com\\@127.0.0.1/",
    "https://127.0.0.1#shop.example.com",
    "https://127.0.0.1?shop.example.com",
    "https:\\\\127.0.0.1/",
    "https:/127.0.0.1/",
    "https:127.0.0.1",
    "https:///127.0.0.1/",
    "//127.0.0.1/",
    "https://shop.example.com:22/",
    "https://shop.example.com:80/",
    "https://shop.example.com:8443/",
    "https://shop.example.com:6379/",
    "https://shop.example.com:0/",
    "https://shop.example.com:65536/",
    "https://shop.example.com:-1/",
    "https://127.0.0.1\t.example.com/",
    "https://127.0.0.1\n/",
    "https://127.0.0.1%2f.example.com/",
    "https://%31%32%37.0.0.1/",
    "https://shop.example.com%00.127.0.0.1/",
)
# A session writes these anew before it looks: the shop with an odd path or no port, and another name with an address of its own.
HARMLESS = (
    "https://shop.example.com#@127.0.0.1/\\",
    "https://shop.example.com\\@127.0.0.1/",
    "https://shop.example.com:0/",
    "https://sh\u043ep.example.com/",
)


class Outside:
    """A resolver and a network: what was asked for, and what was connected to. Nobody answers."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.connections: list[str] = []

    def resolve(self, name: str) -> Sequence[str]:
        """The next answer; the last one again and again. A number is an address to resolvers, in whatever base."""
        self.asked.append(name)
        try:
            return [socket.inet_ntoa(socket.inet_aton(name))]
        except OSError:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def connect(self, address: str, _port: int, _timeout: float | None) -> socket.socket:
        """Note it."""
        self.connections.append(address)
        raise ConnectionRefusedError

    def dialler(self) -> Dialler:
        """A dialler over it."""
        return Dialler(self.resolve, self.connect)


Place = Callable[[Outside, str], object]


def of_platforms(outside: Outside, url: str) -> object:
    """The client of platforms, of a connector that would call any name."""
    http = PlatformHttp(("*.com", "*.example", "*.internal"), lambda: session(outside.dialler()), SystemClock())
    return http.send(HttpRequest("GET", url, once=True))


def of_the_door(outside: Outside, url: str) -> object:
    """The probe of our own webhook, at the base URL of the configuration."""
    return HttpDoor(outside.dialler()).post(RawRequest("POST", url, {}, (), b"{}"))


def of_the_worker(outside: Outside, url: str) -> object:
    """The holder of sockets."""
    return worker._connect(url.replace("https:", "wss:", 1).replace("http:", "ws:", 1), outside.dialler())


def of_a_session(outside: Outside, url: str) -> object:
    """The session itself, with nothing before it."""
    return session(outside.dialler()).get(url, timeout=1)


PLACES: tuple[Place, ...] = (of_platforms, of_the_door, of_the_worker, of_a_session)


def tried(place: Place, outside: Outside, url: str) -> None:
    """Let a place call."""
    try:
        place(outside, url)
    except (HuitouError, requests.RequestException, OSError, ValueError, WebSocketException):
        return
    raise AssertionError("somebody answered")


def led_inside(place: Place) -> list[str]:
    """Addresses inside that a place was led to connect to, by a name of the attacker's."""
    found = []
    for address in INSIDE:
        for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
            outside = Outside(answer)
            tried(place, outside, "https://shop.example.com/")
            found += outside.connections
    return found


def rebound(place: Place) -> list[str]:
    """What is connected to when the name resolves to a public address first, and inside ever after."""
    outside = Outside([PUBLIC], ["169.254.169.254"])
    for _ in range(3):
        tried(place, outside, "https://shop.example.com/")
    return outside.connections


@pytest.mark.fault(13)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_13_a_name_that_leads_inside_is_not_connected_to(place: Place, fault: Told) -> None:
    assert led_inside(place) == []

    reached = Outside([PUBLIC])
    tried(place, reached, "https://shop.example.com/")
    assert reached.connections == [PUBLIC], "the place does call out"
    fault.figure(f"0 connections to {len(INSIDE)} inner addresses by each of {len(PLACES)} places that call out")


@pytest.mark.fault(13)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_13_no_spelling_of_an_address_is_connected_to(place: Place, fault: Told) -> None:
    for url in URLS:
        outside = Outside([PUBLIC])
        tried(place, outside, url)
        assert outside.connections == ([PUBLIC] if url in HARMLESS and outside.connections else []), url
    fault.figure(f"0 connections by {len(URLS) - len(HARMLESS)} hostile spellings of addresses")


@pytest.mark.fault(13)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_13_a_name_that_changes_its_mind_is_resolved_once_a_connection(place: Place, fault: Told) -> None:
    assert rebound(place) == [PUBLIC]
    fault.figure("rebinding: 1 of 3 calls connected, to the address that was looked at")


@pytest.mark.fault(13)
@pytest.mark.parametrize("platform", registry.KEYS)
def test_13_no_connector_declares_hosts_that_lead_elsewhere(platform: str) -> None:
    """Each over its own list of hosts: what is hostile is refused before a name is resolved."""
    info = registry.connector(platform).info
    for url in URLS:
        outside = Outside([PUBLIC])
        http = PlatformHttp(info.api_hosts, lambda seen=outside: session(seen.dialler()), SystemClock())  # type: ignore[misc]
        with pytest.raises(Permanent, match="host-refused"):
            http.send(HttpRequest("GET", url, once=True))
        assert (outside.asked, outside.connections) == ([], [])
    for host in info.api_hosts:
        assert hosts.public_name(host.removeprefix("*.")), host


@pytest.mark.fault(13)
def test_13_a_shops_own_address_has_one_spelling() -> None:
    options = {info.key: info.host_option for info in (registry.connector(key).info for key in registry.KEYS) if info.host_option}
    assert options
    for key, option in options.items():
        for url in URLS:
            with pytest.raises(ConfigError):
                shop_address(url, connector=key, option=option)


@pytest.mark.fault(13)
def test_13_a_certificate_lies_with_the_signer_alone() -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:mail"
    name = "SimpleNotificationService-" + "a" * 32
    good = f"https://sns.us-east-1.amazonaws.com/{name}.pem"
    assert certificate_url(key_id(Envelope(TopicArn=topic, SigningCertURL=good))) == good
    wrong = (f"https://{host}/{name}.pem" for host in ("sns.us-east-1.amazonaws.com.evil.example", "127.0.0.1", "sns.evil.example"))
    for url in (*wrong, *URLS, good.replace("https", "http"), good.replace(".com/", ".com:8443/"), f"{good}?x", good + "\n"):
        with pytest.raises(HuitouError, match="certificate-foreign"):
            key_id(Envelope(TopicArn=topic, SigningCertURL=url))


def test_public_addresses_are_told_from_others() -> None:
    assert [each for each in INSIDE if public_address(each)] == []
    assert [each for each in OUTSIDE if not public_address(each)] == []


def test_this_machine_is_called_by_the_local_runtime_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside([PUBLIC])
    local = Dialler(outside.resolve, outside.connect, local=True)
    for host in ("localhost", "127.0.0.1"):
        with pytest.raises(ConnectionRefusedError):
            local.dial(host, 8000, 1, tls=False)
        with pytest.raises(Permanent, match="address-refused"):
            outside.dialler().dial(host, 8000, 1, tls=False)
    assert (outside.asked, outside.connections) == ([], ["127.0.0.1"] * 2)
    for host in ("shop.example.com", "10.0.0.1", "127.0.0.1.example.com"):
        with pytest.raises(Permanent, match="address-refused"):
            local.dial(host, 8000, 1, tls=False)

    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "huitou-api")
    with pytest.raises(ConfigError, match="local-in-lambda"):
        Dialler(local=True)


class _Site(http.server.BaseHTTPRequestHandler):
    """Sends every caller on to the metadata of this machine, or tells more than anybody wants."""

    def do_GET(self) -> None:
        """As its path says."""
        self.server.paths.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("location", f"http://{self.headers['host']}/metadata")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"here")

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def site(context: ssl.SSLContext | None = None) -> Iterator[Any]:
    """A server on this machine."""
    server: Any = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    server.paths = []
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sent_on(calls: requests.Session) -> list[str]:
    """The paths a session asks for at a site that redirects."""
    with site() as server, calls:
        calls.get(f"http://127.0.0.1:{server.server_port}/moved", timeout=5)
        return list(server.paths)


@pytest.mark.fault(13)
def test_13_no_answer_leads_on() -> None:
    assert sent_on(session(Dialler(local=True))) == ["/moved"]


@pytest.mark.fault(13)
def test_13_no_variable_of_the_environment_leads_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with site() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.server_port}")
        (tmp_path / ".netrc").write_text("machine shop.example.com login a password b\n")
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        outside = Outside([PUBLIC])
        tried(of_a_session, outside, "https://shop.example.com/")
        with pytest.raises(Permanent, match="proxy-refused"):
            session(outside.dialler()).get("https://shop.example.com/", proxies={"https": f"http://127.0.0.1:{proxy.server_port}"})
        assert (outside.connections, proxy.paths) == ([PUBLIC], [])
        prepared = session(outside.dialler()).prepare_request(requests.Request("GET", "https://shop.example.com/"))
        assert "authorization" not in prepared.headers


def certificate(folder: Path, name: str) -> Path:
    """A certificate that names `name`, signed by itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    place = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    place.write_bytes(private + made.public_bytes(Encoding.PEM))
    return place


@pytest.mark.parametrize("named", ["shop.example.com", "other.example.com"])
def test_the_certificate_is_asked_for_by_name_though_the_address_is_called(tmp_path: Path, named: str) -> None:
    pem, asked = certificate(tmp_path, named), []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with site(context) as server:

        def connect(address: str, port: int, timeout: float | None) -> socket.socket:
            assert (address, port) == (PUBLIC, 443)
            return outbound.connected("127.0.0.1", server.server_port, timeout)

        with session(Dialler(lambda _name: [PUBLIC], connect)) as calls:
            if named == "shop.example.com":
                assert calls.get("https://shop.example.com/x", verify=str(pem), timeout=5).content == b"here"
            else:
                with pytest.raises(requests.exceptions.SSLError):
                    calls.get("https://shop.example.com/x", verify=str(pem), timeout=5)
    assert asked == ["shop.example.com"]


@pytest.mark.parametrize("limit", ["size", "time"])
def test_an_answer_that_does_not_end_is_let_go(monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    if limit == "size":
        monkeypatch.setattr(outbound_http, "LONGEST", 3)
    ticks = iter(range(0, 10_000, 100))
    calls = session(Dialler(local=True), lambda: next(ticks) if limit == "time" else 0)
    with site() as server, calls, pytest.raises(Permanent if limit == "size" else requests.ReadTimeout):
        calls.get(f"http://127.0.0.1:{server.server_port}/", timeout=5)
    assert LONGEST < 100_000_000


class Twice(Dialler):
    """The usual mistake: look at one answer of the resolver, connect to the next."""

    def dial(self, host: str, port: int, timeout: float | None, *, tls: bool = True) -> socket.socket:
        """Looked at, and resolved again."""
        assert tls
        if not all(public_address(each) for each in self._resolve(host)):
            raise Permanent("address-refused")
        return self._connect(self._resolve(host)[0], port, timeout)


@pytest.mark.fault(13, saboteur=True)
def test_13_saboteur_who_resolves_again_is_rebound() -> None:
    def naive(outside: Outside, url: str) -> object:
        return session(Twice(outside.resolve, outside.connect)).get(url, timeout=1)

    assert rebound(naive) == ["169.254.169.254"]


@pytest.mark.fault(13, saboteur=True)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_13_saboteur_who_does_not_look_at_addresses_is_led_inside(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    monkeypatch.setattr(outbound, "public_address", lambda _address: True)
    assert set(led_inside(place)) >= set(INSIDE)


@pytest.mark.fault(13, saboteur=True)
def test_13_saboteur_with_a_plain_session_goes_where_he_is_sent() -> None:
    assert sent_on(requests.Session()) == ["/moved", "/metadata"]


@pytest.mark.fault(13, saboteur=True)
def test_13_saboteur_who_takes_any_name_and_any_resolved_number_is_led_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_http, "https_host", str)
    monkeypatch.setattr(outbound, "public_name", lambda _name: True)
    monkeypatch.setattr(outbound, "public_address", lambda _address: True)
    outside = Outside([PUBLIC])
    for url in URLS:
        try:
            of_a_session(outside, url)
        except (HuitouError, requests.RequestException):
            continue
    assert {"127.0.0.1", "169.254.169.254", "100.100.100.200"} <= set(outside.connections)
