"""Makes the vectors of spec/keys.md, always the same; BAILEE_UPDATE=1 writes them."""

import hashlib
import itertools
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bailee.adapters.kms.custodian import Custodian
from bailee.adapters.kms.keyring_file import (
    FLOOR,
    Cost,
    KeyringFile,
    PassphraseKeys,
    Registered,
    render,
)
from bailee.ids import ClientId, Entropy, InstallId
from bailee.keyring.tree import formulas as tree
from bailee.keys.recovery import WORDS, split
from bailee.secret import Secret

FOLDER = Path(__file__).parents[2] / "spec" / "vectors" / "keys"
INSTALL = InstallId(bytes.fromhex("000102030405060708090a0b0c0d0e0f"))
CLIENT = ClientId(b"client-sixteen-a")
OTHER = ClientId(b"client-sixteen-b")
PHRASE = "une clé très sûre"

Vector = dict[str, str | int]
Page = Mapping[str, Vector]


def drawn(seed: str) -> Entropy:
    """Give bytes that look random and are the same each time."""
    counter = itertools.count()

    def entropy(size: int) -> bytes:
        blocks = [
            hashlib.sha256(f"{seed} {next(counter)}".encode()).digest()
            for _ in range(0, max(size, 1), 32)
        ]
        return b"".join(blocks)[:size]

    return entropy


def one(seed: str, size: int = 32) -> bytes:
    return drawn(seed)(size)


# --- the tree -------------------------------------------------------------------------------


def tree_page() -> Page:
    """Derivations and wraps, each derived key from those before."""
    root, turn, client_key, bucket_key, leaf = (
        one(name) for name in ("root", "turn", "client key", "bucket key", "leaf")
    )
    ident, bucket, kid = b"\x12\x34" + one("id", 14), 0x1234, one("key id", 16)
    kek = tree.kek(root, turn, INSTALL, 7)
    wrapper = tree.leaf_wrapper(bucket_key, "object", CLIENT, bucket)
    wraps: Page = {
        "client-key": wrapped(kek, tree.wrapping_aad(CLIENT, "client", CLIENT.raw, 3), client_key),
        "bucket-key": wrapped(client_key, tree.bucket_aad(CLIENT, bucket, 2), bucket_key),
        "leaf-key": wrapped(wrapper, tree.leaf_aad(CLIENT, "object", ident, 1, kid), leaf),
        "law-year": wrapped(
            one("law key"), tree.body_key_aad(CLIENT, 2026, 0, kid), one("year key")
        ),
    }
    good = wraps["leaf-key"]
    moved = {
        "to-another-client": tree.leaf_aad(OTHER, "object", ident, 1, kid),
        "to-another-noun": tree.leaf_aad(CLIENT, "segment", ident, 1, kid),
        "to-another-id": tree.leaf_aad(CLIENT, "object", ident[::-1], 1, kid),
        "to-another-version": tree.leaf_aad(CLIENT, "object", ident, 2, kid),
        "to-another-key-id": tree.leaf_aad(CLIENT, "object", ident, 1, kid[::-1]),
    }
    damaged: dict[str, Vector] = {
        f"leaf-key-{name}": {**good, "aad": aad.hex(), "expect": "damaged"}
        for name, aad in moved.items()
    }
    stored = bytes.fromhex(str(good["wrapped"]))
    harmed = {
        "flipped-nonce": bytes([stored[0] ^ 1]) + stored[1:],
        "flipped-key": stored[:12] + bytes([stored[12] ^ 1]) + stored[13:],
        "flipped-tag": stored[:-1] + bytes([stored[-1] ^ 1]),
        "cut": stored[:-1],
        "longer": stored + b"\0",
    }
    damaged |= {
        f"leaf-key-{name}": {**good, "wrapped": data.hex(), "expect": "damaged"}
        for name, data in harmed.items()
    }
    return {
        "kek": {
            "kind": "kek",
            "root": root.hex(),
            "turn": turn.hex(),
            "install": str(INSTALL),
            "generation": 7,
            "expect": kek.hex(),
        },
        "leaf-wrapper": {
            "kind": "leaf-wrapper",
            "bucket-key": bucket_key.hex(),
            "noun": "object",
            "client": str(CLIENT),
            "id": ident.hex(),
            "bucket": bucket,
            "epoch": 0,
            "expect": wrapper.hex(),
        },
        "mac-key": {
            "kind": "mac-key",
            "internal": one("internal").hex(),
            "domain": "row",
            "expect": tree.mac_key(one("internal"), "row").hex(),
        },
        **wraps,
        **damaged,
    }


def wrapped(key: bytes, aad: bytes, secret: bytes) -> Vector:
    return {
        "kind": "wrap",
        "key": key.hex(),
        "aad": aad.hex(),
        "wrapped": tree.wrap(key, aad, secret, drawn("nonce")).hex(),
        "expect": secret.hex(),
    }


# --- the keyring file -----------------------------------------------------------------------


