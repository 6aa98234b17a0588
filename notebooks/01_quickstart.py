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
# # Quickstart: from scraped posts to an outage brief
#
# Runs offline on the 500 invented posts the package carries. For your own files, replace the next cell by
# `posts = st.read_posts("exports/*")`.

# %%
import pandas as pd

import sentiment as st

posts = st.sample_posts()
posts

# %% [markdown]
# ## What happened?

# %%
analysis = st.analyze(posts)
analysis

# %%
analysis.plot.timeline()

# %% [markdown]
# ## What are people hit by, and how do they speak of it?

# %%
analysis.topics[["name_zh", "posts", "share", "complaint", "understanding", "terms"]].head(8)

# %%
analysis.plot.stance()

# %% [markdown]
# ## Did the response help?
#
# The share of understanding before and after each announcement. An order in time, not a cause.

# %%
for response in analysis.responses:
    print(response.at.strftime("%H:%M"), "/".join(response.codes), "→", response.sentence_zh)

# %%
effect = st.response_effect(analysis.annotated, at="2026-03-12 12:38")
pd.DataFrame(effect.windows)[
    ["minutes", "before_n", "after_n", "understanding_before", "understanding_after"]
]

# %% [markdown]
# ## Why is a post read as it is?

# %%
stance = st.read_stance("真棒，又崩了，我的外卖呢")
stance.label, stance.probabilities, stance.words

# %% [markdown]
# ## Frames in, frames out
#
# Every stage is a function of a frame, so that your own posts, filters and joins fit in anywhere.

# %%
annotated = st.annotate(pd.DataFrame({"text": ["B站又崩了", "慢慢修不着急", "股市崩了"]}))
annotated[["text", "stance", "p_complaint", "p_understanding", "outage", "service"]]

# %%
complaints = analysis.annotated.query("stance == 'complaint' and outage")
complaints.groupby("topics").size().sort_values(ascending=False).head()

# %% [markdown]
# ## The report

# %%
analysis.report("out/quickstart")
