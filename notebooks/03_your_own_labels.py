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
# # 用你自己的标注 · Your own labels
#
# 自带模型没见过你的平台和你的行话。标几十条，量一量，教一教。标签由懂业务的人来写；下面的是随笔记附带的示例。
#
# The carried model has never seen your platform. Label some posts, measure, teach. Labels are for people
# who know the service to write; those below are an example that comes with the notebook.

# %%
import tempfile
from pathlib import Path

import sentiment as st

posts = st.sample_posts().posts
folder = Path(tempfile.mkdtemp())
labels = folder / "labels.csv"

# %% [markdown]
# ## 先标哪些？ · Which first?
#
# 模型最没把握、彼此又不相像的在前；`at_random=True` 随机抽，用来评测。
#
# Those the model is least sure of, unlike each other; `at_random=True` draws the ones that judge a model.

# %%
st.label_queue(posts, labels=labels, n=8)

# %% [markdown]
# ## 几个键一条 · A few keys a post
#
# `c` 抱怨 complaint (0–3) · `u` 理解 understanding · `n` 中性 neutral (i 信息 h 求助 j 玩笑 p 夸 x 无关) ·
# `o` 故障证据 outage · `s` 反讽 sarcasm · `m` 又怨又谅 mixed。空字符串跳过 · "" passes over。
#
# 在终端里同样的键：`sentiment label POSTS.csv -o labels.csv` · The same keys at a terminal.
#
# 还可以标服务和话题：`ask="service,topics"`（终端里 `--ask`），`@美团 #access #客服`，`-` 表示都没有。
# Service and topics can be asked too; `-` says that there is none.

# %%
typed = {
    "5275528840094311": "c1", "5275622082107534": "uo", "5275624136357527": "c2o", "5275646254415325": "nh",
    "5275653203484720": "u", "5274903362645173": "nx", "5275626864830363": "u", "5275664016308130": "u",
    "5275614669447965": "c2o", "5275614226076557": "nho", "5275621137774763": "c2o",
    "5275621764943672": "c3o",
    "5275644335897665": "u", "5275624437154169": "um", "5275615634210288": "c1o", "5275627973693251": "c2o",
    "5275650729912553": "u", "5275631027900157": "ni", "5275614298344482": "nx", "5275025387678055": "c1",
    "5275618556515106": "c2o", "5275632570727936": "uo", "5275621128112689": "nx", "5275611097207108": "c1o",
    "5275645030017275": "c1m", "5274936831185084": "nx", "5275632704093358": "nio", "5275592736181280": "c0",
    "5275620688169963": "ni", "5275635646698680": "c2o", "5275611769042994": "c1o", "5275612179721512": "njo",
    "5275617439762863": "nho", "5275636539614481": "u", "5275641699935102": "ni", "5275626437406959": "nj",
    "5275649214441789": "c1", "5275630726756074": "nx", "5275621017643514": "c2o", "5275627414250531": "u",
    "5275184920744162": "c1", "5275638531003499": "nj", "5275352631464129": "c2", "5274771576417427": "c1",
}  # fmt: skip
queue = posts[posts["post_id"].isin(typed)][["post_id", "text"]]
st.add_labels(labels, queue, [typed[post] for post in queue["post_id"]], annotator="甲")

# %% [markdown]
# ## 两个人标得一样吗？ · Do two people agree?
#
# 乙重标前 16 条，有三处不同看法。 · A second person labels 16 of them and sees three otherwise.

# %%
again = {**typed, "5275624437154169": "c1mo", "5275645030017275": "um", "5275592736181280": "nx"}
second = queue[
    queue["post_id"].isin([*list(typed)[:13], "5275624437154169", "5275645030017275", "5275592736181280"])
]
st.add_labels(labels, second, [again[post] for post in second["post_id"]], annotator="乙")
st.agreement(labels)

# %% [markdown]
# ## 再问服务和话题 · Then ask for service and topics
#
# 已标过的帖子先来，新答案写进同一行。 · Posts labelled before come first; the answers join their row.

# %%
more = st.label_queue(posts, labels=labels, annotator="甲", n=4, overlap=0, ask="service,topics")
st.add_labels(labels, more, ["@美团 #takeout", "-", "-", "@美团 #外卖"], annotator="甲", ask="service,topics")
more

# %% [markdown]
# ## 自带模型在你的帖子上怎么样？ · How does the carried model do on your posts?

# %%
first = st.read_labels(labels).drop_duplicates("text")  # 甲的在前 · the first person's
evaluation = st.evaluate(first, snownlp=False)
evaluation

# %%
evaluation.plot()

# %% [markdown]
# ## 教它，再看值不值 · Teach it, and see whether that was worth it
#
# 五折：每一折都由没见过它的模型来答。四十来条太少，区间会很宽；没有进步就不写文件。
#
# Five folds, each answered by a model that has not seen it. Some forty labels are few: the interval is wide,
# and without a gain nothing is written.

# %%
lesson = st.teach(first)
lesson

# %%
try:
    st.save_lesson(lesson, folder / "mine.npz")
    print("已写 written; 用 use: sentiment analyze … --model mine.npz")
except st.SentimentError as reason:
    print(reason)
