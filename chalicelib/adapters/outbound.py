"""Connections that leave the house: a name is resolved once, and that very address is connected to, which has to be public.

A name in a configuration, and what a platform answers, are from outside. Whoever controls a name controls what it resolves to, and
may have it resolve otherwise a moment later: so the address that was looked at is the one that is connected to, and nothing
resolves again. TLS still asks for the certificate of the name.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence

from chalicelib.errors import ConfigError, Permanent
from chalicelib.toolkit.hosts import public_address, public_name

PORT = 443
MOST = 4  # addresses of a name that are tried
HERE = "127.0.0.1"
_HERE = frozenset({HERE, "localhost"})

Resolve = Callable[[str], Sequence[str]]
Connect = Callable[[str, int, float | None], socket.socket]


def addresses_of(name: str) -> list[str]:
    """All addresses of a name, each once, in the order the resolver prefers. socket.gaierror where it has none."""
    found = socket.getaddrinfo(name, PORT, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def connected(address: str, port: int, timeout: float | None) -> socket.socket:
    """A TCP connection to an address; nothing is resolved. OSError where nobody takes it."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.settimeout(timeout)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.connect((address, port))
    except OSError:
        made.close()
        raise
    return made


class Dialler:
    """Opens the sockets that all calls go through.

    `local`: this machine may be called too, without TLS and at any port, as runtime and simulator live there. ConfigError inside a
    Lambda, where nothing of ours listens, and others' things may.
    """

    def __init__(self, resolve: Resolve = addresses_of, connect: Connect = connected, *, local: bool = False) -> None:
        if local and "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
            raise ConfigError("local-in-lambda", "calls to this machine are for the local runtime only")
        self._resolve = resolve
        self._connect = connect
        self._local = local

    def dial(self, host: str, port: int, timeout: float | None, *, tls: bool = True) -> socket.socket:
        """A socket to `host`, a name. Permanent("address-refused") for what is not public; OSError where nobody answers."""
        if not tls:
            return self._here(host, port, timeout)
        name = host.lower()
        if port != PORT or not public_name(name):
            raise Permanent("address-refused", "only port 443 of a public name is called")
        addresses = self._resolve(name)
        # One that is not public spoils all: no honest zone mixes them.
        if not all(public_address(each) for each in addresses):
            raise Permanent("address-refused", "the name leads to an address that is not public")
        return self._first(addresses, timeout)

    def _first(self, addresses: Sequence[str], timeout: float | None) -> socket.socket:
        failed: OSError = socket.gaierror(socket.EAI_NONAME, "the name has no address")
        for address in addresses[:MOST]:
            try:
                return self._connect(address, PORT, timeout)
            except OSError as error:
                failed = error
        raise failed

    def _here(self, host: str, port: int, timeout: float | None) -> socket.socket:
        if not self._local or host not in _HERE:
            raise Permanent("address-refused", "calls without TLS stay on this machine, and are for the local runtime only")
        return self._connect(HERE, port, timeout)