def keyring_page() -> Page:
    """One good file, and what is done to it."""
    root, second = one("root"), one("second root")
    good = keyring_text(FLOOR, {1: root})
    lines = good.splitlines(keepends=True)
    custodian = next(line for line in lines if line.startswith("custodian "))
    cheap = Cost(memory_kib=FLOOR.memory_kib - 1, passes=FLOOR.passes, lanes=FLOOR.lanes)
    rotating = keyring_text(FLOOR, {1: root, 8: second})
    flipped = good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:]
    wrong = "damaged errors_kms.keyring-file"
    return {
        "good": keyring(good, root.hex()),
        "two-roots": keyring(rotating, second.hex()),
        "decomposed-passphrase": {
            **keyring(good, root.hex()),
            "passphrase": "une cle\u0301 tre\u0300s su\u0302re",
        },
        "wrong-passphrase": {
            **keyring(good, "sealed errors_kms.wrong-passphrase"),
            "passphrase": "une clé très sure",
        },
        "below-the-floor": keyring(
            keyring_text(cheap, {1: root}), "damaged errors_kms.cheap-passphrase"
        ),
        "custodian-removed": keyring(good.replace(custodian, ""), wrong),
        "custodian-moved": keyring(good.replace("/srv/one", "/srv/two"), wrong),
        "root-removed": keyring(rotating.replace(rotating.splitlines(True)[-2], ""), wrong),
        "generation-of-root-changed": keyring(
            good.replace("root 1 ", "root 2 "), "sealed errors_kms.wrong-passphrase"
        ),
        "mac-flipped": keyring(flipped, wrong),
        "no-mac": keyring("".join(lines[:-1]), wrong),
        "line-after-the-mac": keyring(good + "\n", wrong),
        "other-version": keyring(good.replace("keyring 1", "keyring 2"), wrong),
        "no-root": keyring("".join(line for line in lines if not line.startswith("root ")), wrong),
        "more-than-the-ceiling": keyring(good.replace(" 65536 ", " 4194305 "), wrong),
        "empty": keyring("", wrong),
    }


def keyring(text: str, expect: str) -> Vector:
    return {"file": text, "passphrase": PHRASE, "expect": expect}


def keyring_text(cost: Cost, roots: Mapping[int, bytes]) -> str:
    salt = one("salt", 16)
    keys = PassphraseKeys(Secret(PHRASE), salt, cost)
    content = KeyringFile(
        install=INSTALL,
        cost=cost,
        salt=salt,
        custodians=tuple(
            Registered(id=one(place, 16).hex(), path=Path(place))
            for place in ("/srv/one custodian", "/mnt/other")
        ),
        roots=tuple(
            (first, keys.wrap_root(INSTALL, first, root, drawn(f"nonce {first}")))
            for first, root in roots.items()
        ),
    )
    return render(content, keys).decode()


# --- custodians -----------------------------------------------------------------------------


def custodian_page() -> Page:
    """The turn secret of generation 7 as a custodian keeps it."""
    secret = one("turn")
    with tempfile.TemporaryDirectory() as folder:
        custodian = Custodian(Path(folder), one("/srv/one custodian", 16).hex(), INSTALL)
        custodian.write_turn(7, secret)
        good = (Path(folder) / "turn-7").read_text()
    lines = good.splitlines(keepends=True)
    wrong = "damaged errors_kms.turn-secret"
    harmed = {
        "other-generation": good.replace("generation 7", "generation 8"),
        "other-install": good.replace(str(INSTALL), str(InstallId(bytes(16)))),
        "other-secret": good.replace("secret ", "secret A"),
        "check-removed": "".join(lines[:-1]),
        "line-added": good + "\n",
        "overwritten": "\0" * len(good),
        "empty": "",
    }
    page: dict[str, Vector] = {
        "good": {"file": good, "install": str(INSTALL), "generation": 7, "expect": secret.hex()}
    }
    for name, text in harmed.items():
        page[name] = {**page["good"], "file": text, "expect": wrong}
    return page


# --- the recovery kit -----------------------------------------------------------------------


def kit_page() -> Page:
    """Shares 2 of 3 of one root, and what happens to them."""
    root = one("root")
    pages = split(Secret(root), install=INSTALL, threshold=2, shares=3, entropy=drawn("kit")).pages
    other = split(
        Secret(root), install=INSTALL, threshold=2, shares=3, entropy=drawn("other kit")
    ).pages
    slip = pages[0].replace("12 ", "13 ", 1)
    digits = pages[0].replace("\n12 ", "\n12 ").upper()
    return {
        "one-and-two": shares(root.hex(), pages[0], pages[1]),
        "two-and-three": shares(root.hex(), pages[1], pages[2]),
        "all-three": shares(root.hex(), *pages),
        "in-capitals": shares(root.hex(), digits, pages[2]),
        "one-alone": shares("sealed errors_keys.too-few-shares", pages[0]),
        "of-two-kits": shares("usage errors_keys.shares-mixed", pages[0], other[1]),
        "one-twice": shares("usage errors_keys.shares-mixed", pages[0], pages[0]),
        "a-slip": shares("usage errors_keys.share-line", slip, pages[1]),
        "words": {"words": " ".join(WORDS), "expect": "every byte"},
    }


def shares(expect: str, *pages: str) -> Vector:
    return {**{f"page-{number}": page for number, page in enumerate(pages, 1)}, "expect": expect}


# --- files ----------------------------------------------------------------------------------

PAGES = {
    "tree.toml": tree_page,
    "keyring.toml": keyring_page,
    "custodian.toml": custodian_page,
    "kit.toml": kit_page,
}


def written(page: Page) -> str:
    """Write a page as TOML; JSON's strings are TOML's."""
    parts = []
    for name, vector in page.items():
        parts.append(f"[{name}]\n")
        for key, value in vector.items():
            text = str(value) if isinstance(value, int) else json.dumps(value, ensure_ascii=False)
            parts.append(f"{key} = {text}\n")
        parts.append("\n")
    return "".join(parts).removesuffix("\n")
