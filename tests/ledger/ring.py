"""A small real keyring in memory: real keys, real sealing, no rows and no turns."""

import hmac
import secrets
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bailee import errors
from bailee.grant import Grant, Ref
from bailee.ids import ActorId, ClientId, EntryId, LedgerId
from bailee.keyring.model import Pending
from bailee.ledger.reading import READ_SCOPES
from bailee.seal.leaf import LeafOpener, LeafSealer
from bailee.seal.port import Opener, Sealer, SegmentSealer
from bailee.work import Tx


class RingSealer:
    def __init__(self, ref: Ref, leaf: bytes) -> None:
        self.ref = ref
        self.leaf = leaf
        self._inner = LeafSealer(leaf)

    def stream_sealer(self, salt: bytes, associated_data: bytes) -> SegmentSealer:
        return self._inner.stream_sealer(salt, associated_data)

    def commitment(self, associated_data: bytes) -> bytes:
        return self._inner.commitment(associated_data)

    def seal_row(self, aad: bytes, plaintext: bytes) -> bytes:
        return self._inner.seal_row(aad, plaintext)


class RingSigner:
    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class Ring:
    def __init__(self) -> None:
        self.leaves: dict[Ref, bytes] = {}
        self.bodies: dict[tuple[ClientId, int], bytes] = {}
        self.seeds: dict[LedgerId, bytes] = {}
        self.secret = secrets.token_bytes(32)
        self.announced: list[Pending] = []

    def sealer(self, ref: Ref) -> RingSealer:
        return RingSealer(ref, secrets.token_bytes(32))

    def enrol(self, tx: Tx, sealer: Sealer) -> None:  # noqa: ARG002  # the port
        assert isinstance(sealer, RingSealer)
        self.leaves[sealer.ref] = sealer.leaf

    def opener(self, tx: Tx, ref: Ref, grant: Grant) -> Opener:  # noqa: ARG002  # the port
        covers = any(scope.covers(ref) for scope in grant.scopes)
        if grant.client != ref.client or not covers or not grant.spend():
            raise errors.Sealed("errors_keyring.not-granted")
        if ref not in self.leaves:
            raise errors.NotFound("errors_keyring.no-such-key")
        return LeafOpener(self.leaves[ref])

    def destroy(self, tx: Tx, refs: Sequence[Ref], *, derived: bool = False) -> Pending:  # noqa: ARG002  # the port
        for ref in refs:
            del self.leaves[ref]
        return Pending(generation=1, key_ids=tuple(ref.id for ref in refs))

    def announce(self, pending: Pending) -> None:
        self.announced += [pending]

    def body_sealer(self, tx: Tx, client: ClientId, year: int) -> LeafSealer:  # noqa: ARG002
        return LeafSealer(self.bodies.setdefault((client, year), secrets.token_bytes(32)))

    def body_opener(self, tx: Tx, client: ClientId, year: int, grant: Grant) -> LeafOpener:  # noqa: ARG002
        if grant.client != client or not grant.spend():
            raise errors.Sealed("errors_keyring.not-granted")
        return LeafOpener(self.bodies[client, year])

    def mac(self, domain: str, message: bytes) -> bytes:
        return hmac.digest(self.secret + domain.encode(), message, "sha256")

    def verify_mac(self, domain: str, message: bytes, tag: bytes) -> bool:
        return hmac.compare_digest(self.mac(domain, message), tag)

    def signer(self, tx: Tx, log: LedgerId) -> RingSigner:  # noqa: ARG002  # the port
        return RingSigner(self.seeds[log])

    def new_signer(self, tx: Tx, log: LedgerId) -> RingSigner:  # noqa: ARG002  # the port
        self.seeds[log] = secrets.token_bytes(32)
        return RingSigner(self.seeds[log])


def grant_to_read(client: ClientId, count: int = 1_000) -> Grant:
    return Grant(
        entry=EntryId.new(),
        index=0,
        actor=ActorId.new(),
        act="ledger:show",
        client=client,
        purpose="verification",
        scopes=READ_SCOPES,
        count=count,
        expires_s=0.0,
        mac=b"",
    )
