"""Who wrote a post: a salted hash, the kind of account, and a name that may be shown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sentiment.ingest.accounts import account_kinds, hash_authors, verified_marks
from sentiment.ingest.convert.cells import Cells, text_column
from sentiment.schema import ACCOUNT_KINDS


def account_columns(cells: Cells, platform: Sequence[str], salt: str) -> dict[str, pd.Series]:
    """Return the columns ``author``, ``account_kind`` and ``account_name`` of a group of rows."""
    names = cells.cleaned("nickname")
    if "hashed" in cells:
        return _own_accounts(cells, names)
    users = [None if isinstance(user, dict | list) else user for user in cells["author"]]
    known = [user is not None for user in users]
    kinds = account_kinds(names, verified_marks(cells["verified"]), cells.texts("region"), known)
    authors = [""] * len(cells)
    for site in dict.fromkeys(platform):
        places = [n for n, name in enumerate(platform) if name == site]
        hashed = hash_authors(
            [users[n] for n in places], [names[n] for n in places], platform=site, salt=salt
        )
        for n, value in zip(places, hashed, strict=True):
            authors[n] = value
    shown = [name if kind in ("official", "media") else "" for name, kind in zip(names, kinds, strict=True)]
    return _columns(authors, kinds, shown)


def _own_accounts(cells: Cells, names: list[str]) -> dict[str, pd.Series]:
    """Our own output read again: authors are hashed already."""
    kinds = [kind if kind in ACCOUNT_KINDS else "unknown" for kind in cells.texts("account_kind")]
    return _columns(cells.texts("hashed"), kinds, names)


def _columns(authors: list[str], kinds: list[str], names: list[str]) -> dict[str, pd.Series]:
    columns = {"author": authors, "account_kind": kinds, "account_name": names}
    return {name: text_column(values) for name, values in columns.items()}
