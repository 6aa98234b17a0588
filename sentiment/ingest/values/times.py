"""Post times in every spelling that scrapers write, as Asia/Shanghai times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Final, cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from sentiment.ingest.values.cells import is_missing, plain
from sentiment.schema import TIME, ZONE

_SHANGHAI: Final = ZoneInfo(ZONE)
_FIRST, _LAST = 2000, 2099
"""Years a post can be from; anything else is no post time."""

_CLOCK: Final = r"(\d{1,2})\s{0,2}[:：时点]\s{0,2}(\d{2})(?:[:：分](\d{2})(?:[.,]\d{1,9})?)?[分秒]?"
_FULL: Final = re.compile(
    r"(\d{4})\s{0,2}[-/.年]\s{0,2}(\d{1,2})\s{0,2}[-/.月]\s{0,2}(\d{1,2})日?"
    rf"(?:[T\s]{{0,3}}{_CLOCK})?\s{{0,2}}(Z|[+-]\d{{2}}:?\d{{2}})?"
)
_RAW_API: Final = re.compile(
    r"[A-Za-z]{3} ([A-Za-z]{3}) {1,2}(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}) (\d{4})"
)
_MAIL: Final = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-]\d{4}|GMT)"
)
_AGO: Final = re.compile(r"(\d{1,5})\s{0,2}(秒钟?|分钟?|个?小时|天|周|个?月|年)前")
_DAY: Final = re.compile(rf"(今天|昨天|前天)\s{{0,3}}(?:{_CLOCK})?")
_MONTH_DAY: Final = re.compile(rf"(\d{{1,2}})\s{{0,2}}[-/月]\s{{0,2}}(\d{{1,2}})日?(?:\s{{0,3}}{_CLOCK})?")
_LEAD: Final = re.compile(r"\A(?:发布于|编辑于|更新于|发表于|已编辑)\s{0,3}")
_PLACE: Final = re.compile(r"\s{1,3}(?:来自\s{0,2})?[\u4e00-\u9fff]{2,8}\Z")
_MONTHS: Final = {
    name: n + 1
    for n, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
}
_SECONDS: Final = {
    "秒": 1,
    "分": 60,
    "小": 3600,
    "天": 86_400,
    "周": 604_800,
    "月": 2_592_000,
    "年": 31_536_000,
}
_COARSE: Final = frozenset("天周月年")
_FORMATS: Final = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S%z",
    "%a %b %d %H:%M:%S %z %Y",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
)


@dataclass(frozen=True, slots=True)
class Times:
    """A column of times and how sure they are."""

    at: pd.Series
    """``datetime64[ns, Asia/Shanghai]``, NaT where a cell could not be read."""
    relative: np.ndarray
    """True where the cell was read against another time (``3分钟前``, ``11-28``)."""
    coarse: np.ndarray
    """True where such a cell is only good to a day (``3天前``)."""


def parse_time(value: object, *, now: datetime | None = None) -> datetime | None:
    """Return a post's time in Asia/Shanghai, or None where the cell holds none.

    Args:
        value: Epoch seconds, milliseconds, micro- or nanoseconds (told apart by size), an Excel day
            number, a date-time object, or text. Text without a zone is Shanghai time.
        now: What ``刚刚``, ``3分钟前``, ``昨天 12:30`` and ``11-28`` are read against; without it
            they stay unread.

    >>> str(parse_time("Tue Jun 08 09:35:04 +0800 2021"))
    '2021-06-08 09:35:04+08:00'
    >>> now = parse_time("2025-04-11 17:05")
    >>> str(parse_time("昨天 12:30", now=now)), str(parse_time("11-28", now=now))
    ('2025-04-10 12:30:00+08:00', '2024-11-28 00:00:00+08:00')
    """
    if is_missing(value) or isinstance(value, bool):
        return None
    if isinstance(value, datetime):
        return _checked(value)
    if isinstance(value, date):
        return _checked(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - zone set there
    text = plain(value).strip().strip("'\ufeff").strip()[:60]
    number = _number(text)
    if number is not None:
        return _from_number(number)
    text = _LEAD.sub("", text)
    return _from_text(text, now) or _from_text(_PLACE.sub("", text), now)


def _number(text: str) -> float | None:
    if not text[:1].isdigit() or not text.isascii():
        return None
    if "e" in text.lower() and len(text.lower().split("e")[0].replace(".", "")) < 10:
        return None  # Excel kept too few digits to tell the hour
    try:
        return float(text)
    except ValueError:
        return None


def _from_number(number: float) -> datetime | None:
    if 19_000_000 < number < 30_000_000:
        return _from_digits(str(int(number)), "%Y%m%d")
    if 19_000_000_000_000 < number < 30_000_000_000_000:
        return _from_digits(str(int(number)), "%Y%m%d%H%M%S")
    if 36_526 <= number < 73_051:  # Excel's days since 1899-12-30
        return _checked(datetime(1899, 12, 30) + timedelta(seconds=round(number * 86_400)))  # noqa: DTZ001
    for size, unit in ((1e8, 1), (1e11, 1e3), (1e14, 1e6), (1e17, 1e9)):
        if size <= number < size * 100:
            return _checked(datetime.fromtimestamp(number / unit, _SHANGHAI))
    return None


def _from_digits(digits: str, form: str) -> datetime | None:
    try:
        return _checked(datetime.strptime(digits, form))  # noqa: DTZ007 - the zone is set in _checked
    except ValueError:
        return None


def _from_text(text: str, now: datetime | None) -> datetime | None:
    read = _absolute(text)
    if read is not None or now is None:
        return read
    here = now.astimezone(_SHANGHAI)
    for parse in (_ago, _day, _month_day):
        if (found := parse(text, here)) is not None:
            return _checked(found)
    return None


def _absolute(text: str) -> datetime | None:
    if (full := _FULL.fullmatch(text)) is not None:
        year, month, day, hour, minute, second, zone = full.groups()
        return _build(year, month, day, hour, minute, second, zone)
    if (raw := _RAW_API.fullmatch(text)) is not None:
        name, day, hour, minute, second, zone, year = raw.groups()
        return _build(year, _MONTHS.get(name.title()), day, hour, minute, second, zone)
    if (mail := _MAIL.fullmatch(text)) is not None:
        day, name, year, hour, minute, second, zone = mail.groups()
        return _build(year, _MONTHS.get(name.title()), day, hour, minute, second, zone)
    return None


def _build(
    year: str,
    month: str | int | None,
    day: str,
    hour: str | None,
    minute: str | None,
    second: str | None,
    zone: str | None,
) -> datetime | None:
    numbers = [int(part or 0) for part in (year, month, day, hour, minute, second)]
    try:
        return _checked(datetime(*numbers, tzinfo=_zone(zone)))  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def _zone(zone: str | None) -> timezone | ZoneInfo:
    if zone is None:
        return _SHANGHAI
    if zone in ("Z", "GMT"):
        return timezone.utc  # noqa: UP017
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:])))


def _checked(moment: datetime) -> datetime | None:
    try:
        local = moment.replace(tzinfo=_SHANGHAI) if moment.tzinfo is None else moment.astimezone(_SHANGHAI)
    except (OverflowError, ValueError):
        return None
    return local if _FIRST <= local.year <= _LAST else None


def _ago(text: str, now: datetime) -> datetime | None:
    if text in ("刚刚", "刚才"):
        return now
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    unit = match[2].removeprefix("个")[0]
    return now - timedelta(seconds=int(match[1]) * _SECONDS[unit])


def _day(text: str, now: datetime) -> datetime | None:
    match = _DAY.fullmatch(text)
    if match is None:
        return None
    day = now - timedelta(days={"今天": 0, "昨天": 1, "前天": 2}[match[1]])
    return _at_clock(day, match[2], match[3], match[4])


def _at_clock(day: datetime, hour: str | None, minute: str | None, second: str | None) -> datetime | None:
    try:
        return day.replace(
            hour=int(hour or 0), minute=int(minute or 0), second=int(second or 0), microsecond=0
        )
    except ValueError:
        return None


def _month_day(text: str, now: datetime) -> datetime | None:
    """The latest such day that is not after ``now``: sites leave the year out of this year's posts."""
    match = _MONTH_DAY.fullmatch(text)
    if match is None:
        return None
    month, day, hour, minute, second = match.groups()
    for year in (now.year, now.year - 1, now.year - 2, now.year - 3, now.year - 4):
        found = _build(str(year), month, day, hour, minute, second, None)
        if found is not None and found <= now + timedelta(days=1):
            return found
    return None


