"""The whole story: read, annotate, count, find, measure, report."""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sentiment.config import Settings, TopicSettings, settings_from
from sentiment.errors import InputError
from sentiment.ingest import Ingested
from sentiment.pipeline import Analysis, analyze
from sentiment.schema import ANNOTATED

LATE_CRAWL = Path(__file__).parents[1] / "data" / "sample" / "late_crawl"
FILES = {
    "report.html", "statement.md", "report.md", "report.xlsx", "report.pdf", "posts.parquet", "rejected.csv",
    "incidents.json", "topics.csv", "counts.csv", "run.json", "topic_state.json", "history.csv", "figures",
}  # fmt: skip


@pytest.fixture(scope="module")
def written(sample_analysis: Analysis, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "out"
    sample_analysis.write(folder)
    return folder


def test_the_planted_outage_is_one_incident_with_its_responses(sample_analysis: Analysis) -> None:
    (incident,) = sample_analysis.found.incidents
    assert (incident.service, incident.kind) == ("美团", "outage")
    planted = pd.Timestamp("2026-03-12 11:42", tz="Asia/Shanghai")
    assert abs(incident.onset - planted) <= pd.Timedelta(minutes=5)
    assert [str(response.at)[11:16] for response in incident.responses] == ["12:38", "13:55"]


def test_the_command_writes_all_its_files(written: Path) -> None:
    assert {path.name for path in written.iterdir()} == FILES
    assert {path.suffix for path in (written / "figures").iterdir()} == {".png"}
    posts = pd.read_parquet(written / "posts.parquet")
    assert {name: str(dtype) for name, dtype in posts.dtypes.items()} == dict(ANNOTATED)


def test_run_json_says_what_a_rerun_needs(written: Path) -> None:
    run = json.loads((written / "run.json").read_text(encoding="utf-8"))
    assert settings_from(run["settings"]) == Settings()
    assert run["totals"]["rows"] == 500
    assert run["versions"]["outage-sentiment"]
    assert run["scale_minutes"]["*"] >= 1


def test_the_run_says_what_was_asked_of_it() -> None:
    told = pd.DataFrame(
        {"内容": ["美团又崩了", "外卖到了"], "时间": ["2025-04-11 17:05", "2025-04-11 19:05"]}
    )
    run = analyze(told, since="2025-04-11 17:00", responses=[("2025-04-11 17:30", "致歉")]).run
    assert run["asked"] == {
        "since": "2025-04-11T17:00:00+08:00",
        "response": ["2025-04-11T17:30:00+08:00|致歉"],
    }
    assert "asked" not in analyze(told).run


def test_incidents_json_keeps_the_contract(written: Path) -> None:
    data = json.loads((written / "incidents.json").read_text(encoding="utf-8"))
    assert set(data) == {"schema", "incidents", "other_spikes"}
    wanted = {
        "id", "service", "kind", "onset", "onset_low", "onset_high", "peak", "peak_count", "end",
        "detected_at", "severity", "responses", "evidence_post_ids",
    }  # fmt: skip
    posts = set(pd.read_parquet(written / "posts.parquet")["post_id"])
    for incident in data["incidents"]:
        assert wanted <= set(incident)
        assert incident["onset"].endswith("+08:00")
        assert incident["evidence_post_ids"]
        assert set(incident["evidence_post_ids"]) <= posts


def test_counts_add_up_to_the_posts(sample_analysis: Analysis) -> None:
    counts = sample_analysis.counts
    total = counts[(counts["service"] == "*") & (counts["series"] == "all")]["n"].sum()
    assert total == sample_analysis.annotated["created_at"].notna().sum()


def test_the_same_input_gives_the_same_bytes(sample: Ingested, written: Path, tmp_path: Path) -> None:
    analyze(sample).write(tmp_path / "again")
    for path in sorted(written.rglob("*")):
        if path.is_file() and path.suffix != ".xlsx":
            assert path.read_bytes() == (tmp_path / "again" / path.relative_to(written)).read_bytes(), (
                path.name
            )


def test_writing_again_replaces_the_folder_and_leaves_nothing_else(
    sample_analysis: Analysis, tmp_path: Path
) -> None:
    for _ in range(2):
        report = sample_analysis.write(tmp_path / "out")
        (tmp_path / "out" / "old.txt").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert report.html == tmp_path / "out" / "report.html"
    history = pd.read_csv(tmp_path / "out" / "history.csv", encoding="utf-8-sig")
    assert history["run"].nunique() == 1
    assert history["incidents"].tolist() == [1, 1]
    assert report.html.exists()


def test_a_file_in_the_way_is_one_sentence(sample_analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file; name a folder"):
        sample_analysis.write(tmp_path / "out")


def test_figures_are_figures_and_settings_stay(sample_analysis: Analysis) -> None:
    before = dict(mpl.rcParams)
    plot = sample_analysis.plot
    for draw in (plot.timeline, plot.stance, plot.topics, plot.response, plot.wordcloud):
        figure, numbers = draw()
        assert isinstance(figure, Figure)
        assert len(numbers)
    assert dict(mpl.rcParams) == before


def test_a_notebook_cell_shows_the_verdict(sample_analysis: Analysis) -> None:
    assert sample_analysis.headline in sample_analysis._repr_html_()
    assert "美团" in sample_analysis.headline
    assert sample_analysis.incidents.loc[0, "kind"] == "outage"


def test_a_frame_of_text_alone_is_enough() -> None:
    analysis = analyze(pd.DataFrame({"text": ["美团又崩了", "程序员也不容易"]}))
    assert analysis.found.incidents == ()
    assert len(analysis.annotated) == 2


@pytest.mark.parametrize("rows", [0, 1])
def test_next_to_nothing_gives_a_report_all_the_same(rows: int, tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": ["美团又崩了"], "created_at": ["2026-03-12 12:00"]}).head(rows)
    analysis = analyze(frame)
    assert analysis.found.incidents == ()
    assert analysis.write(tmp_path / "out").html.exists()


def test_service_keeps_posts_on_it_or_on_none(sample: Ingested) -> None:
    analysis = analyze(sample, service="美团")
    assert set(analysis.annotated["service"]) <= {"", "美团"}
    assert "美团" in set(analysis.counts["service"])


def test_a_named_response_stands_for_the_announcement_found_beside_it(sample: Ingested) -> None:
    analysis = analyze(
        sample, responses=[("2026-03-12 12:40", "官方致歉"), ("2026-03-12 13:20", "客服热线恢复")]
    )
    times = [str(response.at)[11:16] for response in analysis.responses]
    assert times == ["12:38", "13:20", "13:55"]
    assert analysis.responses[0].source_post_id
    assert "apology" in analysis.responses[0].codes


def test_a_response_without_a_time_is_one_sentence(sample: Ingested) -> None:
    with pytest.raises(InputError, match="'昨天下午' cannot be read: write it like"):
        analyze(sample, responses=[("昨天下午", "官方致歉")])


def test_progress_is_told_by_stage(sample: Ingested) -> None:
    told: list[tuple[str, int]] = []
    analyze(sample, progress=lambda stage, rows: told.append((stage, rows)))
    assert ("annotate", len(sample.posts)) in told
    assert told[-1] == ("incidents", len(sample.posts))


def test_incidents_in_capped_hours_say_so() -> None:
    """Three hours cut off at the same count; the outage lies in them."""
    analysis = analyze(LATE_CRAWL)
    (incident,) = analysis.found.incidents
    assert incident.onset_censored
    assert {"onset_censored", "no_baseline", "untrusted_minutes"} <= set(incident.notes)
    assert incident.volume_ratio is None


def test_a_service_may_be_called_by_any_of_its_names(sample: Ingested) -> None:
    assert analyze(sample, service="MT").run["service"] == "美团"


def test_topics_have_a_course_through_the_incident(sample_analysis: Analysis) -> None:
    course = sample_analysis.course.set_index(["phase", "topic"])["share"]
    assert course["decline", "official_response"] > course.get(("growth", "official_response"), 0.0)
    assert set(course.index.get_level_values("phase")) == {"before", "growth", "decline", "after"}
    assert sample_analysis.questions["posts"].sum() > 0
    assert set(sample_analysis.rising["topic"]) <= set(sample_analysis.topics["topic"])


def test_a_topic_file_of_the_users_own_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[exam]\nzh = "考试"\nwords = ["交卷"]\n', encoding="utf-8")
    settings = Settings(topics=TopicSettings(file=str(file)))
    analysis = analyze(pd.DataFrame({"text": ["学习通交卷时崩了", "学习通又崩了"]}), settings=settings)
    assert analysis.topics.set_index("topic")["name_zh"].to_dict() == {"exam": "考试", "other": "其他"}
    assert analysis.course.empty
