from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from darkroom_scene.storage import open_storage
from tests.conftest import Bucket
from tests.fault_proxy import Fault

ROOT = Path(__file__).parent.parent


@dataclass
class Ran:
    code: int
    events: list[dict[str, Any]]
    errors: str
    output: str

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]

    @property
    def codes(self) -> list[str]:
        return [event["code"] for event in self.of("problem")]


def start(storage: str, stage: str = "sfm", **environ: str) -> subprocess.Popen[str]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    base = {"STORAGE": storage, "SCENE_ID": "lund", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.stage_program", stage],
        cwd=ROOT,
        text=True,
        env={**os.environ, **base, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[str]) -> Ran:
    output, errors = process.communicate(timeout=90)
    return Ran(process.returncode, [json.loads(line) for line in output.splitlines()], errors, output)


def run(storage: str, stage: str = "sfm", **environ: str) -> Ran:
    return ended(start(storage, stage, **environ))


def until(process: subprocess.Popen[str], text: str) -> str:
    """Read events until one holds `text`."""
    assert process.stdout is not None
    read = ""
    while text not in read:
        line = process.stdout.readline()
        assert line, f"ended before {text!r}: {read}"
        read += line
    return read


@pytest.fixture
def frames(tmp_path: Path) -> str:
    for name in ("cam1/1.JPG", "cam2/1.jpg", "b ü.png"):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "photos" / name).write_text(name)
    return f"file://{tmp_path}/photos"