def parse_times(values: Sequence[object], *, now: Sequence[object] | pd.Series | None = None) -> Times:
    """Read a column of times; the commonest spelling is read in one go, the rest cell by cell.

    Args:
        values: The cells.
        now: For each row what a relative time is read against (Timestamp or NaT); None: nothing.

    >>> parse_times(["2025-04-11 17:05", "1744362300"]).at.astype(str).tolist()
    ['2025-04-11 17:05:00+08:00', '2025-04-11 17:05:00+08:00']
    """
    relative = np.zeros(len(values), dtype=bool)
    coarse = np.zeros(len(values), dtype=bool)
    if all(value is None for value in values):
        return Times(pd.Series(pd.NaT, index=range(len(values)), dtype=TIME), relative, coarse)
    cells = pd.Series(list(values), dtype=object)
    at = _in_one_go(cells)
    left = [n for n in np.flatnonzero(at.isna().to_numpy()).tolist() if not is_missing(cells.iat[n])]
    if left:
        found = [_one(cells.iat[n], now[n] if now is not None else None) for n in left]
        at = at.copy()
        at.iloc[np.array(left)] = pd.Series([moment for moment, _, _ in found], dtype=TIME).array
        relative[left] = [is_relative for _, is_relative, _ in found]
        coarse[left] = [is_coarse for _, _, is_coarse in found]
    return Times(shanghai(at), relative, coarse)


