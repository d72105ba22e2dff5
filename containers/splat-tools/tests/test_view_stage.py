from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from darkroom_scene.errors import StageError
from darkroom_scene.view_options import ViewOptions
from tests.run_view import run_view
from tests.scene_inputs import sfm_summary, train_summary, write_inputs, write_manifests

NAMES = [f"{number}.jpg" for number in range(1, 6)]


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return write_inputs(tmp_path / "input", NAMES)


def viewer_settings_of(page: Path) -> dict[str, Any]:
    text = page.read_text()
    start = text.index('id="sse-bootstrap">') + len('id="sse-bootstrap">')
    settings = json.loads(text[start : text.index("</script>", start)])["settings"]
    return cast(dict[str, Any], settings)


def test_the_summary_holds_what_the_next_tools_read(inputs: Path, tmp_path: Path) -> None:
    result = run_view(inputs, tmp_path / "out")
    assert result.summary["initial_view"] in NAMES
    assert result.summary["verdict"] == "pass"
    assert result.summary["checks"] == []
    assert result.summary["comparison"] is None
    assert result.versions["splat-transform"] == "3.7.0"
    settings = viewer_settings_of(tmp_path / "out/viewer.html")
    assert settings["startMode"] == "animTrack"


def test_all_but_the_times_is_the_same_the_second_time(inputs: Path, tmp_path: Path) -> None:
    for run in ("one", "two"):
        run_view(inputs, tmp_path / run)
    for file in sorted((tmp_path / "one").iterdir()):
        if not file.name.startswith("report."):
            assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name
    reports = [json.loads((tmp_path / run / "report.json").read_bytes()) for run in ("one", "two")]
    for report in reports:
        for timed in ("seconds", "peak_mb"):
            report["stages"][2].pop(timed)
    assert reports[0] == reports[1]


def test_a_worse_scene_than_the_baseline_fails_and_is_still_written(inputs: Path, tmp_path: Path) -> None:
    run_view(inputs, tmp_path / "before")
    write_manifests(inputs, sfm_summary(NAMES), {**train_summary(NAMES[-1]), "psnr": 18.5})
    result = run_view(inputs, tmp_path / "after", baseline=tmp_path / "before/report.json")
    assert result.summary["verdict"] == "fail"
    assert "failed" in (tmp_path / "after/report.html").read_text()
    relaxed = ViewOptions(max_psnr_drop=2.0)
    result = run_view(inputs, tmp_path / "relaxed", relaxed, tmp_path / "before/report.json")
    assert result.summary["verdict"] == "pass"


def test_a_scene_below_the_mean_photograph_is_warned_of(inputs: Path, tmp_path: Path) -> None:
    write_manifests(inputs, sfm_summary(NAMES), {**train_summary(NAMES[-1]), "psnr": 14.2})
    events: list[Any] = []
    result = run_view(inputs, tmp_path / "out", events=events)
    assert result.summary["verdict"] == "pass"
    (warning,) = [event["message"] for event in events if event["event"] == "warning"]
    assert "worse than the mean photograph: 14.2 dB instead of 15.0 dB" in warning
    assert warning in (tmp_path / "out/report.html").read_text()


def test_a_missed_limit_is_named_with_its_option(inputs: Path, tmp_path: Path) -> None:
    run_view(inputs, tmp_path / "out", ViewOptions(min_psnr=22.0))
    page = (tmp_path / "out/report.html").read_text()
    assert "min_psnr: held-out PSNR (dB) is 20.000; it must be at least 22.000." in page


def test_the_thumbnail_is_the_trainers_still_of_the_first_view(inputs: Path, tmp_path: Path) -> None:
    Image.new("RGB", (1600, 1200), (200, 30, 40)).save(inputs / "outputs/stills/first.png")
    run_view(inputs, tmp_path / "out")
    with Image.open(tmp_path / "out/thumbnail.jpg") as thumbnail:
        assert thumbnail.size == (640, 480)
        assert thumbnail.getpixel((320, 240)) == pytest.approx((200, 30, 40), abs=6)


def test_a_scene_without_held_out_photographs_or_stills_is_reported(inputs: Path, tmp_path: Path) -> None:
    bare = {
        **train_summary("1.jpg"),
        "psnr": None,
        "ssim": None,
        "psnr_baseline": None,
        "views": [],
        "still": None,
    }
    write_manifests(inputs, sfm_summary(NAMES), bare)
    run_view(inputs, tmp_path / "out")
    assert "No photograph was held out" in (tmp_path / "out/report.html").read_text()
    assert not (tmp_path / "out/thumbnail.jpg").exists()


@pytest.mark.parametrize("still", ["../secret.png", "stills/none.png"])
def test_a_still_that_is_not_among_the_outputs_is_not_used(inputs: Path, tmp_path: Path, still: str) -> None:
    Image.new("RGB", (8, 8)).save(inputs / "secret.png")
    write_manifests(inputs, sfm_summary(NAMES), {**train_summary("1.jpg"), "still": still})
    with pytest.raises(StageError) as caught:
        run_view(inputs, tmp_path / "out")
    assert caught.value.code == "view/no-still"


def test_a_broken_still_is_named(inputs: Path, tmp_path: Path) -> None:
    (inputs / "outputs/stills/first.png").write_bytes(b"no picture")
    with pytest.raises(StageError, match=r"first\.png") as caught:
        run_view(inputs, tmp_path / "out")
    assert caught.value.code == "view/broken-picture"


def test_a_summary_that_no_report_can_hold_is_told(inputs: Path, tmp_path: Path) -> None:
    write_manifests(inputs, {**sfm_summary(NAMES), "registered": -1}, train_summary("1.jpg"))
    with pytest.raises(StageError, match=r"sfm\.registered") as caught:
        run_view(inputs, tmp_path / "out")
    assert caught.value.code == "view/bad-summary"
