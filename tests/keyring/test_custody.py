"""The stand-in for custody keeps the contract too, or tests over it would mean nothing."""

from dataclasses import dataclass, field

import pytest
from tests.adapters.kms_contract import KmsContract
from tests.keyring.custody import UnsafeMemoryKms


@dataclass
class Memory:
    """Custody in memory outlives every process that opens it."""

    kms: UnsafeMemoryKms = field(default_factory=UnsafeMemoryKms)

    def open(self) -> UnsafeMemoryKms:
        return self.kms

    def take_away(self, number: int) -> None:
        self.kms.dead.add(number)

    def bring_back(self, number: int) -> None:
        self.kms.dead.discard(number)


@pytest.fixture
def custody() -> Memory:
    made = Memory()
    made.kms.make_turn(1)
    return made


class TestUnsafeMemoryKms(KmsContract):
    """The contract in memory."""
