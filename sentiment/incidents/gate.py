"""An alarm is not yet an incident: who posted what, and what kind of spike is it?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from sentiment.incidents.counts import Flags, Floats, Integers, flags, people, wall_minutes
from sentiment.schema import require

PROMOTION: Final = re.compile(
    r"优惠券|红包|满减|抽奖|秒杀|折扣|下单|立减|直播间|领券|福利|代金券|戳(?:主页|链接|我)|点击链接|包邮"
)
"""Words of advertisements and give-aways."""
PROMOTED_SHARE: Final = 0.3
HIDDEN_ADDRESS: Final = re.compile(r"[⓪①-⑳❶-❿㊀-㊉]{3,}|首存|博彩|点c[o0]m", re.IGNORECASE)
"""An address written so that filters miss it, and words of betting shops: advertisements posted as
reviews."""
OUTAGE_SHARE: Final = 0.15
COMPLAINT_SHARE: Final = 0.3
"""Shares that outage evidence or complaints reach in some hour of an incident: an army of jokes does not."""
SHARE_POSTS: Final = 20
"""Voices that hour must hold; without such an hour the whole spike counts."""
FLOOD_SHARE: Final = 0.5
FLOOD_ACCOUNTS: Final = 3
FLOOD_POSTS: Final = 10
"""Fewer posts are no flood, whoever writes them."""
TEMPLATE_COPIES: Final = 3
"""Posts that must share a text for it to be a template."""
LONG_TEXT: Final = 15
"""Characters from which equal texts are copies; below, a crowd may well type the same words."""
MAX_EVIDENCE: Final = 50
AROUND_MINUTES: Final = 15
_NEEDED: Final = (
    "post_id", "created_at", "author", "account_kind", "hijack", "dup_group", "kind",
    "own_text", "stance", "outage", "service", "topics",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Posts:
    """Timed posts as arrays in order of time, one value a post.

    Attributes:
        frame: The rows themselves.
        minutes: Wall-clock minute numbers, increasing.
        people: Person's own voice.
        author: Number of the author; unknown authors have a number each.
        service: Named service, empty where none.
    """

    frame: pd.DataFrame
    minutes: Integers
    people: Flags
    outage: Flags
    complaint: Flags
    author: Integers
    service: np.ndarray[tuple[int], np.dtype[np.object_]]

    @classmethod
    def of(cls, annotated: pd.DataFrame) -> Posts:
        """Read the timed posts of an annotated frame."""
        require(annotated, _NEEDED, stage="find_incidents")
        timed = annotated.loc[annotated["created_at"].notna(), list(_NEEDED)]
        frame = timed.sort_values(["created_at", "post_id"], kind="stable", ignore_index=True)
        voices = people(frame)
        names = frame["author"].where(frame["author"] != "", "?" + frame["post_id"])
        return cls(
            frame=frame,
            minutes=wall_minutes(frame["created_at"]),
            people=voices,
            outage=voices & flags(frame["outage"]),
            complaint=voices & frame["stance"].eq("complaint").to_numpy(dtype=bool),
            author=pd.factorize(names)[0].astype(np.int64),
            service=frame["service"].to_numpy(dtype=object),
        )

    def between(self, start: float, stop: float, services: frozenset[str] | None) -> Integers:
        """Return positions of posts in ``[start, stop)`` minutes naming a service given (None: any)."""
        first, last = np.searchsorted(self.minutes, [start, stop])
        at = np.arange(first, last)
        return at if services is None else at[np.isin(self.service[at], list(services))]


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who and what is behind one spike."""

    posts: int
    authors: int
    complaint: int
    understanding: int
    neutral: int
    outage: int
    outage_authors: int
    evidence_authors: int
    outage_share: float
    complaint_share: float
    promoted: float
    hidden: float
    copied: float
    flooded: bool


