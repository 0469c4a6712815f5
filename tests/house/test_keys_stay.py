"""Keys stay in the keyring: who asks it gets something that seals, opens or signs, never a key.

What its methods give as bytes is listed here with what it is.  The root leaves custody in one case,
for the recovery kit that is printed of it; where that is done is listed too.
"""

import ast

from tests.house.source import trees

BYTES = {
    "Inspection.signer_key": "a public key",
    "Keyring.grant_mac": "a MAC",
    "Keyring.mac": "a MAC",
    "EnrolledSealer.commitment": "a commitment",
    "EnrolledSealer.seal_row": "ciphertext",
    "LedgerSigner.sign": "a signature",
    "VaultSealer.indexes": "keyed hashes",
    "VaultSealer.link": "ciphertext",
    "VaultSealer.open_place": "where a batch stood, and a digest",
    "VaultSealer.open_token": "a token",
    "VaultSealer.seal_place": "ciphertext",
    "VaultSealer.seal_tokens": "ciphertext",
    "VaultSealer.seal_values": "ciphertext",
    "VaultSealer.tag": "a keyed hash",
}
"""Whatever a class that the keyring hands out gives as bytes."""

ROOT_TAKEN = {
    "keys/turn.py": "a new root serves only after the kit that was printed of it was typed back",
    "keyring/service.py": "the recovery key of backups is derived from it, there",
    "run/wiring/init.py": "the first kit is printed",
    "run/wiring/upgrading.py": "the backup before an upgrade is sealed to the key derived from it",
}


def classes() -> dict[str, ast.ClassDef]:
    return {
        node.name: node
        for page, tree in trees().items()
        if page.startswith("keyring/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }


def public(name: str) -> list[ast.FunctionDef]:
    body = classes()[name].body
    return [
        node for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


HANDED_OUT = ("Keyring", "Inspection", "EnrolledSealer", "LedgerSigner", "VaultSealer", "VaultKeys")


def test_no_method_gives_the_bytes_of_a_key() -> None:
    found = {
        f"{name}.{method.name}"
        for name in HANDED_OUT
        for method in public(name)
        if method.returns and {"bytes", "bytearray", "Secret"} & words(method.returns)
    }
    assert found == set(BYTES)


def words(annotation: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(annotation) if isinstance(node, ast.Name)}


def test_the_keyring_hands_out_no_other_class_of_its_own() -> None:
    """What a method of the keyring returns is looked at above, or opens against a grant alone."""
    own = {
        word
        for method in public("Keyring")
        if method.returns
        for word in words(method.returns)
        if word in classes()
    }
    assert own - set(HANDED_OUT) == {
        *("Custodied", "Pending", "Turning", "VaultOpener"),
        *("DueKey", "LeafRow"),  # wrapped, or a note of versions: neither is a key
    }


def test_the_root_is_taken_from_custody_where_a_kit_is_made() -> None:
    taking = {
        page
        for page, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "root"
        and ast.unparse(node.func.value).endswith("kms")
    }
    assert taking == set(ROOT_TAKEN)
