"""What a model has to beat at the least: counting the phrases of a lexicon."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sentiment.text.clean import own_model_text
from sentiment.text.lexicon import lexicon_finder

BLAME: Final = ("anger", "accuse", "loss", "redress", "fault")
FORGIVENESS: Final = ("forgive", "patience", "thanks", "defend")
FAULTS: Final = ("fault", "crash")


def lexicon_stances(texts: Sequence[str]) -> NDArray[np.str_]:
    """Return complaint or understanding, whichever has more phrases in the text, else neutral.

    >>> lexicon_stances(["垃圾，退钱", "程序员辛苦了", "今天星期三"]).tolist()
    ['complaint', 'understanding', 'neutral']
    """
    stances = []
    for counts in map(_phrases, texts):
        blame = sum(counts[name] for name in BLAME)
        forgiveness = sum(counts[name] for name in FORGIVENESS)
        tie = "neutral" if blame == forgiveness else "understanding"
        stances.append("complaint" if blame > forgiveness else tie)
    return np.array(stances, dtype=str)


def lexicon_outages(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell of each text whether it holds a phrase of failure and none of the false friends (心态崩了).

    >>> lexicon_outages(["美团崩了", "心态崩了"]).tolist()
    [True, False]
    """
    found = [_phrases(text) for text in texts]
    return np.array(
        [any(counts[name] for name in FAULTS) and not counts["false_friend"] for counts in found], dtype=bool
    )


def _phrases(text: str) -> Counter[str]:
    return Counter(hit.label for hit in lexicon_finder().find(own_model_text(text)))
