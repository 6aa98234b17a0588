"""What a watch is told: one TOML file with the tables of every stage and ``[watch]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sentiment.config import Settings, read_toml, settings_from, with_values
from sentiment.errors import ConfigError, unknown


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """The table ``[watch]``; paths are relative to the file that holds it."""

    folders: tuple[str, ...] = ()
    """Folders and files that scrapers write."""
    store: str = "store"
    """Folder of the store, made if absent."""
    report: str = ""
    """Folder of the report, made if absent; empty: none is written."""
    report_minutes: float = 10.0
    """Minutes between two reports; one is written at once when an incident begins or ends."""
    report_days: int = 7
    """Days a report looks back."""
    report_posts: int = 100_000
    """Posts, at most, that a report is made of: the newest ones."""
    every_seconds: float = 5.0
    """Seconds between two looks at the folders."""
    settle_seconds: float = 10.0
    """Seconds without a write after which a file that does not grow by lines counts as written."""
    history_days: int = 21
    """Days of minute counts that detection looks at."""
    recent_hours: int = 48
    """Hours of posts that detection describes incidents with, or more while one lasts."""
    resolve_minutes: int = 30
    """Minutes by which an end must lie behind the newest post before it is told."""
    no_data_minutes: float = 0.0
    """Minutes without a new post after which that is told; 0: never."""


@dataclass(frozen=True, slots=True)
class WatchConfig:
    """A watch with the settings of every stage.

    Attributes:
        watch: The table ``[watch]``, paths made whole.
        settings: The tables of the stages.
        alerts: The table ``[alerts]`` as it stands; empty: nobody is told.
    """

    watch: WatchSettings
    settings: Settings = field(default_factory=Settings)
    alerts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """Folder of the store."""
        return Path(self.watch.store)


def load_watch(path: str | Path) -> WatchConfig:
    """Read the settings of a watch.

    Raises:
        ConfigError: if the file cannot be read, a key is unknown, or a value makes no sense.
    """
    return watch_from(read_toml(path), beside=Path(path).resolve().parent)


def watch_from(data: Mapping[str, Any], *, beside: Path) -> WatchConfig:
    """Return the settings of a watch from plain tables.

    Args:
        data: Tables by name.
        beside: The folder that relative paths start from.

    Raises:
        ConfigError: if a key is unknown or a value makes no sense.

    >>> watch_from({"watch": {"folders": ["in"]}}, beside=Path("/srv")).watch.folders[0].endswith("in")
    True
    """
    stages = {**Settings().to_dict(), "watch": None, "alerts": None}
    for name, table in data.items():
        if name not in stages:
            raise ConfigError(unknown("settings table", name, stages))
        if not isinstance(table, Mapping):
            raise ConfigError(f"Settings for {name!r} must be a table [{name}], not {table!r}.")
    watch = _checked(with_values(WatchSettings(), "watch", data.get("watch", {})))
    rest = {name: table for name, table in data.items() if name not in ("watch", "alerts")}
    return WatchConfig(_whole_paths(watch, beside), settings_from(rest), data.get("alerts", {}))


def _checked(watch: WatchSettings) -> WatchSettings:
    if not watch.folders:
        raise ConfigError('The table [watch] names no folders; write folders = ["exports"].')
    if strange := [one for one in watch.folders if not isinstance(one, str)]:
        raise ConfigError(f"Setting watch.folders must be a list of paths, not {strange[0]!r} in it.")
    least = {
        "every_seconds": 0.1,
        "settle_seconds": 0.0,
        "report_minutes": 0.0,
        "report_days": 1,
        "report_posts": 1000,
        "history_days": 2,
        "recent_hours": 6,
        "resolve_minutes": 0,
        "no_data_minutes": 0.0,
    }
    for name, low in least.items():
        if getattr(watch, name) < low:
            raise ConfigError(f"Setting watch.{name} must be {low} or more, not {getattr(watch, name)}.")
    return watch


def _whole_paths(watch: WatchSettings, beside: Path) -> WatchSettings:
    def whole(path: str) -> str:
        return str(beside / Path(path).expanduser())

    return replace(
        watch,
        folders=tuple(map(whole, watch.folders)),
        store=whole(watch.store),
        report=whole(watch.report) if watch.report else "",
    )
