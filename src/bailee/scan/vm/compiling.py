"""Compiling: makes machine code of kernels, by numba; imported when a kernel is in no cache.

Numba is told what our declarations are to it: a kernel or piece is one of its functions, an
instruction one of its intrinsics.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from inspect import Parameter, Signature
from typing import Any

import numba
from numba.core import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import cpu_target
from numba.core.typing.typeof import typeof_impl
from numba.extending import intrinsic

from bailee.scan.vm import cpu
from bailee.scan.vm.cache import Code
from bailee.scan.vm.declared import Instruction, Part

_BY_POSITION = Parameter.POSITIONAL_OR_KEYWORD
_config: Any = numba.config
# Before anything is compiled: what numba compiles for, instructions are written for.
_config.CPU_NAME = cpu.name()
_config.CPU_FEATURES = cpu.features()


def compiled(kernel: Part[Any]) -> Code:
    """Compile a kernel with all its pieces."""
    # Within a piece, it would be left unoptimised, and be slow for ever.
    assert _config.OPT > 0, "a piece compiles a kernel"
    signature = types.int64(*[types.int64] * kernel.arity)
    # Whatever numba can compile raises nothing: by `numpy`, a division by zero gives zero.
    made: Any = numba.cfunc(signature, error_model="numpy")(kernel.function)
    return Code(made.native_name, bytes(made._library._get_compiled_object()))  # noqa: SLF001  # numba has no public way


@typeof_impl.register(Part)
def _type_of_part(part: Part[Any], _context: Any) -> Any:
    # A kernel too: within another it is one function with it, not a call from file to file.
    return types.Dispatcher(_dispatcher(part))


@typeof_impl.register(Instruction)
def _type_of_instruction(instruction: Instruction[Any], _context: Any) -> Any:
    made = _intrinsic(instruction)
    # Numba takes note of what was defined since it last compiled.
    cpu_target.typing_context.refresh()
    return cpu_target.typing_context.resolve_value_type(made)


@cache
def _dispatcher(part: Part[Any]) -> Any:
    compile_piece: Any = numba.njit
    made = compile_piece(
        nogil=True,
        error_model="numpy",
        no_cpython_wrapper=True,
        forceinline=part.inlined,
    )(part.function)
    whole = made.compile

    def compile_raw(signature: Any) -> Any:
        # A version for each literal argument would be five times as many; constants are seen
        # through when the kernel is optimised.
        unliteral: Any = types.unliteral
        with _raw():
            return whole(tuple(unliteral(each) for each in signature))

    made.compile = compile_raw
    return made


@cache
def _intrinsic(instruction: Instruction[Any]) -> Any:
    signature = types.int64(*[types.int64] * instruction.arity)

    def codegen(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return instruction.write(builder, *args)

    def define(_typing: Any, *_args: Any) -> Any:
        return signature, codegen

    # Numba reads off it how many arguments there are.
    names = ("_typing", *(f"_{number}" for number in range(instruction.arity)))
    own: Any = define
    own.__signature__ = Signature([Parameter(name, _BY_POSITION) for name in names])
    return intrinsic(own)


@contextmanager
def _raw() -> Iterator[None]:
    """Leave what is compiled meanwhile as it is: neither optimised nor assembled.

    The kernel that a piece becomes part of is, with all its pieces, once.  Numba would do both
    for each piece with all that it calls, which took a kernel of many pieces three times as long.
    """
    with global_compiler_lock:  # whoever else compiles wants the whole
        level = _config.OPT
        if level == 0:
            yield
            return
        codegen = cpu_target.target_context.codegen()
        engine = codegen._engine  # noqa: SLF001  # numba has no public way
        steps = ((codegen, "_add_module"), (codegen, "set_env"), (engine, "finalize_object"))
        for owner, name in steps:
            setattr(owner, name, _skip)
        _config.OPT = type(level)(0)
        try:
            yield
        finally:
            _config.OPT = level
            for owner, name in steps:
                delattr(owner, name)


def _skip(*_args: Any) -> None:
    """Stand in for a step that is left out."""
