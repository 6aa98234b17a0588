"""Who speaks, for columns: only names that a service, a newsroom or a bot can have are judged one by one."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sentiment.ingest.accounts import (
    BOT,
    MARKS,
    OFFICIAL_NAME,
    OWN_ACCOUNT,
    PRESS_NAME,
    SALES,
    account_kind,
    is_hijack,
)
from sentiment.ingest.columns.strings import (
    marks,
    matching,
    offsets_of,
    replaced,
    taken,
    texts_of,
)

_LOOKED_AT = 3000
"""Characters of a text in which a sale is looked for."""


@cache
def _named() -> str:
    """Finds every name that one of the patterns for names can match as a whole."""
    bots = BOT.pattern.replace("^", "").replace("$", "")  # names are cut before they are looked at
    return "|".join([f"(?i:{bots}|{OWN_ACCOUNT.pattern})", OFFICIAL_NAME.pattern, PRESS_NAME.pattern])


@cache
def _sold() -> str:
    """Finds every text with a cue of a sale; RE2 knows digits of other scripts by another name."""
    return "|".join(pattern.pattern.replace(r"\d", r"\p{Nd}") for pattern in SALES)


def kinds_of(names: pa.Array, verified: pa.Array, regions: pa.Array, known: np.ndarray) -> pa.Array:
    """Return :func:`sentiment.ingest.accounts.account_kind` for columns without nulls."""
    kinds = pc.if_else(pa.array(known | (np.diff(offsets_of(names)) > 0)), "person", "unknown")
    kinds = kinds.cast(pa.large_string())
    special = matching(names, _named())
    special |= marks(verified, lambda mark: mark.strip().lower() in MARKS)
    special |= marks(regions, lambda region: BOT.search(region[:60]) is not None)
    at = np.flatnonzero(special)
    keys = zip(taken(names, at), taken(verified, at), taken(regions, at), known[at].tolist(), strict=True)
    judged: dict[tuple[str, str, str, bool], str] = {}
    values = []
    for key in keys:
        if key not in judged:
            judged[key] = account_kind(key[0], verified=key[1], region=key[2], known=key[3])
        values.append(judged[key])
    return replaced(kinds, at, values)


def hash_all(
    ids: pa.Array, names: pa.Array, platforms: pa.Array, salt: str, *, compiled: bool = False
) -> pa.Array:
    """Return :func:`sentiment.ingest.accounts.hash_authors` for columns without nulls."""
    keys = pc.if_else(pc.equal(ids, ""), names, ids)
    whole = pc.binary_join_element_wise(platforms, keys, pa.scalar("|", pa.large_string()))
    whole = pc.if_else(pc.equal(keys, ""), pa.scalar(None, pa.large_string()), whole)
    lead = f"{salt}|".encode("utf-8", "replace")
    if compiled:
        from sentiment.ingest.loops.hashes import hash_texts

        return hash_texts(lead, whole)
    coded = whole.dictionary_encode()
    distinct = coded.dictionary.cast(pa.large_binary()).to_pylist()
    hashed = texts_of([*[sha256(lead + key).hexdigest()[:16] for key in distinct], ""])
    return hashed.take(coded.indices.fill_null(len(distinct)))


def hijacks_of(texts: pa.Array, platforms: pa.Array) -> np.ndarray:
    """Return :func:`sentiment.ingest.accounts.is_hijack` for columns without nulls."""
    found = np.zeros(len(texts), dtype=bool)
    tagged = np.flatnonzero(pc.match_substring(texts, "#").to_numpy(zero_copy_only=False))
    if not len(tagged):
        return found
    some = texts.take(pa.array(tagged))
    doubtful = matching(some, _sold()) | (pc.utf8_length(some).to_numpy() > _LOOKED_AT)
    at = tagged[doubtful]
    pairs = zip(taken(texts, at), taken(platforms, at), strict=True)
    found[at] = [is_hijack(text, platform=site) for text, site in pairs]
    return found