@pytest.fixture(params=["file", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"file://{tmp_path}/storage"
    return str(request.getfixturevalue("bucket").url)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return f"file://{tmp_path}/storage"


def free(url: str, path: str = "colmap/lund/lease.json") -> bool:
    document = open_storage(url).read_document(path)
    return document is not None and json.loads(document.data)["free"] is True


def test_a_stage_does_not_go_on_from_what_another_run_has_made_meanwhile(folder: str, frames: str) -> None:
    keys: dict[str, str] = {}
    for stage in ("sfm", "train"):
        ran = run(folder, stage, FRAMES=frames, INPUT_KEYS=json.dumps(keys))
        keys[stage] = ran.of("result")[0]["key"]
    assert run(folder, "train", FRAMES=frames, SEED="2").code == 0
    view = run(folder, "view", INPUT_KEYS=json.dumps(keys))
    assert view.code == 1
    (problem,) = view.of("problem")
    assert problem["code"] == "storage/replaced"
    assert 'another run of scene "lund"' in problem["message"]
    assert "what stage train of this run had made" in problem["message"]
    assert run(folder, "view").code == 0


def test_three_stages_one_after_another_and_then_nothing_to_do(url: str, frames: str) -> None:
    ran = {stage: run(url, stage, FRAMES=frames, IMAGE_KEY="k") for stage in ("sfm", "train", "view")}
    for stage, one in ran.items():
        assert (one.code, one.of("problem")) == (0, []), one.output + one.errors
        (begun,), (result,) = one.of("stage"), one.of("result")
        assert (begun["stage"], begun["skipped"], result["skipped"]) == (stage, False, False)
        assert begun["key"] == result["key"]
        assert result["peak_mb"] > 1
        assert result["seconds"] >= 0
        done = [event["done"] for event in one.of("progress")]
        assert done == sorted(done)
        assert done[-1] == 1
        assert "noise of Python" in one.errors
        assert "noise of a native library" in one.errors
    assert ran["sfm"].of("result")[0]["summary"]["inputs"] == ["b ü.png", "cam1/1.JPG", "cam2/1.jpg"]
    assert ran["train"].of("result")[0]["summary"]["inputs"] == ["images/a ü.jpg", "sparse/0/cameras.bin"]
    assert ran["view"].of("result")[0]["summary"]["inputs"] == [
        "colmap/report.json",
        "colmap/sparse/0/cameras.bin",
        "outputs/scene.ply",
        "outputs/train-report.json",
        "sfm-manifest.json",
        "train-manifest.json",
    ]
    for stage, before in ran.items():
        again = run(url, stage, FRAMES=frames, IMAGE_KEY="k", IMAGE_DIGEST="sha256:another")
        assert again.code == 0
        assert again.of("stage")[0]["skipped"] is True
        (result,), (first,) = again.of("result"), before.of("result")
        assert result == {**first, "skipped": True}
    assert not [one.path for one in open_storage(url).objects("") if "checkpoints/" in one.path]
    assert free(url)


@pytest.mark.parametrize("change", [{"SEED": "1"}, {"IMAGE_KEY": "k2"}, {"OPTIONS": '{"features":"512"}'}])
def test_what_enters_the_key_makes_the_stage_run_again(
    folder: str, frames: str, change: dict[str, str]
) -> None:
    first = run(folder, FRAMES=frames)
    again = run(folder, FRAMES=frames, **change)
    assert again.of("stage")[0]["skipped"] is False
    assert again.of("stage")[0]["key"] != first.of("stage")[0]["key"]


def test_another_stage_s_option_does_not(folder: str, frames: str) -> None:
    run(folder, FRAMES=frames)
    assert run(folder, FRAMES=frames, ITERATIONS="77").of("stage")[0]["skipped"] is True


def test_a_missing_result_makes_the_stage_run_again_and_says_which(url: str, frames: str) -> None:
    run(url, FRAMES=frames)
    open_storage(url).delete(["colmap/lund/images/a ü.jpg"])
    train = run(url, "train")
    assert (train.code, train.codes) == (1, ["storage/not-whole"])
    assert "colmap/lund/images/a ü.jpg" in train.of("problem")[0]["message"]
    again = run(url)
    assert again.of("stage")[0]["skipped"] is False
    assert any("images/a ü.jpg" in event["message"] for event in again.of("notice"))
    assert run(url, "train").code == 0


def test_an_altered_input_is_named_and_not_used(url: str, frames: str) -> None:
    run(url, FRAMES=frames)
    storage = open_storage(url)
    path = "colmap/lund/images/a ü.jpg"
    document = storage.read_document(path)
    assert document is not None
    storage.write_document(path, document.data[:-1] + b"X")
    train = run(url, "train")
    assert (train.code, train.codes) == (1, ["storage/altered"])
    assert path in train.of("problem")[0]["message"]
    assert storage.read_document("outputs/lund/train-manifest.json") is None


def test_an_altered_result_in_a_folder_is_named_and_made_again(
    folder: str, frames: str, tmp_path: Path
) -> None:
    for stage in ("sfm", "train"):
        run(folder, stage, FRAMES=frames)
    scene = tmp_path / "storage/outputs/lund/scene.ply"
    before = scene.read_bytes()
    scene.write_bytes(before[:-1] + b"X")
    assert run(folder, FRAMES=frames).of("stage")[0]["skipped"] is True
    again = run(folder, "train")
    assert (again.code, again.of("stage")[0]["skipped"]) == (0, False)
    (notice,) = again.of("notice")
    assert '"outputs/lund/scene.ply" was altered' in notice["message"]
    assert scene.read_bytes() == before
    assert run(folder, "train").of("stage")[0]["skipped"] is True


def test_without_its_input_a_stage_says_what_to_run(folder: str) -> None:
    assert run(folder).codes == ["frames/none"]
    assert run(folder, "train").codes == ["storage/not-whole"]
    assert "stage sfm" in run(folder, "view").of("problem")[0]["message"]


@pytest.mark.parametrize(
    ("mode", "exit_code", "problem"),
    [
        ("fail", 1, "sfm/too-few-photos"),
        ("gate-before", 3, "sfm/unregistered"),
        ("bug", 1, "sfm/bug"),
        ("full", 1, "storage/full"),
    ],
)
def test_a_failure_is_told_and_leaves_what_was_there(
    folder: str, frames: str, mode: str, exit_code: int, problem: str
) -> None:
    run(folder, FRAMES=frames)
    before = {one for one in open_storage(folder).objects("") if "lease" not in one.path}
    ran = run(folder, FRAMES=frames, MODE=mode, SEED="5")
    assert (ran.code, ran.codes) == (exit_code, [problem])
    assert {one for one in open_storage(folder).objects("") if "lease" not in one.path} == before
    assert free(folder)
    assert ("Traceback" in ran.errors) == (mode == "bug")
    if mode == "full":
        assert "/tmp/work/model" in ran.of("problem")[0]["message"]


def test_results_that_do_not_pass_are_stored_and_end_with_three_also_when_found_again(
    folder: str, frames: str
) -> None:
    for skipped in (False, True):
        ran = run(folder, FRAMES=frames, MODE="gate")
        assert (ran.code, ran.codes) == (3, ["sfm/quality"])
        assert ran.of("result")[0]["skipped"] is skipped
        assert "psnr is 9.0; the limit is 16.5" in ran.of("problem")[0]["message"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_keeps_a_checkpoint_and_the_next_run_goes_on_from_it(
    url: str, frames: str, number: signal.Signals
) -> None:
    process = start(url, FRAMES=frames, STEP_SECONDS="0.4")
    until(process, "step 2")
    asked = time.monotonic()
    process.send_signal(number)
    ran = ended(process)
    assert ran.code == 143
    assert time.monotonic() - asked < 5
    assert free(url)
    assert open_storage(url).read_document("colmap/lund/manifest.json") is None
    again = run(url, FRAMES=frames)
    assert again.code == 0
    assert again.of("result")[0]["summary"]["from"] >= 2


def test_work_that_cannot_be_interrupted_is_ended_in_time(folder: str, frames: str) -> None:
    process = start(folder, FRAMES=frames, MODE="hang")
    until(process, '"skipped": false')
    time.sleep(1)
    asked = time.monotonic()
    process.terminate()
    assert ended(process).code == 143
    assert time.monotonic() - asked < 10
    assert free(folder)


def test_a_run_that_is_killed_is_followed_by_one_that_takes_over(folder: str, frames: str) -> None:
    process = start(folder, FRAMES=frames, STEP_SECONDS="1")
    until(process, '"skipped": false')
    process.kill()
    process.wait()
    lease = Path(folder.removeprefix("file://")) / "colmap/lund/lease.json"
    os.utime(lease, (time.time() - 40, time.time() - 40))
    assert run(folder, FRAMES=frames).code == 0


def test_two_runs_at_once_do_the_work_once(url: str, frames: str, tmp_path: Path) -> None:
    first = start(url, FRAMES=frames, MODE="wait", UNTIL=str(tmp_path / "go"))
    until(first, '"skipped": false')
    second = start(url, FRAMES=frames)
    assert "being worked on by stage sfm on " in until(second, '"notice"')
    (tmp_path / "go").touch()
    one, two = ended(first), ended(second)
    assert (one.code, two.code) == (0, 0)
    assert (one.of("result")[0]["skipped"], two.of("result")[0]["skipped"]) == (False, True)
    assert two.of("notice")[0]["message"] == "the other run has ended; going on"


def test_a_run_whose_lease_was_taken_over_replaces_nothing(folder: str, frames: str) -> None:
    run(folder, FRAMES=frames)
    before = {one for one in open_storage(folder).objects("colmap/lund/") if "lease" not in one.path}
    process = start(folder, FRAMES=frames, SEED="1", MODE="hang", HANG_SECONDS="3")
    until(process, '"skipped": false')
    lease = Path(folder.removeprefix("file://")) / "colmap/lund/lease.json"
    lease.write_text('{"another": "run"}')
    ran = ended(process)
    assert (ran.code, ran.codes) == (1, ["lease/lost"])
    assert {one for one in open_storage(folder).objects("colmap/lund/") if "lease" not in one.path} == before
    assert lease.read_text() == '{"another": "run"}'


def test_a_bucket_that_resets_and_is_busy_is_worked_through(bucket: Bucket, frames: str) -> None:
    bucket.proxy.faults = [
        Fault("reset", "GET", "frames/lund/", times=3, after=2),
        Fault("slow-down", "PUT", "colmap/", times=3),
        Fault("lose-answer", "PUT", "lease.json", times=1),
        Fault("alter", "GET", "cam1/1.JPG", times=1, after=1),
    ]
    ran = run(bucket.url, FRAMES=frames)
    assert ran.code == 0, ran.output + ran.errors
    assert run(bucket.url, "train").code == 0


def test_everything_that_is_wrong_with_the_environment_is_told_at_once(folder: str) -> None:
    ran = run(
        "",
        SCENE_ID="../x",
        SEED="-1",
        PRESET="preview",
        OPTIONS='{"featurez":"1","steps":"x"}',
        INPUT_TYPE="film",
    )
    assert ran.code == 2
    assert ran.codes == [
        "settings/storage",
        "settings/seed",
        "scene/bad-id",
        "options/unknown",
        "options/value",
        "settings/input-type",
    ]
    assert run("ftp://x").code == 2
    assert run(folder, OPTIONS="{").code == 2
    assert run(folder, OPTIONS='{"steps":3}').code == 2
    assert run(folder, OPTIONS='{"steps":"3"}', ITERATIONS="4").codes == ["options/steps"]
    assert run(folder, PRESET="hihg").of("problem")[0]["hint"] == 'did you mean "high"?'


def test_a_token_is_never_printed(folder: str, frames: str) -> None:
    ran = run(folder, FRAMES=frames, SFN_TASK_TOKEN="AQC-secret", SCENES_TABLE="table-secret")
    assert "secret" not in ran.output + ran.errors
    (notice,) = [event for event in ran.of("notice") if "SFN_TASK_TOKEN" in event["message"]]
    assert "SCENES_TABLE" in notice["message"]


def test_the_seed_s_bucket_is_a_storage(bucket: Bucket, frames: str) -> None:
    assert run("", BUCKET=bucket.name, FRAMES=frames).code == 0
    keys = [one["Key"] for one in bucket.client.list_objects_v2(Bucket=bucket.name)["Contents"]]
    assert "colmap/lund/manifest.json" in keys


def test_an_input_type_that_is_not_what_the_frames_are_is_bad_input(folder: str, frames: str) -> None:
    assert run(folder, FRAMES=frames, INPUT_TYPE="images").code == 0
    ran = run(folder, FRAMES=frames, INPUT_TYPE="video")
    assert (ran.code, ran.codes) == (2, ["frames/input-type"])


def test_a_storage_that_cannot_be_written_is_named(tmp_path: Path, frames: str) -> None:
    (tmp_path / "file").write_text("not a folder")
    ran = run(f"file://{tmp_path}/file/scenes", FRAMES=frames)
    assert ran.code == 1
    assert f"{tmp_path}/file" in ran.of("problem")[0]["message"]


def test_a_reader_that_goes_away_does_not_stop_the_work(folder: str, frames: str) -> None:
    process = start(folder, FRAMES=frames, STEP_SECONDS="0.1")
    assert process.stdout is not None
    process.stdout.close()
    threading.Thread(target=process.stderr.read if process.stderr else None).start()
    assert process.wait(60) == 0
    assert open_storage(folder).read_document("colmap/lund/manifest.json") is not None


def test_a_disk_that_is_full_is_told_and_leaves_no_half_object(
    folder: str, frames: str, tmp_path: Path
) -> None:
    run(folder, FRAMES=frames)
    (tmp_path / "photos" / "big.jpg").write_bytes(b"x" * 300_000)
    # The kernel refuses bytes past this size, as on a full disk; Python ignores the signal that comes too.
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "sys.argv[1:] = ['sfm']; runpy.run_module('tests.stage_program', run_name='__main__')"
    )
    environ = {**os.environ, "STORAGE": folder, "SCENE_ID": "lund", "FRAMES": frames, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-c", limited], cwd=ROOT, env=environ, capture_output=True, text=True
    )
    (problem,) = [json.loads(line) for line in ran.stdout.splitlines() if '"problem"' in line]
    assert (ran.returncode, problem["code"]) == (1, "storage/full")
    assert "frames/lund/big.jpg" in problem["message"]
    assert not [
        path
        for path in tmp_path.joinpath("storage").rglob("*")
        if path.name == "big.jpg" or path.suffix == ".tmp"
    ]
    assert run(folder, FRAMES=frames).code == 0
