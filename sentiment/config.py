"""Frozen settings, one class per stage, read from TOML.

Notebook users never need this: every default is also the default of the function that uses it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar, cast

from sentiment.errors import ConfigError, unknown

Chosen = TypeVar("Chosen")
"""Settings of one stage."""


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """How files become posts."""

    max_rejected: float | None = None
    """Largest share of rejected rows (0 to 1) before the run counts as failed; None: no gate."""
    max_text: int = 10_000
    """Characters of a post that are kept; the rest is cut and the post marked ``truncated``."""


@dataclass(frozen=True, slots=True)
class TextSettings:
    """How one post is read."""

    abstain: float = 0.5
    """A stance whose probability is below this is marked not sure."""
    outage_threshold: float = 0.4
    """``p_outage`` from which a post counts as outage evidence."""
    model: str = ""
    """File of a model that `sentiment train` wrote; empty: the carried one."""
    words: tuple[str, ...] = ()
    """Words of your own that are never cut in pieces."""
    deep: bool = False
    """Read stances again by a sentence encoder (extra ``deep``), 10 to 40 posts a second."""


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """What people can be hit by."""

    file: str = ""
    """A topic file of your own, read in place of the carried one; empty: the carried one."""
    sample: int = 5_000
    """Posts, at most, from which topics that the file does not name are discovered."""
    most: int = 12
    """Topics, at most, that are discovered; 0: none."""
    seed: int = 0
    """Of the sample and the discovery: the same seed, the same topics."""


@dataclass(frozen=True, slots=True)
class DetectionSettings:
    """How counts become spikes and incidents."""

    false_alarms_per_week: float = 1.0
    """Clean-series false alarms the threshold stands for."""
    silence_minutes: int = 30
    """Quiet minutes after which a new alarm may start."""
    hysteresis: float = 1.0
    """Part of the alarm threshold below which a minute counts as quiet."""
    renotify_minutes: int = 1440
    """Minutes for which an alarm is not told again unless it is clearly newer to the series than before."""
    recovery_minutes: int = 15
    """Minutes below half of the excess before an incident counts as recovering."""
    min_authors: int = 8
    """Distinct authors with unusual outage or complaint evidence that an incident needs."""
    min_service_posts: int = 30
    """Posts that must name a service before it gets a series of its own."""


@dataclass(frozen=True, slots=True)
class ResponseSettings:
    """How the effect of an official response is measured."""

    windows: tuple[int, ...] = (15, 30, 60, 120)
    """Minutes before and after."""
    min_posts: int = 20
    """Posts with a stance on each side below which the answer is 'not enough data'."""
    resamples: int = 1000
    """Bootstrap resamples, clustered by author."""
    seed: int = 0
    """Of the resamples."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """How results are shown."""

    lang: str = "zh"
    """``zh`` or ``en``."""
    max_evidence: int = 400
    """Posts carried in the report as evidence."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run.

    >>> Settings().detection.silence_minutes
    30
    """

    ingest: IngestSettings = field(default_factory=IngestSettings)
    text: TextSettings = field(default_factory=TextSettings)
    topics: TopicSettings = field(default_factory=TopicSettings)
    detection: DetectionSettings = field(default_factory=DetectionSettings)
    response: ResponseSettings = field(default_factory=ResponseSettings)
    report: ReportSettings = field(default_factory=ReportSettings)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain nested dicts, for ``run.json``."""
        return asdict(self)


def load_settings(path: str | Path) -> Settings:
    """Read settings from a TOML file with one table per stage.

    Raises:
        ConfigError: if the file cannot be read, a key is unknown or a value has the wrong type.
    """
    return settings_from(read_toml(path))


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the tables of a TOML file.

    Raises:
        ConfigError: if it cannot be read or is no TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the settings file {path}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The settings file {path} is not valid TOML: {error}.") from None


def settings_from(data: Mapping[str, Any]) -> Settings:
    """Build settings from nested mappings; an unknown key is an error naming the nearest known one.

    >>> settings_from({"report": {"lang": "en"}}).report.lang
    'en'
    """
    settings = Settings()
    stages = {f.name: getattr(settings, f.name) for f in fields(Settings)}
    chosen: dict[str, Any] = {}
    for stage, values in data.items():
        if stage not in stages:
            raise ConfigError(unknown("settings table", stage, stages))
        if not isinstance(values, Mapping):
            raise ConfigError(f"Settings for {stage!r} must be a table [{stage}], not {values!r}.")
        chosen[stage] = with_values(stages[stage], stage, values)
    return replace(settings, **chosen)


def with_values(current: Chosen, stage: str, values: Mapping[str, Any]) -> Chosen:
    """Return settings of one stage with the values of its table.

    Raises:
        ConfigError: if a key is unknown or a value has the wrong type.

    >>> with_values(ReportSettings(), "report", {"lang": "en"}).lang
    'en'
    """
    known = {f.name: getattr(current, f.name) for f in fields(cast(Any, current))}
    changes = {}
    for name, value in values.items():
        if name not in known:
            raise ConfigError(unknown("setting", f"{stage}.{name}", (f"{stage}.{k}" for k in known)))
        changes[name] = _like(known[name], value, f"{stage}.{name}")
    return cast(Chosen, replace(cast(Any, current), **changes))


def _like(default: object, value: Any, name: str) -> Any:  # noqa: ANN401 - a TOML value
    if isinstance(default, tuple) and isinstance(value, list):
        return tuple(value)
    if default is None or isinstance(default, float):
        if value is None and default is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    elif type(value) is type(default):
        return value
    kind = "number" if default is None else "list" if type(default) is tuple else type(default).__name__
    raise ConfigError(f"Setting {name} must be a {kind}, not {value!r}.")
