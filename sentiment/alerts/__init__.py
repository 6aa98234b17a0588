"""Alerts: events of incidents told to people once, in order, whole, on every channel."""

from __future__ import annotations

from sentiment.alerts.reach import reach
from sentiment.alerts.sender import Sender, send_test, sender
from sentiment.alerts.settings import AlertSettings, ChannelSettings, Mute, alert_settings

__all__ = [
    "AlertSettings",
    "ChannelSettings",
    "Mute",
    "Sender",
    "alert_settings",
    "reach",
    "send_test",
    "sender",
]