def describe(posts: Posts, at: Integers, *, evidence_only: bool) -> Crowd:
    """Count the voices among the posts at these positions; look for floods in all or in the evidence."""
    voices = at[posts.people[at]]
    evidence = at[posts.outage[at] | posts.complaint[at]]
    suspects = evidence if evidence_only else at
    stance = posts.frame["stance"].to_numpy(dtype=object)[voices]
    return Crowd(
        posts=len(at),
        authors=len(np.unique(posts.author[voices])),
        complaint=int((stance == "complaint").sum()),
        understanding=int((stance == "understanding").sum()),
        neutral=int((stance == "neutral").sum()),
        outage=int(posts.outage[at].sum()),
        outage_authors=len(np.unique(posts.author[at[posts.outage[at]]])),
        evidence_authors=len(np.unique(posts.author[evidence])),
        outage_share=_best_hour(posts, voices, posts.outage),
        complaint_share=_best_hour(posts, voices, posts.complaint),
        promoted=_promoted(posts.frame.iloc[at]),
        hidden=_share_of(posts.frame.iloc[at], HIDDEN_ADDRESS),
        copied=_copied_share(posts.frame.iloc[at]),
        flooded=_flooded(posts, suspects) or _one_text(posts.frame.iloc[suspects]),
    )


def _best_hour(posts: Posts, voices: Integers, telling: Flags) -> float:
    """Return the largest share of telling posts in an hour of enough voices."""
    if len(voices) == 0:
        return 0.0
    hour = (posts.minutes[voices] - posts.minutes[voices[0]]) // 60
    said, all_voices = np.bincount(hour, weights=telling[voices]), np.bincount(hour)
    enough = all_voices >= SHARE_POSTS
    if not enough.any():
        return float(telling[voices].mean())
    return float((said[enough] / all_voices[enough]).max())


def _share_of(frame: pd.DataFrame, words: re.Pattern[str]) -> float:
    return float(frame["own_text"].str.contains(words).mean()) if len(frame) else 0.0


def _promoted(frame: pd.DataFrame) -> float:
    """Return the share of posts that sell something or speak for a company."""
    if frame.empty:
        return 0.0
    selling = frame["own_text"].str.contains(PROMOTION).to_numpy(dtype=bool)
    spoken_for = frame["account_kind"].isin(["official", "bot"]).to_numpy(dtype=bool)
    return float((flags(frame["hijack"]) | selling | spoken_for).mean())


def _flooded(posts: Posts, voices: Integers) -> bool:
    if len(voices) < FLOOD_POSTS:
        return False
    _, each = np.unique(posts.author[voices], return_counts=True)
    return bool(np.sort(each)[-FLOOD_ACCOUNTS:].sum() > FLOOD_SHARE * len(voices))


def _one_text(frame: pd.DataFrame) -> bool:
    """Return whether copies of one text make most posts; reposts are not copies."""
    copies = _copies(frame)
    return len(copies) > 0 and bool(copies.iloc[0] > FLOOD_SHARE * len(frame))


def _copied_share(frame: pd.DataFrame) -> float:
    """Return the share of posts that are one of several copies of a text, any text: rotating templates."""
    return float(_copies(frame).sum() / len(frame)) if len(frame) else 0.0


def _copies(frame: pd.DataFrame) -> pd.Series:
    """Return how many posts each copied text has, most first; short texts and reposts are left out."""
    own = frame[(frame["kind"] != "repost") & (frame["own_text"].str.len() >= LONG_TEXT)]
    if len(own) < FLOOD_POSTS:
        return pd.Series(dtype="int64")
    groups = own["dup_group"].value_counts()
    return groups[groups >= TEMPLATE_COPIES]


def spike_kind(crowd: Crowd) -> str:
    """Return what a spike without unusual outage or complaint evidence is: spam, campaign or gossip."""
    if crowd.flooded or crowd.copied > FLOOD_SHARE or crowd.hidden >= PROMOTED_SHARE:
        return "spam"
    return "campaign" if crowd.promoted >= PROMOTED_SHARE else "gossip"


