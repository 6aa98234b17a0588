"""Columns and arrays larger than memory: they lie in files, the system fetches the pages looked at."""

from sentiment.mapped.arrays import AT_ONCE, blank, number_values, set_aside, stretches
from sentiment.mapped.columns import ColumnFiles, spell_out

__all__ = ["AT_ONCE", "ColumnFiles", "blank", "number_values", "set_aside", "spell_out", "stretches"]
