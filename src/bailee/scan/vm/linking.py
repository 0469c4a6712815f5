"""Linking: brings machine code into this process, by LLVM's linker."""

import ctypes
from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # ships no types

from bailee.scan.vm.cache import Code

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
_target = llvm.Target.from_default_triple()
# Code stays for as long as its engine: a kernel is never let go.
_engines: list[Any] = []


def link(code: Code, arity: int) -> Callable[..., int]:
    """Return the function that some code begins with, of so many whole numbers."""
    # An engine each: pieces of two kernels have the same names and may be other versions.
    machine = _target.create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.machine))
    engine.finalize_object()
    _engines.append(engine)
    # Called without the interpreter's lock, as ctypes does unless it is told otherwise.
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * arity)
    return prototype(engine.get_function_address(code.entry))
