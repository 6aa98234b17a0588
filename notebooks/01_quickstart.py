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
# ---

# %% [markdown]
# # 快速上手 · Quickstart
#
# 用包里自带的 500 条虚构帖子，离线运行。换成你的文件：`posts = st.read_posts("exports/*")`。
#
# Runs offline on the 500 invented posts the package carries. For your own files, replace the next cell by
# `posts = st.read_posts("exports/*")`.

# %%
import pandas as pd

import sentiment as st

posts = st.sample_posts()
posts

# %% [markdown]
# ## 出了什么事？ · What happened?

# %%
analysis = st.analyze(posts)
analysis

# %%
analysis.plot.timeline()

# %% [markdown]
# ## 大家被什么影响、怎么说？ · What are people hit by, and how do they speak of it?

# %%
analysis.topics[["name_zh", "posts", "share", "complaint", "understanding", "terms"]].head(8)

# %%
analysis.plot.stance()

# %% [markdown]
# 每张图都带着画出来的数。 · Every figure comes with the numbers drawn.

# %%
cloud = analysis.plot.wordcloud(most=60)
cloud

# %%
figure, numbers = cloud
numbers.head()

# %% [markdown]
# ## 官方回应有用吗？ · Did the response help?
#
# 公告前后理解占比之差；是时间上的先后，不等于因果。
#
# The share of understanding before and after each announcement. An order in time, not a cause.

# %%
for response in analysis.responses:
    print(response.at.strftime("%H:%M"), "/".join(response.codes), "→", response.sentence_zh)

# %%
st.response_effect(analysis.annotated, at="2026-03-12 12:38")

# %% [markdown]
# ## 一条帖子为什么这样判？ · Why is a post read as it is?

# %%
st.read_stance("真棒，又崩了，我的外卖呢")

# %% [markdown]
# ## 进出都是 DataFrame · Frames in, frames out
#
# Every stage is a function of a frame, so that your own posts, filters and joins fit in anywhere.

# %%
annotated = st.annotate(pd.DataFrame({"text": ["B站又崩了", "慢慢修不着急", "股市崩了"]}))
annotated[["text", "stance", "p_complaint", "p_understanding", "outage", "service"]]

# %%
complaints = analysis.annotated.query("stance == 'complaint' and outage")
complaints.groupby("topics").size().sort_values(ascending=False).head()

# %% [markdown]
# ## 报告 · The report

# %%
analysis.report("out/quickstart")
