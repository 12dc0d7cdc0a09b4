"""What an envelope holds, opened, and checked against the digest that it travels under. For normalise, replay and quarantine."""

from __future__ import annotations

from chalicelib.envelope import Envelope, from_text, require_genuine
from chalicelib.errors import Permanent
from chalicelib.ports import Archive, Vault


class Unsealing:
    """Opens. A signature is checked once, on arrival; the hash of what is stored is checked each time."""

    def __init__(self, vault: Vault, archive: Archive) -> None:
        self._vault = vault
        self._archive = archive

    def sealed(self, envelope: Envelope) -> bytes:
        """The sealed bytes, from the envelope or the archive. Permanent("archive-missing") when they are gone."""
        return self._archive.get(envelope.claim) if envelope.claim else from_text(envelope.sealed or "")

    def open(self, envelope: Envelope, sealed: bytes | None = None) -> bytes:
        """The packed request or event. Permanent: gone, sealed otherwise, or not what the digest names."""
        if envelope.form == "deadline":
            raise Permanent("no-content", "a deadline holds nothing", connector=envelope.platform)
        packed = self._vault.open_raw(envelope.merchant, self.sealed(envelope) if sealed is None else sealed, envelope.digest)
        require_genuine(envelope, packed)
        return packed
