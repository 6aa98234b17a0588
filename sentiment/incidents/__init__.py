"""Annotated posts -> counts -> spikes -> incidents -> effect of official responses."""

from sentiment.incidents.announcements import (
    Announcement,
    Given,
    find_responses,
    list_responses,
    measure_responses,
    name_response,
    read_responses,
)
from sentiment.incidents.backtesting import Backtest, backtest, read_events
from sentiment.incidents.counts import count_posts, display_counts
from sentiment.incidents.incident import find_incidents
from sentiment.incidents.record import Incident, Incidents
from sentiment.incidents.response import ResponseEffect, response_effect, response_time
from sentiment.incidents.spikes import Spike, Spikes, find_spikes

__all__ = [
    "Announcement",
    "Backtest",
    "Given",
    "Incident",
    "Incidents",
    "ResponseEffect",
    "Spike",
    "Spikes",
    "backtest",
    "count_posts",
    "display_counts",
    "find_incidents",
    "find_responses",
    "find_spikes",
    "list_responses",
    "measure_responses",
    "name_response",
    "read_events",
    "read_responses",
    "response_effect",
    "response_time",
]
