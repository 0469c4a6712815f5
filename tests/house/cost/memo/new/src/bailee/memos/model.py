"""What a memo is: a sealed name and text, found by the keyed name, under a leaf key of its own."""

from dataclasses import dataclass

from bailee import errors
from bailee.encoding import dec, enc
from bailee.grant import Ref, Scope
from bailee.ids import ClientId, Id
from bailee.keyring.port import Macs
from bailee.limits import MEMO_BYTES, NAME_BYTES
from bailee.seal.row import row_aad

NOUN = "memo"
_NAME_DOMAIN = "memo-name"


class MemoId(Id):
    """One memo."""

    __slots__ = ()
    kind = "mm"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoRow:
    """One memo as it is stored."""

    client: ClientId
    memo: MemoId
    name_key: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Memo:
    """One memo as it is shown."""

    memo: MemoId
    name: str
    text: str

    def content(self) -> bytes:
        """Encode what is sealed; LimitExceeded when a part is empty or too long."""
        for part, limit in ((self.name, NAME_BYTES), (self.text, MEMO_BYTES)):
            if not 0 < len(part.encode()) <= limit:
                raise errors.LimitExceeded("errors_memos.length", limit=limit)
        return enc(NOUN, self.name, self.text)


def opened(memo: MemoId, content: bytes) -> Memo:
    """Read what was sealed."""
    name, text = dec(NOUN, content)
    return Memo(memo=memo, name=name.decode(), text=text.decode())


def name_key(macs: Macs, client: ClientId, name: str) -> bytes:
    """Key a name, as its row is found by it."""
    return macs.mac(_NAME_DOMAIN, enc(NOUN, client.raw, name))


def memo_ref(client: ClientId, memo: MemoId) -> Ref:
    """Name the leaf key of a memo."""
    return Ref(client=client, noun=NOUN, id=memo.raw)


def memos_scope(*memos: MemoId) -> Scope:
    """These memos, or all of the client's."""
    return Scope(noun=NOUN, ids=frozenset(one.raw for one in memos) if memos else None)


def memo_aad(client: ClientId, memo: MemoId) -> bytes:
    """Bind what is sealed to its row."""
    return row_aad(client.raw, NOUN, memo.raw, "content", 0)
