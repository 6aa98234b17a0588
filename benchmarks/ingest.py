"""Reading posts: CPU time against ``pandas.read_csv``, memory on a huge file, and files damaged at random."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np

HEADER = (
    "id,bid,user_id,用户昵称,微博正文,头条文章url,发布位置,艾特用户,话题,转发数,评论数,点赞数,发布时间,"
    "发布工具,微博图片url,微博视频url,retweet_id,ip,user_authentication,会员类型,会员等级"
).split(",")
OPENINGS = ("有人和我一样吗", "急死了", "第三次了", "刚刚", "#云帆外卖崩了#", "在公司楼下", "【突发】", "转发微博//@老王:")
FAILURES = ("付款一直转圈", "登录不上", "取票码刷不出来", "订单消失了", "页面全白", "提示网络异常", "地图加载不了")
FOLLOWS = ("客服电话打不通", "已经等了{}分钟", "钱扣了{}元没有单", "换了手机也不行", "骑手说也接不到单", "[怒][怒]", "祝早日修好")
PLACES = ("上海", "北京", "广东", "四川", "", "")


def search_rows(rows: int, *, seed: int = 0) -> Iterator[list[str]]:
    """Yield invented rows in the columns of weibo-search; one in twenty is a copy of an earlier one."""
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, 1 << 30, (rows, 6))
    for n, (a, b, c, d, e, f) in enumerate(picks.tolist()):
        who = n - 7 if n % 20 == 19 else n
        words = [OPENINGS[a % 8], FAILURES[b % 7], FOLLOWS[c % 7].format(d % 90), FOLLOWS[(c + e) % 7].format(f % 90)]
        text = "，".join(words) + "，".join(FAILURES[(b + k) % 7] + str(f % (k + 97)) for k in range(e % 4))
        minute = f"2026-03-{12 + who % 3:02d} {who // 60 % 24:02d}:{who % 60:02d}"
        yield [
            str(5_270_000_000_000_000 + who), f"Q{who:x}", str(1_000_000_000 + b % 400_000), f"网友{b % 400_000}",
            text, "", "", "", "云帆外卖崩了" if a % 8 == 4 else "", str(d % 30), str(e % 40), str(f % 900), minute,
            "iPhone客户端", "", "", "", PLACES[d % 6], "普通用户", "", "",
        ]  # fmt: skip


def write_search(path: Path, rows: int, *, seed: int = 0) -> Path:
    """Write a weibo-search CSV of invented rows."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *search_rows(rows, seed=seed)])
    return path
