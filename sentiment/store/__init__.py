"""Posts, counts, incidents and events kept in one folder: one writer, any number of readers."""

from sentiment.store.files import FileState
from sentiment.store.incidents import Marked, StoredIncident
from sentiment.store.reading import Store, Totals, open_store
from sentiment.store.sifting import Added
from sentiment.store.upkeep import Checked, check_store
from sentiment.store.writing import Writer, write_store

__all__ = [
    "Added",
    "Checked",
    "FileState",
    "Marked",
    "Store",
    "StoredIncident",
    "Totals",
    "Writer",
    "check_store",
    "open_store",
    "write_store",
]
