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
# # 大数据量 · Large data
#
# 读文件是分块的，`annotate` 一次只看一行：怎么切，结果都一样。内存里只留一块，
# 结果写进 Parquet，之后只取要用的列。
#
# Files are read in chunks and `annotate` looks at one row at a time: any split gives the same rows. One chunk
# in memory, the rest in Parquet, and later only the columns needed.

# %%
import tempfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import sentiment as st

folder = Path(tempfile.mkdtemp())
posts = st.read_posts("../data/sample/meituan", salt="notebook", progress=st.Progress())
posts

# %% [markdown]
# ## 分块标注，写进 Parquet · Annotate in chunks, write Parquet
#
# `chunks()` 每块最多十万行；样例小，只有一块，所以再切成三千行的小块。
#
# `chunks()` gives at most 100,000 rows; the sample is one chunk, so it is cut again into pieces of 3,000.


# %%
def pieces(frames, rows=3_000):
    for frame in frames:
        for start in range(0, len(frame), rows):
            yield frame.iloc[start : start + rows]


tell, done, writer = st.Progress(len(posts)), 0, None
for piece in pieces(posts.chunks()):
    table = pa.Table.from_pandas(st.annotate(piece), preserve_index=False)
    writer = writer or pq.ParquetWriter(folder / "annotated.parquet", table.schema)
    writer.write_table(table)
    done += len(piece)
    tell(done)
writer.close()
tell.close()

# %% [markdown]
# 命令行一步到位：`sentiment annotate exports/ -o annotated.parquet` · The same in one command.
#
# 切不切都一样。 · The split changes nothing.

# %%
read = pd.read_parquet(folder / "annotated.parquet")
at_once = st.annotate(posts.posts.head(5_000))
pd.testing.assert_frame_equal(read.head(5_000), at_once)
print(f"{len(read):,} rows, {(folder / 'annotated.parquet').stat().st_size / 1e6:.1f} MB")

# %% [markdown]
# ## 只读要用的列 · Only the columns needed

# %%
lean = pd.read_parquet(folder / "annotated.parquet", columns=["created_at", "service", "stance", "outage"])
outage = lean[lean["outage"]].set_index("created_at")
outage.groupby([pd.Grouper(freq="1h"), "stance"]).size().unstack(fill_value=0).tail(8)

# %% [markdown]
# ## 计数可以相加 · Counts add up
#
# 每块各数各的，再相加；之后的一切（找峰、画图）都只看这张小表。
#
# Each piece is counted alone and the counts are added; all that follows looks at this small table.

# %%
file = pq.ParquetFile(folder / "annotated.parquet")
parts = [
    st.count_posts(batch.to_pandas(), min_service_posts=0) for batch in file.iter_batches(batch_size=3_000)
]
keys = ["bucket", "service", "series"]
counts = pd.concat(parts).groupby(keys, as_index=False, observed=True)["n"].sum()
total = counts.query("service == '*' and series == 'all'")
int(total["n"].sum())

# %%
spikes = st.find_spikes(total.sort_values("bucket"))
spikes

# %%
spikes.plot()

# %% [markdown]
# `analyze` 目前要求所有帖子放得进内存；帖子太多时用 `since` / `until` 取一段。
#
# `analyze` needs its posts in memory for now; of too many, take a stretch with `since` and `until`.
