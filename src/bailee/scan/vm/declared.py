"""Declared: what kernels are made of, before anything is compiled."""

from collections.abc import Callable
from inspect import signature
from typing import Any, Concatenate, Generic, ParamSpec

P = ParamSpec("P")


class Part(Generic[P]):
    """A function of whole numbers that is compiled, as a kernel or as part of some."""

    def __init__(self, function: Callable[P, Any], *, inlined: bool = False) -> None:
        self.function = function
        self.inlined = inlined
        """Compiled into each caller, and not called."""
        self.arity = len(signature(function).parameters)


class Instruction(Generic[P]):
    """What writes the instructions of one call: of LLVM values, all whole numbers, it makes one."""

    def __init__(self, write: Callable[Concatenate[Any, P], Any]) -> None:
        self.write = write
        self.arity = len(signature(write).parameters) - 1
