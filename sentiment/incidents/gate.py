"""An alarm is not yet an incident: who posted what, and what kind of spike is it?"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from sentiment.incidents.minutes import Flags, Floats, Integers
from sentiment.incidents.posts import Posts
from sentiment.mapped import stretches

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
TEXTS_AT_ONCE: Final = 20_000
"""Posts whose texts are looked through at a time."""
MAX_EVIDENCE: Final = 50
AROUND_MINUTES: Final = 15


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


def describe(posts: Posts, *, evidence_only: bool) -> Crowd:
    """Count the voices among posts; look for floods in all or in the evidence."""
    evidence = posts.outage | posts.complaint
    suspects = posts.only(evidence) if evidence_only else posts
    copies = _copies(posts)
    repeated = _copies(suspects) if evidence_only else copies
    return Crowd(
        posts=len(posts.rows),
        authors=len(np.unique(posts.author[posts.people])),
        complaint=int(posts.complaint.sum()),
        understanding=posts.understanding,
        neutral=posts.neutral,
        outage=int(posts.outage.sum()),
        outage_authors=len(np.unique(posts.author[posts.outage])),
        evidence_authors=len(np.unique(posts.author[evidence])),
        outage_share=_best_hour(posts, posts.outage),
        complaint_share=_best_hour(posts, posts.complaint),
        promoted=_promoted(posts),
        hidden=_hidden(posts),
        copied=sum(copies) / len(posts.rows) if copies else 0.0,
        flooded=_flooded(suspects) or _one_text(repeated, len(suspects.rows)),
    )


def _best_hour(posts: Posts, telling: Flags) -> float:
    """Return the largest share of telling posts in an hour of enough voices."""
    minutes, said = posts.minutes[posts.people], telling[posts.people]
    if len(minutes) == 0:
        return 0.0
    hour = (minutes - minutes[0]) // 60
    telling_posts, all_voices = np.bincount(hour, weights=said), np.bincount(hour)
    enough = all_voices >= SHARE_POSTS
    if not enough.any():
        return float(said.mean())
    return float((telling_posts[enough] / all_voices[enough]).max())


def _hidden(posts: Posts) -> float:
    return _share(posts, ("own_text",), lambda text: bool(HIDDEN_ADDRESS.search(text or "")))


def _promoted(posts: Posts) -> float:
    """Return the share of posts that sell something or speak for a company."""

    def told(hijack: object, kind: object, text: str | None) -> bool:
        return hijack is True or kind in ("official", "bot") or bool(PROMOTION.search(text or ""))

    return _share(posts, ("hijack", "account_kind", "own_text"), told)


def _share(posts: Posts, names: Sequence[str], told: Callable[..., bool]) -> float:
    """Return the share of the posts whose values in these columns tell something, 0 without posts."""
    size = len(posts.rows)
    each = (
        told(*values)
        for part in stretches(size, TEXTS_AT_ONCE)
        for values in zip(*(posts.column(name, part) for name in names), strict=True)
    )
    return sum(each) / size if size else 0.0


def _flooded(posts: Posts) -> bool:
    if len(posts.rows) < FLOOD_POSTS:
        return False
    each = np.bincount(posts.author)
    return bool(np.sort(each)[-FLOOD_ACCOUNTS:].sum() > FLOOD_SHARE * len(posts.rows))


def _one_text(copies: Sequence[int], posts: int) -> bool:
    """Return whether copies of one text make most posts; reposts are not copies."""
    return len(copies) > 0 and max(copies) > FLOOD_SHARE * posts


def _copies(posts: Posts) -> list[int]:
    """Return how many posts each copied text has; short texts and reposts are left out.

    Together they show rotating templates.
    """
    long = posts.cells("own_text").str.len().ge(LONG_TEXT) & posts.cells("kind").ne("repost")
    if long.sum() < FLOOD_POSTS:
        return []
    groups = pd.factorize(posts.cells("dup_group")[long])[0]
    each = np.bincount(groups[groups >= 0])
    return [int(n) for n in each[each >= TEMPLATE_COPIES]]


def spike_kind(crowd: Crowd) -> str:
    """Return what a spike without unusual outage or complaint evidence is: spam, campaign or gossip."""
    if crowd.flooded or crowd.copied > FLOOD_SHARE or crowd.hidden >= PROMOTED_SHARE:
        return "spam"
    return "campaign" if crowd.promoted >= PROMOTED_SHARE else "gossip"


def majority_service(posts: Posts) -> str | None:
    """Return the service that more than half of the outage posts that name one name, else None."""
    named = posts.service[posts.outage & (posts.service > 0)]
    if len(named) == 0:
        return None
    counts = np.bincount(named)
    return posts.services[int(np.argmax(counts))] if counts.max() * 2 > len(named) else None


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
    posts = posts.naming([name for name, _, _ in rivals])
    service = posts.service.copy()
    for start, stop in periods:
        names = sorted({name for name, a, b in rivals if a < stop and start < b})
        at = posts.ordered(posts.between(start, stop, frozenset(("",))))
        if names and len(at):
            weights = [_named_around(posts, posts.minutes[at], name, rivals) for name in names]
            codes = np.array([posts.services.index(name) for name in names])
            service[at] = _divided(np.vstack(weights), codes)
    return replace(posts, service=service)


def _named_around(
    posts: Posts, minutes: Integers, name: str, rivals: Sequence[tuple[str, float, float]]
) -> Floats:
    near = posts.between(minutes[0] - AROUND_MINUTES, minutes[-1] + AROUND_MINUTES + 1, frozenset((name,)))
    own = posts.minutes[near[posts.outage[near] | posts.complaint[near]]]
    low, high = np.searchsorted(own, [minutes - AROUND_MINUTES, minutes + AROUND_MINUTES + 1])
    on = np.zeros(len(minutes), dtype=bool)
    for other, start, stop in rivals:
        on |= (other == name) & (minutes >= start) & (minutes < stop)
    return np.asarray((high - low) * on.astype(np.float64))


def _divided(weights: Floats, codes: Integers) -> Integers:
    """Return one service a column in proportion to the weights, evenly spread; none (0) where all are 0."""
    total = weights.sum(axis=0)
    edges = np.cumsum(weights, axis=0) / np.maximum(total, 1e-12)
    # Multiples of the golden ratio fill the unit interval evenly, whatever the number of posts.
    at = np.arange(1, weights.shape[1] + 1) * 0.6180339887498949 % 1.0
    chosen = np.minimum((edges <= at).sum(axis=0), len(codes) - 1)
    return np.where(total > 0, codes[chosen], 0)


def authors_reached(posts: Posts, needed: int) -> int | None:
    """Return the minute at which posts came from ``needed`` distinct authors, or None."""
    _, first = np.unique(posts.author, return_index=True)
    return int(posts.minutes[np.sort(first)[needed - 1]]) if len(first) >= needed else None


def choose_evidence(posts: Posts, peak: float, *, kind: str) -> tuple[str, ...]:
    """Return up to 50 post ids: the first, those around the peak, then authors spread in time.

    Of an incident the posts with outage or complaint evidence, where there are any; of advertisements or talk
    the posts themselves show what it was.
    """
    evidence = np.flatnonzero(posts.outage | posts.complaint)
    pool = evidence if len(evidence) and kind in ("outage", "unclear") else np.arange(len(posts.rows))
    _, first = np.unique(posts.author[pool], return_index=True)
    voices = pool[np.sort(first)]
    near = voices[np.argsort(np.abs(posts.minutes[voices] + 0.5 - peak), kind="stable")]
    spread = voices[np.linspace(0, len(voices) - 1, min(len(voices), MAX_EVIDENCE)).round().astype(int)]
    chosen = dict.fromkeys([*voices[:10].tolist(), *near[:20].tolist(), *spread.tolist()])
    return tuple(map(str, posts.column("post_id", list(chosen)[:MAX_EVIDENCE])))
