"""Folders watched: new rows in, incidents found, people told, the report rewritten."""

from sentiment.watch.reporting import report_store
from sentiment.watch.rounds import watch
from sentiment.watch.settings import WatchConfig, WatchSettings, load_watch, watch_from

__all__ = ["WatchConfig", "WatchSettings", "load_watch", "report_store", "watch", "watch_from"]