def _one(value: object, now: object) -> tuple[datetime | None, bool, bool]:
    moment = parse_time(value)
    if moment is not None or not isinstance(now, datetime) or is_missing(now):
        return moment, False, False
    moment = parse_time(value, now=now)
    match = _AGO.search(plain(value)[:60])
    return moment, moment is not None, match is not None and match[2].removeprefix("个")[0] in _COARSE


def _in_one_go(cells: pd.Series) -> pd.Series:
    blank = pd.Series(pd.NaT, index=cells.index, dtype=TIME)
    first = next((value for value in cells if not is_missing(value)), None)
    for attempt in (_epochs, _texts):
        read = attempt(cells, first)
        if read is not None:
            return read
    return blank


def _epochs(cells: pd.Series, first: object) -> pd.Series | None:
    text = plain(first).strip()
    if isinstance(first, bool) or not (text.isascii() and text.isdigit() and len(text) in (10, 13)):
        return None
    numbers = pd.to_numeric(cells.where(cells.map(_is_epoch)), errors="coerce").astype("float64")
    milliseconds = numbers.where(numbers >= 1e11, numbers * 1000)
    return shanghai(pd.to_datetime(milliseconds, unit="ms", utc=True))


def _is_epoch(value: object) -> bool:
    """Ten or thirteen digits between 2001 and 2099: read the same way by the slow path."""
    text = value.strip() if isinstance(value, str) else plain(value)
    if not (text.isascii() and text.isdigit() and len(text) in (10, 13)):
        return False
    return 1_000_000_000 <= int(text[:10]) < 4_070_000_000


def _texts(cells: pd.Series, first: object) -> pd.Series | None:
    if not isinstance(first, str):
        return None
    form = next((form for form in _FORMATS if _fits(first.strip(), form)), None)
    if form is None:
        return None
    text = cells.where(cells.map(lambda value: isinstance(value, str))).astype("str").str.strip()
    read = pd.to_datetime(text, format=form, errors="coerce", utc="%z" in form)
    return _in_years(read)


def _in_years(read: pd.Series) -> pd.Series:
    years = read.dt.year
    return shanghai(read.where((years >= _FIRST) & (years <= _LAST)))


def shanghai(times: pd.Series) -> pd.Series:
    """Return times of any resolution and zone in the frame's own; naive ones are Shanghai time.

    >>> str(shanghai(pd.Series(pd.to_datetime(["2025-04-11 09:05Z"]))).dtype)
    'datetime64[ns, Asia/Shanghai]'
    """
    local: pd.Series = times.dt.tz_localize(ZONE) if times.dt.tz is None else times.dt.tz_convert(ZONE)
    return cast("pd.Series", local.astype(TIME))  # type: ignore[call-overload] # the stubs know only UTC


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - only whether it fits
    except ValueError:
        return False
    return True
