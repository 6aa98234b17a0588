"""Times, counts, ids and text as scrapers write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sentiment.ingest.values import (
    clean_id,
    clean_ids,
    cut_marker,
    html_to_text,
    id_from_url,
    is_missing,
    parse_count,
    parse_counts,
    parse_time,
    parse_times,
    plain,
    undo_guard,
)
from sentiment.schema import TIME, ZONE

NOW = parse_time("2025-04-11 17:05:30")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2025-04-11 17:05", "2025-04-11 17:05:00"),
        ("2025-04-11 17:05:59", "2025-04-11 17:05:59"),
        ("2025-04-11T17:05:59.123", "2025-04-11 17:05:59"),
        ("2025-04-11T09:05:59Z", "2025-04-11 17:05:59"),
        ("2025-04-11T17:05:59+08:00", "2025-04-11 17:05:59"),
        ("2025-04-11T17:05:59+0800", "2025-04-11 17:05:59"),
        ("2025/4/11 7:05", "2025-04-11 07:05:00"),
        ("2024-5-23 23:00", "2024-05-23 23:00:00"),
        ("2019年02月04日 10:48", "2019-02-04 10:48:00"),
        ("2019年2月4日10时48分", "2019-02-04 10:48:00"),
        ("2025-04-11", "2025-04-11 00:00:00"),
        ("Tue Jun 08 09:35:04 +0800 2021", "2021-06-08 09:35:04"),
        ("Tue Jun 08 01:35:04 +0000 2021", "2021-06-08 09:35:04"),
        ("Tue, 08 Jun 2021 01:35:04 GMT", "2021-06-08 09:35:04"),
        (1744362300, "2025-04-11 17:05:00"),
        ("1744362300", "2025-04-11 17:05:00"),
        (1744362300.0, "2025-04-11 17:05:00"),
        (1744362300000, "2025-04-11 17:05:00"),
        ("1744362300000000", "2025-04-11 17:05:00"),
        ("1744362300000000000", "2025-04-11 17:05:00"),
        ("20250411", "2025-04-11 00:00:00"),
        ("20250411170500", "2025-04-11 17:05:00"),
        (45000.5, "2023-03-15 12:00:00"),
        (datetime(2025, 4, 11, 9, 5, tzinfo=UTC), "2025-04-11 17:05:00"),
        (datetime(2025, 4, 11, 17, 5), "2025-04-11 17:05:00"),  # noqa: DTZ001 - naive on purpose
        (pd.Timestamp("2025-04-11 17:05"), "2025-04-11 17:05:00"),
        (date(2025, 4, 11), "2025-04-11 00:00:00"),
        ("发布于 2025-04-11 17:05", "2025-04-11 17:05:00"),
        (" 2025-04-11 17:05\t", "2025-04-11 17:05:00"),
        # against the clock
        ("刚刚", "2025-04-11 17:05:30"),
        ("21秒前", "2025-04-11 17:05:09"),
        ("3分钟前", "2025-04-11 17:02:30"),
        ("3 小时前", "2025-04-11 14:05:30"),
        ("2天前", "2025-04-09 17:05:30"),
        ("今天06:09", "2025-04-11 06:09:00"),
        ("昨天 12:30", "2025-04-10 12:30:00"),
        ("04-02", "2025-04-02 00:00:00"),
        ("11-28", "2024-11-28 00:00:00"),
        ("11月28日 12:30", "2024-11-28 12:30:00"),
        ("02-29 08:00", "2024-02-29 08:00:00"),
        ("编辑于 3分钟前 上海", "2025-04-11 17:02:30"),
    ],
)
def test_times(cell: object, expected: str):
    moment = parse_time(cell, now=NOW)
    assert moment is not None
    assert f"{moment:%Y-%m-%d %H:%M:%S}" == expected
    assert str(moment.tzinfo) == ZONE


@pytest.mark.parametrize(
    "cell",
    [None, "", "None", float("nan"), pd.NaT, True, "又崩了", "2025-13-40", "25:70", "99999", -5, "1.765E+09",
    "5.24E+15",
     "1970-01-01", "昨天 25:00", "13-40", "3000-01-01", 1e300, "9" * 60, {"a": 1}],
)  # fmt: skip
def test_unreadable_times(cell: object):
    assert parse_time(cell, now=NOW) is None


def test_relative_times_need_a_clock():
    assert parse_time("3分钟前") is None
    read = parse_times(["3分钟前", "2天前", "2025-04-11 10:00", "x"])
    assert read.at.notna().tolist() == [False, False, True, False]
    now = [pd.Timestamp(NOW)] * 3 + [pd.NaT]
    read = parse_times(["3分钟前", "2天前", "2025-04-11 10:00", "3分钟前"], now=now)
    assert read.relative.tolist() == [True, True, False, False]
    assert read.coarse.tolist() == [False, True, False, False]
    assert read.at.isna().tolist() == [False, False, False, True]


@pytest.mark.parametrize(
    "cells",
    [
        ["2025-04-11 17:05", "2025-4-1 7:05", "bad", None, "2025-04-11 17:05:01", 1744362300],
        ["Tue Jun 08 09:35:04 +0800 2021", "Tue Jun 08 09:35:04 +0000 2021", "1880-01-01"],
        ["2025-04-11T17:05:00+08:00", "2025-04-11T17:05:00Z", "2025-04-11"],
        [1744362300, 1744362300000, "1744362300", None, 77, 1744362300.5, True],
        ["1744362300000", "1999999999999999", "2025-04-11"],
        [datetime(2025, 4, 11, 9, 5, tzinfo=UTC), None],
        [],
    ],
)
def test_a_column_reads_like_its_cells(cells: list[object]):
    read = parse_times(cells).at
    assert str(read.dtype) == TIME
    single = [parse_time(cell) for cell in cells]
    for found, expected in zip(read, single, strict=True):
        assert (pd.isna(found) and expected is None) or abs(found - expected) < pd.Timedelta(seconds=1)


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2001, 9, 10), datetime(2090, 1, 1)), st.integers(0, 5))  # noqa: DTZ001
def test_every_spelling_is_one_moment(moment: datetime, spelling: int):
    moment = moment.replace(microsecond=0)
    epoch = int(pd.Timestamp(moment, tz=ZONE).timestamp())
    cell = [
        moment.isoformat(sep=" "),
        moment.isoformat(),
        str(epoch),
        epoch * 1000,
        f"{moment:%Y/%m/%d %H:%M:%S}",
        moment,
    ][spelling]
    assert parse_time(cell) == pd.Timestamp(moment, tz=ZONE)
    assert parse_times([cell]).at[0] == pd.Timestamp(moment, tz=ZONE)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.none(), st.binary(max_size=8)))
def test_any_cell_is_read_without_a_crash(cell: object):
    parse_time(cell, now=NOW)
    parse_times([cell], now=[pd.Timestamp(NOW)])
    assert parse_count(cell) is None or parse_count(cell) >= 0
    assert isinstance(clean_id(cell), str)
    assert "\ud800" not in html_to_text(cell)


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (13, 13), ("13", 13), ("1,234", 1234), ("1.2万", 12000), ("399.9万", 3999000), ("10万+", 100000),
        ("1亿", 100000000), ("100万+", 1000000), ("2.5w", 25000), ("3k", 3000), ("\uff11\uff12", 12), (7.0,
        7),
        ("转发", 0), ("评论", 0), ("赞", 0), ("12 条", 12),
        ("", None), ("None", None), (None, None), ("nan", None), ("-3", None), ("多", None), (True, None),
        ("9" * 30, None), ("99999亿", 9999900000000), ([1], None),
    ],
)  # fmt: skip
def test_counts(cell: object, count: int | None):
    assert parse_count(cell) == count
    read = parse_counts([cell])
    assert str(read.dtype) == "Int64"
    assert read.isna().tolist() == [count is None]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5241594890422484, "5241594890422484"),
        ("5241594890422484\t", "5241594890422484"),
        ("'5241594890422484", "5241594890422484"),
        ("5241594890422484.0", "5241594890422484"),
        ("5.241594890422484E+15", "5241594890422484"),
        (77.0, "77"),
        ("QaBcDeFgH", "QaBcDeFgH"),
        ("5.24E+15", ""),
        (5.24117e15, ""),
        (None, ""),
        ("None", ""),
        (float("nan"), ""),
    ],
)
def test_ids(cell: object, text: str):
    assert clean_id(cell) == text


def test_lost_ids_come_back_from_addresses():
    urls = ["https://m.weibo.cn/detail/5241594890422484", "https://m.weibo.cn/detail/5241594890422484", ""]
    ids, lost = clean_ids(["5.24159E+15", "5.24170E+15", "5.24159E+15"], [urls])
    assert ids == ["5241594890422484", "", ""]
    assert lost == [False, True, True]
    assert id_from_url("abc", urls[0]) == ""


def test_ids_that_excel_rounded_are_lost_unless_an_address_has_them():
    rounded = [f"52415948904{n:04d}0" for n in range(10)]
    assert clean_ids(rounded)[1] == [True] * 10
    urls = [f"https://m.weibo.cn/detail/52415948904{n:04d}7" for n in range(10)]
    assert clean_ids(rounded, [urls])[0] == [f"52415948904{n:04d}7" for n in range(10)]
    assert clean_ids(rounded[:3])[1] == [False] * 3  # too few to tell from chance


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("又崩了<img alt=[怒] src=x>", "又崩了[怒]"),
        ('<img src="x" alt="[吃惊]" style="a">', "[吃惊]"),
        ("一<br />二<br>三", "一\n二\n三"),
        ("<a href='/n/某某'>@某某</a> 崩了", "@某某 崩了"),
        ("&quot;稍后再试&quot; &amp;#39;", '"稍后再试" \''),
        ("a&lt;b", "a<b"),
        ("爱你<3 1<2", "爱你<3 1<2"),
        ("\ufeff零\u200b宽\u2060", "零宽"),
        ("图标\ue627网页", "图标网页"),
        ("家\u200d人👨\u200d👩", "家\u200d人👨\u200d👩"),
        ("一\xa0二\r\n三\x00", "一 二\n三"),
        ("半个\ud83d", "半个\ufffd"),
        ("<" * 5000, "<" * 5000),
        (None, ""),
        ({"a": 1}, ""),
    ],
)
def test_html(cell: object, text: str):
    assert html_to_text(cell) == text


@pytest.mark.parametrize(
    ("text", "rest", "cut"),
    [
        ("付不了款 ...全文", "付不了款", True),
        ("付不了款\n全文", "付不了款", True),
        ("付不了款…全文", "付不了款", True),
        ("付不了款 ...\n全文", "付不了款 ...", True),
        ("付不了款展开全文c", "付不了款", True),
        ("付不了款 收起", "付不了款", True),
        ("付不了款收起d", "付不了款", True),
        ("付不了款 收起全文d", "付不了款", True),
        ("请看公告全文", "请看公告全文", False),
        ("把手机收起", "把手机收起", False),
        ("", "", False),
    ],
)
def test_cut_marks(text: str, rest: str, cut: bool):
    assert cut_marker(text) == (rest, cut)


@pytest.mark.parametrize(
    "hostile", ["." * 100_000, "<a" * 50_000, "\n" * 100_000, "&" * 50_000, "…全" * 30_000]
)
def test_hostile_text_is_read_in_linear_time(hostile: str):
    started = datetime.now(UTC)
    cut_marker(html_to_text(hostile))
    assert (datetime.now(UTC) - started).total_seconds() < 3


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_cleaning_twice_changes_nothing_without_markup(text: str):
    clean = html_to_text(text.replace("<", "").replace("&", ""))
    assert html_to_text(clean) == clean


@pytest.mark.parametrize(
    ("guarded", "text"), [("'=1", "=1"), ("'-", "-"), ("''+x", "'+x"), ("'hi'", "'hi'"), ("", "")]
)
def test_the_guard_is_undone(guarded: str, text: str):
    assert undo_guard(guarded) == text


def test_cells():
    assert [is_missing(cell) for cell in (None, np.nan, pd.NaT, " ", "NULL", "0", 0, False)] == [True] * 5 + [
        False
    ] * 3
    assert [plain(cell) for cell in (1.5, 3.0, b"\xe5\xb4\xa9\xff", [1], np.nan)] == [
        "1.5",
        "3",
        "崩\ufffd",
        "",
        "",
    ]
