"""Columns and arrays larger than memory: they lie in files, the system fetches the pages looked at."""

from sentiment.mapped.arrays import (
    AT_ONCE,
    blank,
    number_values,
    pick,
    set_aside,
    stretches,
    take,
    take_anywhere,
    true_places,
)
from sentiment.mapped.columns import ColumnFiles, spell_out
from sentiment.mapped.ordering import order_of
from sentiment.mapped.spans import days_of, span_of

__all__ = [
    "AT_ONCE",
    "ColumnFiles",
    "blank",
    "days_of",
    "number_values",
    "order_of",
    "pick",
    "set_aside",
    "span_of",
    "spell_out",
    "stretches",
    "take",
    "take_anywhere",
    "true_places",
]
