from __future__ import annotations

import copy
import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.view_options import ViewOptions
from tests.run_view import run_view
from tests.scene_inputs import sfm_summary, train_summary, write_inputs, write_manifests
from view.baseline import Baseline, compare, read_baseline
from view.checks import Figures, check_scene, mean_photo_warning
from view.report_page import duration, file_size, number
from view.report_schema import ReportProblem, check_report

Report = dict[str, Any]

HOSTILE = "</script><script>alert(1)</script><img src=http://example.com/x onerror=alert(2)>\"'&{{ 7*7 }}.jpg"
NAMES = ["a.jpg", "b c/ü.JPG", HOSTILE]


class Page(HTMLParser):
    """What a browser would run, ask for and show."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        self.handlers += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The outputs of a scene whose photographs have hostile names, one of them outside."""
    folder = tmp_path_factory.mktemp("scene")
    inputs = write_inputs(folder / "input", NAMES)
    sfm = {**sfm_summary(NAMES), "images": 5, "unregistered": [f"lost {HOSTILE}"]}
    sfm["preflight"] = {
        "excluded": [{"name": "dark.heic", "reason": "is <b>black</b>"}],
        "warnings": ["<i>blurred</i>"],
    }
    write_manifests(inputs, sfm, train_summary(HOSTILE))
    told = [{"name": f"lost {HOSTILE}", "registered": False, "reason": "no overlap"}, {"name": "a.jpg"}]
    (inputs / "colmap/report.json").write_text(json.dumps({"photos": told}))
    run_view(inputs, folder / "output")
    return folder / "output"


@pytest.fixture
def report(made: Path) -> Report:
    return cast(Report, json.loads((made / "report.json").read_bytes()))


def test_the_report_holds_every_photograph_with_its_fate(report: Report) -> None:
    fates = {
        photo["name"]: (photo["registered"], photo["held_out"], photo["reason"])
        for photo in report["photographs"]
    }
    assert fates == {
        "a.jpg": (True, False, ""),
        "b c/ü.JPG": (True, False, ""),
        HOSTILE: (True, True, ""),
        f"lost {HOSTILE}": (False, False, "did not register: no overlap"),
        "dark.heic": (False, False, "left out: is <b>black</b>"),
    }
    assert report["photographs"][0]["error_px"] == 0.5
    assert [stage["stage"] for stage in report["stages"]] == ["sfm", "train", "view"]


def test_names_are_text_in_the_page_and_nothing_in_it_runs_or_asks(made: Path) -> None:
    page = Page()
    page.feed((made / "report.html").read_text())
    assert "script" not in page.tags
    assert page.handlers == []
    local = {form for form in ("viewer.html", "scene.ply", "scene.sog", "scene.compressed.ply", "scene.spz")}
    assert {one for one in page.addresses if not one.startswith("data:image/jpeg;base64,")} == local
    assert page.text.count(HOSTILE) >= 3
    assert "is <b>black</b>" in page.text


def test_every_output_is_there_and_told(made: Path, report: Report) -> None:
    files = {file.name for file in made.iterdir()}
    forms = {form["path"] for form in report["view"]["forms"]} - {"scene.ply"}
    assert files == forms | {"report.json", "report.html", "thumbnail.jpg"}
    sizes = {form["path"]: form["bytes"] for form in report["view"]["forms"]}
    assert all(sizes[name] == (made / name).stat().st_size for name in forms)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda report: report.pop("train"), "train"),
        (lambda report: report.update(version=2), "version"),
        (lambda report: report["sfm"].update(registered="29"), r"sfm\.registered must be integer"),
        (lambda report: report["photographs"][0].pop("name"), r"photographs\[0\]"),
        (lambda report: report.update(verdict="maybe"), "verdict"),
    ],
)
def test_the_schema_refuses_what_is_no_report(
    report: Report, change: Callable[[Report], None], words: str
) -> None:
    check_report(report)
    change(report)
    with pytest.raises(ReportProblem, match=words):
        check_report(report)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"version": 1}', "[" * 100_000])
def test_a_baseline_that_is_no_report_is_bad_input(tmp_path: Path, content: str) -> None:
    (tmp_path / "old.json").write_text(content)
    with pytest.raises(StageError, match=r'"old\.json" is not a report') as caught:
        read_baseline(tmp_path / "old.json")
    assert (caught.value.code, caught.value.exit_code) == ("view/bad-baseline", 2)


