"""Whether loops can be compiled here, and how."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

Loop = TypeVar("Loop", bound=Callable[..., Any])


def can_compile() -> bool:
    """Tell whether numba is installed and not switched off (``NUMBA_DISABLE_JIT=1``)."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") in ("", "0") and find_spec("numba") is not None


def instruction(code: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function that compiled loops can call of one that writes its machine code."""
    from numba.extending import intrinsic

    made: Callable[..., Any] = intrinsic(code)
    return made


def compiled(loop: Loop) -> Loop:
    """Compile a function over arrays when it is first called; the machine code is kept for later processes.

    Where no folder can be written to, every process compiles for itself.
    """
    from numba import njit

    try:
        return cast("Loop", njit(cache=True, nogil=True)(loop))
    except RuntimeError:
        return cast("Loop", njit(nogil=True)(loop))
