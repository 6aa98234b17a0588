"""Whether a process has worked out enough baselines for compiled loops to be worth their loading."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

from sentiment.text.block.compiling import can_compile

LONGEST: Final = 128
"""NumPy adds longer rows in halves, the loops do not; no look-back of ours is that long."""


@dataclass
class Many:
    """How many quarter hours of baselines a process still works out without compiled loops.

    Attributes:
        left: So many.
        loading: As many of them as the loading of numba costs, which other loops may have paid already.

    >>> Many(100).ready(100)
    False
    """

    left: int = 200_000
    loading: int = 0

    def ready(self, blocks: int = 0) -> bool:
        """Count blocks whose baseline is asked for; return whether compiled loops should work it out."""
        self.left -= blocks
        paid = self.loading if "numba" in sys.modules else 0
        return self.left < paid and can_compile()


MANY: Final = Many(loading=150_000)
