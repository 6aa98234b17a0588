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
# # 故障复盘 · Incident review
#
# 公关同事下午三点来问：几点开始的？多少人受影响？道歉有用吗？接下来回答谁？
# 这里用 `data/sample` 里一次虚构的故障，一问一答。
#
# Three in the afternoon, and PR asks: since when, how many, did the apology help, whom do we answer next? One
# question a cell, on the invented outage in `data/sample`.

# %% tags=["parameters"]
FILES = "../data/sample/meituan"
SALT = "notebook"

# %%
import sentiment as st

posts = st.read_posts(FILES, salt=SALT)
posts

# %%
analysis = st.analyze(posts, progress=st.Progress())
analysis

# %% [markdown]
# ## 几点开始，几点本可以知道？ · When did it begin, and when could we have known?

# %%
incident = analysis.found.incidents[0]
incident

# %%
print("起点 onset   ", incident.onset_low, "…", incident.onset_high)
print("可发现 alarm ", incident.detected_at)
print("抱怨减半 half-life of complaints:", incident.half_life, "min")

# %%
analysis.plot.timeline()

# %% [markdown]
# ## 另一个“高峰”是故障吗？ · Is the other spike an outage?
#
# 不够证据的峰不算故障，但也不会悄悄丢掉。 · A spike without evidence is named, not dropped.

# %%
analysis.incidents

# %% [markdown]
# ## 哪些事最伤人？ · What hurts most?

# %%
analysis.topics[["name_zh", "name_en", "posts", "complaint", "understanding"]].head(10)

# %%
analysis.plot.topics()

# %% [markdown]
# 话题怎样随阶段变化。 · How topics move from phase to phase.

# %%
course = analysis.course
course.pivot_table(index="topic", columns="phase", values="posts", sort=False).nlargest(8, "growth")

# %% [markdown]
# ## 道歉之后呢？ · And after the apology?
#
# 区间来自按作者重抽样；“随机时刻”是安慰剂检验。时间上的先后，不等于因果。
#
# Intervals resample authors; random moments are the placebo. An order in time, not a cause.

# %%
analysis.responses[:1]

# %%
analysis.plot.response()

# %% [markdown]
# ## 抱怨的人和理解的人各说什么？ · What do the two sides say?

# %%
analysis.plot.wordcloud(stance="complaint", most=60)

# %%
analysis.plot.wordcloud(stance="understanding", most=60)

# %% [markdown]
# ## 接下来回答谁？ · Whom do we answer next?
#
# 还没有官方回答的问题，按人数和等待时间排。 · Questions without an official answer, by people and waiting.

# %%
analysis.questions.head(8)

# %% [markdown]
# ## 数字站得住吗？ · Do the numbers stand?
#
# 换一种算法再问一次：只看真人、只看有把握的判断。 · Ask again: people alone, sure readings alone.

# %%
inside = analysis.annotated["created_at"].between(incident.onset, incident.end)
during = analysis.annotated[inside & analysis.annotated["account_kind"].isin(["person", "unknown"])]
sure = during[during["stance_sure"]]
{
    "all": during["stance"].value_counts(normalize=True).round(3).to_dict(),
    "sure": sure["stance"].value_counts(normalize=True).round(3).to_dict(),
}

# %% [markdown]
# ## 发出去 · Send it

# %%
analysis.report("out/review")