def test_the_comparison_says_what_got_better_and_worse(report: Report) -> None:
    before = copy.deepcopy(report)
    before["train"].update(psnr=18.0, ssim=0.7)
    before["train"]["views"][0]["psnr"] = 18.0
    before["photographs"][0]["name"] = "old.jpg"
    before["stages"][0]["options"] = {"sfm_option": 2, "gone": True}
    made = compare(report, Baseline(before, "ef" * 32))
    values: Any = made["values"]
    trends = {value["name"]: (value["change"], value["trend"]) for value in values}
    assert trends["held-out PSNR"] == (2.0, "better")
    assert trends["held-out SSIM"] == (-0.1, "worse")
    assert trends["points"] == (0, "same")
    assert made["lost"] == ["old.jpg"]
    assert made["gained"] == [report["photographs"][0]["name"]]
    assert made["views"] == [{"name": HOSTILE, "baseline": 18.0, "now": 20.0}]
    assert made["options"] == [
        {"name": "gone", "baseline": True, "now": None},
        {"name": "sfm_option", "baseline": 2, "now": 1},
    ]


@pytest.mark.parametrize(
    ("options", "now", "before", "expected"),
    [
        (ViewOptions(), Figures(10.0, 3, 4), None, []),
        (ViewOptions(min_psnr=16.5), Figures(16.5, 4, 4), None, [True]),
        (ViewOptions(min_psnr=16.5), Figures(16.4, 4, 4), None, [False]),
        (ViewOptions(min_psnr=16.5), Figures(None, 4, 4), None, [False]),
        (ViewOptions(), Figures(17.0, 29, 29), Figures(18.0, 29, 29), [True, True]),
        (ViewOptions(max_psnr_drop=0.5), Figures(17.0, 29, 29), Figures(18.0, 29, 29), [False, True]),
        (ViewOptions(), Figures(19.0, 28, 29), Figures(18.0, 29, 29), [True, False]),
        (ViewOptions(max_registered_drop=0.1), Figures(19.0, 28, 29), Figures(18.0, 29, 29), [True, True]),
        (ViewOptions(), Figures(None, 4, 4), Figures(18.0, 4, 4), [False, True]),
    ],
)
def test_the_checks_are_those_that_were_asked_for(
    options: ViewOptions, now: Figures, before: Figures | None, expected: list[bool]
) -> None:
    assert [check.passed for check in check_scene(options, now, before)] == expected


def test_a_check_names_the_option_that_sets_its_limit() -> None:
    checks = check_scene(ViewOptions(min_psnr=16.5), Figures(17.0, 4, 4), Figures(18.0, 4, 4))
    names = [check.name.split(":", 1)[0] for check in checks]
    assert names == ["min_psnr", "max_psnr_drop", "max_registered_drop"]


@pytest.mark.parametrize(
    ("psnr", "mean_photo", "warned"),
    [(13.4, 14.2, True), (14.2, 14.2, False), (15.0, 14.2, False), (None, 14.2, False), (13.4, None, False)],
)
def test_a_scene_below_the_mean_photograph_is_warned_of(
    psnr: float | None, mean_photo: float | None, warned: bool
) -> None:
    assert bool(mean_photo_warning(psnr, mean_photo)) == warned


def test_a_page_without_limits_claims_no_success_and_says_what_its_figures_mean(made: Path) -> None:
    page = Page()
    page.feed((made / "report.html").read_text())
    assert "no limits were set" in page.text
    assert "✓ passed" not in page.text
    assert "Warning:" not in page.text
    assert "on 1 held-out photograph\n" in page.text
    for word in ("25 dB is good", "0.8 is good", "below 1 px is good", "Option size sets"):
        assert word in page.text


def test_figures_are_written_as_people_read_them() -> None:
    assert [duration(seconds) for seconds in (4.25, 59.9, 60, 187, 7500)] == [
        "4.2 s",
        "59.9 s",
        "1 min 00 s",
        "3 min 07 s",
        "2 h 05 min",
    ]
    assert [file_size(size) for size in (0, 999, 1000, 99_600, 3_250_126, 2_000_000_000)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "100 kB",
        "3.3 MB",
        "2.0 GB",
    ]
    assert [number(value) for value in (None, 1234567, -0.5, "text")] == [
        "–",
        "1\u202f234\u202f567",
        "−0.50",
        "text",
    ]
