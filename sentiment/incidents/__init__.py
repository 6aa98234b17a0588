"""Annotated posts -> counts -> spikes -> incidents -> effect of official responses."""

from sentiment.incidents.counts import count_posts, display_counts
from sentiment.incidents.incident import Incident, Incidents, find_incidents
from sentiment.incidents.response import ResponseEffect, find_responses, response_effect
from sentiment.incidents.spikes import Spike, Spikes, find_spikes

__all__ = [
    "Incident",
    "Incidents",
    "ResponseEffect",
    "Spike",
    "Spikes",
    "count_posts",
    "display_counts",
    "find_incidents",
    "find_responses",
    "find_spikes",
    "response_effect",
]
