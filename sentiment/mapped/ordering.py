"""The order of many numbers, worked out some at a time where they nearly ascend."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sentiment.mapped.arrays import blank, set_aside, stretches


def order_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the least value is, the next, and so on, equal ones as they stand: a stable argsort.

    Values whose order is known for sure, since none that comes later is lower, are done with; the others wait
    for the next stretch. Where too many wait, as in a file of newest posts first, all are sorted at once.

    >>> order_of(np.array([3, 1, 2, 1])).tolist()
    [1, 3, 2, 0]
    """
    parts = list(stretches(len(values)))
    later = [int(values[part].min()) for part in parts[1:]]
    for n in range(len(later) - 1, 0, -1):
        later[n - 1] = min(later[n - 1], later[n])
    out, first, waiting = blank(len(values), np.int64), 0, np.zeros(0, dtype=np.int64)
    for n, part in enumerate(parts):
        if len(waiting) > part.stop - part.start:
            return set_aside(np.argsort(values, kind="stable"))
        at = np.concatenate([waiting, np.arange(part.start, part.stop)])
        at = at[np.argsort(values[at], kind="stable")]
        sure = int(np.searchsorted(values[at], later[n], side="right")) if n < len(later) else len(at)
        out[first : first + sure] = at[:sure]
        first, waiting = first + sure, at[sure:]
    return out