def majority_service(posts: Posts, at: Integers) -> str | None:
    """Return the service that more than half of the outage posts that name one name, else None."""
    named = at[posts.outage[at] & (posts.service[at] != "")]
    if len(named) == 0:
        return None
    counts = pd.Series(posts.service[named], dtype="object").value_counts()
    return str(counts.index[0]) if counts.iloc[0] * 2 > len(named) else None


def share_unnamed(
    posts: Posts, periods: Sequence[tuple[float, float]], rivals: Sequence[tuple[str, float, float]]
) -> Posts:
    """Give the posts that name no service to those in trouble at their time, as the named evidence divides.

    Named evidence within a quarter hour counts. Which post goes where is a matter of proportion, not of
    knowledge; where one service is in trouble all go there.

    Args:
        posts: Timed posts.
        periods: Start and stop in minutes of the stretches to look at.
        rivals: Service, start and stop of each incident.
    """
    service = posts.service.copy()
    evidence = posts.outage | posts.complaint
    for start, stop in periods:
        names = sorted({name for name, a, b in rivals if a < stop and start < b})
        at = posts.between(start, stop, frozenset(("",)))
        if names and len(at):
            weights = [_named_around(posts, posts.minutes[at], evidence, name, rivals) for name in names]
            service[at] = _divided(np.vstack(weights), np.array(names, dtype=object))
    return replace(posts, service=service)


def _named_around(
    posts: Posts, minutes: Integers, telling: Flags, name: str, rivals: Sequence[tuple[str, float, float]]
) -> Floats:
    own = posts.minutes[(posts.service == name) & telling]
    low, high = np.searchsorted(own, [minutes - AROUND_MINUTES, minutes + AROUND_MINUTES + 1])
    on = np.zeros(len(minutes), dtype=bool)
    for other, start, stop in rivals:
        on |= (other == name) & (minutes >= start) & (minutes < stop)
    return np.asarray((high - low) * on.astype(np.float64))


def _divided(weights: Floats, names: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return one name a column in proportion to the weights, evenly spread; empty where all are 0."""
    total = weights.sum(axis=0)
    edges = np.cumsum(weights, axis=0) / np.maximum(total, 1e-12)
    # Multiples of the golden ratio fill the unit interval evenly, whatever the number of posts.
    at = np.arange(1, weights.shape[1] + 1) * 0.6180339887498949 % 1.0
    chosen = np.minimum((edges <= at).sum(axis=0), len(names) - 1)
    return np.where(total > 0, names[chosen], "")


def authors_reached(posts: Posts, evidence: Integers, needed: int) -> int | None:
    """Return the minute at which posts came from ``needed`` distinct authors, or None."""
    _, first = np.unique(posts.author[evidence], return_index=True)
    return int(posts.minutes[evidence[np.sort(first)[needed - 1]]]) if len(first) >= needed else None


def choose_evidence(posts: Posts, at: Integers, peak: float) -> tuple[str, ...]:
    """Return up to 50 post ids: the first evidence, evidence around the peak, then authors spread in time."""
    evidence = at[posts.outage[at] | posts.complaint[at]]
    pool = evidence if len(evidence) else at
    _, first = np.unique(posts.author[pool], return_index=True)
    voices = pool[np.sort(first)]
    near = voices[np.argsort(np.abs(posts.minutes[voices] + 0.5 - peak), kind="stable")]
    spread = voices[np.linspace(0, len(voices) - 1, min(len(voices), MAX_EVIDENCE)).round().astype(int)]
    chosen = dict.fromkeys([*voices[:10].tolist(), *near[:20].tolist(), *spread.tolist()])
    ids = posts.frame["post_id"].to_numpy(dtype=object)
    return tuple(str(ids[i]) for i in list(chosen)[:MAX_EVIDENCE])
