"""CPU: which processor kernels are compiled for: this one, or what numba's settings name."""

import os
from functools import cache

import llvmlite.binding as llvm  # type: ignore[import-untyped]  # ships no types

_GENERIC = "generic"


@cache
def name() -> str:
    """Return LLVM's name of the processor."""
    wanted = os.environ.get("NUMBA_CPU_NAME", "")
    # "host" is numba's other way to say nothing.
    return wanted if wanted not in {"", "host"} else str(llvm.get_host_cpu_name())


@cache
def features() -> str:
    """Return LLVM's list of what it can do, such as `+avx2,+sha,-avx512bw`."""
    wanted = os.environ.get("NUMBA_CPU_FEATURES")
    if wanted is not None:
        return wanted
    # An instruction that the processor named does not have would end the process.
    return str(llvm.get_host_cpu_features().flatten()) if name() != _GENERIC else ""


def has(feature: str) -> bool:
    """Tell whether code for this processor may use a feature."""
    return f"+{feature}" in features().split(",")
