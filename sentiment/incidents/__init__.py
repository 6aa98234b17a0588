"""Annotated posts -> counts -> spikes -> incidents -> effect of official responses."""

from sentiment.incidents.announcements import Announcement, find_responses
from sentiment.incidents.counts import count_posts, display_counts
from sentiment.incidents.incident import Incident, Incidents, find_incidents
from sentiment.incidents.response import ResponseEffect, response_effect, response_time
from sentiment.incidents.spikes import Spike, Spikes, find_spikes

__all__ = [
    "Announcement",
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
    "response_time",
]
