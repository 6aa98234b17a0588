# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3

# %% [markdown]
# # 调报警 · Tuning alarms
#
# 报警太多没人看，太少要挨骂。拿自己的历史跑一遍再定。
#
# Too many alarms and nobody looks, too few and PR hears it from the press: try settings on your own history.

# %%
import pandas as pd

import sentiment as st

posts = st.read_posts("../data/sample/meituan", salt="notebook")
annotated = st.annotate(posts.posts, progress=st.Progress(len(posts)))

# %% [markdown]
# ## 做一段历史 · A history
#
# 样例只有一次大故障，什么设置都抓得到。于是再接两周：同样的平日，和缩小到 1/100、1/500 的同一次故障。
#
# The sample holds one large outage that any setting finds. So two weeks are joined on: the same quiet days,
# and the same outage thinned to a hundredth and to a five-hundredth.

# %%
START = pd.Timestamp("2026-03-12 11:42", tz="Asia/Shanghai")
storm = annotated["created_at"].between(START, START + pd.Timedelta("4h20min"))


def later(days: int, keep: float) -> pd.DataFrame:
    """The same days again, with a part of the outage's posts, under new ids."""
    week = pd.concat([annotated[~storm], annotated[storm].sample(frac=keep, random_state=days)])
    return week.assign(
        created_at=week["created_at"] + pd.Timedelta(days=days),
        post_id=week["post_id"] + f"-{days}",
    )


history = pd.concat([annotated, later(7, 1 / 100), later(14, 1 / 500)], ignore_index=True)
known = pd.DataFrame(
    {
        "start": [START + pd.Timedelta(days=days) for days in (0, 7, 14)],
        "end": [START + pd.Timedelta(days=days, hours=4) for days in (0, 7, 14)],
        "service": "美团",
    }
)

# %% [markdown]
# ## 一次试一格 · One row a setting
#
# `false_alarms_per_week` 是门槛，`min_authors` 是一次故障至少要几位作者的证据。
#
# The first is the threshold, the second the authors whose evidence an incident needs.

# %%
tried = st.backtest(
    history,
    truth=known,
    false_alarms_per_week=[0.01, 1, 100],
    min_authors=[4, 12],
    progress=st.Progress(6, unit="settings"),
)
tried

# %%
tried.plot()

# %% [markdown]
# 门槛放得很松才抓得到最小的那次，代价是多出许多“其他峰”要人看。选一行：不漏、误报不多、够早。
# 选好的值写进 TOML。
# 命令行也行：
# `sentiment backtest exports/ --truth outages.csv --plot backtest.png`
#
# Only a very loose threshold finds the smallest one, at the price of many other spikes to look at.
# Choose the row that misses nothing you care for; the values go into a TOML file. Or on the command line.

# %%
chosen = tried.table.sort_values(["misses", "false_alarms", "other_spikes", "delay"]).iloc[0]
print(
    f"[detection]\nfalse_alarms_per_week = {chosen.false_alarms_per_week:g}\n"
    f"min_authors = {chosen.min_authors:.0f}"
)

# %% [markdown]
# ## 报警看到了什么？ · What did the alarm see?
#
# 总量里只看得到大的那次；小的藏在这个服务的抱怨里。
#
# The total shows the large one alone; the small ones lie in the complaints about the service.

# %%
counts = st.count_posts(history)
total = counts[(counts["service"] == "*") & (counts["series"] == "all")]
spikes = st.find_spikes(total)
spikes

# %%
spikes.plot()

# %% [markdown]
# ## 这次比上次重吗？ · Worse than the last one?

# %%
found = st.find_incidents(history, counts)
first, last = found.incidents[0], found.incidents[1]
print(st.compare(first, last).to_text())
