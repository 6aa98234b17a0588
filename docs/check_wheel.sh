#!/bin/sh
# Build the wheel, install it in an empty environment, and run it on the sample: what users get must work.
set -eu
python=.venv/bin/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

$python -m build --wheel --no-isolation --outdir "$work" . >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; exit 1; }
.venv/bin/uv venv -q --python $python "$work/venv"
.venv/bin/uv pip install -q --python "$work/venv/bin/python" --constraint requirements.lock "$work"/*.whl
sample="$(pwd)/data/sample/late_crawl"
cd "$work"
venv/bin/sentiment demo --out demo --lang en
venv/bin/sentiment analyze "$sample" --out report --salt wheel
venv/bin/python -c 'import sentiment as st; assert len(st.sample_posts().posts) > 400'
for file in report.html report.md report.xlsx posts.parquet rejected.csv incidents.json topics.csv counts.csv run.json figures/timeline.png; do
    [ -s "report/$file" ] || { echo "wheel: report/$file is missing" >&2; exit 1; }
done
echo "wheel: $(ls "$work"/*.whl | xargs -n1 basename) works in an empty environment"
