from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.scene_inputs import manifest, sfm_summary, train_summary, write_inputs

NAMES = ["1.jpg", "2.jpg", "3.jpg", "4.jpg"]
Events = list[dict[str, Any]]


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A storage in which stages sfm and train of scene "wall" have finished."""
    inputs = write_inputs(tmp_path / "input", NAMES)
    for part, name, summary in (
        ("colmap", "manifest.json", sfm_summary(NAMES)),
        ("outputs", "train-manifest.json", train_summary(NAMES[-1])),
    ):
        folder = tmp_path / "storage" / part / "wall"
        shutil.copytree(inputs / part, folder)
        objects = [
            {
                "path": file.relative_to(folder).as_posix(),
                "size": file.stat().st_size,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
            }
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        ]
        stage = {"colmap": "sfm", "outputs": "train"}[part]
        (folder / name).write_text(json.dumps({**manifest(stage, summary), "objects": objects}))
    return tmp_path / "storage"


def environment(storage: Path, **more: str) -> Mapping[str, str]:
    return {**os.environ, "STORAGE": storage.as_uri(), "SCENE_ID": "wall", **more}


def run(storage: Path, **more: str) -> tuple[int, Events]:
    done = subprocess.run(
        [sys.executable, "-m", "view"], env=environment(storage, **more), capture_output=True, text=True
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_command_writes_the_view_once_and_finds_it_the_second_time(storage: Path) -> None:
    code, events = run(storage, IMAGE_KEY="k" * 64)
    assert (code, events[-1]["event"], events[-1]["skipped"]) == (0, "result", False)
    made = storage / "outputs/wall"
    assert {"viewer.html", "report.html", "report.json", "thumbnail.jpg", "scene.sog"} <= set(
        os.listdir(made)
    )
    report = json.loads((made / "report.json").read_bytes())
    assert report["stages"][2]["image"] == {"key": "k" * 64, "digest": None}
    code, again = run(storage, IMAGE_KEY="k" * 64)
    assert (code, again[-1]["skipped"], again[-1]["summary"]) == (0, True, events[-1]["summary"])


def test_a_baseline_is_compared_with_and_makes_another_result(storage: Path, tmp_path: Path) -> None:
    run(storage)
    before = json.loads((storage / "outputs/wall/report.json").read_bytes())
    before["train"]["psnr"] += 3
    (tmp_path / "before.json").write_text(json.dumps(before))
    _, events = run(storage, BASELINE=str(tmp_path / "before.json"))
    result = next(event for event in events if event["event"] == "result")
    assert (result["skipped"], result["summary"]["verdict"]) == (False, "fail")
    (tmp_path / "before.json").write_text("no report")
    code, events = run(storage, BASELINE=str(tmp_path / "before.json"))
    assert (code, events[-1]["code"]) == (2, "view/bad-baseline")


def test_sigterm_ends_it_in_time_and_the_next_run_finishes(storage: Path, tmp_path: Path) -> None:
    # A program that never ends stands where splat-transform is.
    entry = tmp_path / "package/bin/cli.mjs"
    entry.parent.mkdir(parents=True)
    (tmp_path / "package/package.json").write_text('{"version": "0"}')
    script = f"import {{ writeFileSync }} from 'node:fs';\nwriteFileSync('{tmp_path}/begun', '');\n"
    entry.write_text(f"#!/usr/bin/env node\n{script}setTimeout(() => {{}}, 60_000);\n")
    entry.chmod(0o755)
    (tmp_path / "path").mkdir()
    (tmp_path / "path/splat-transform").symlink_to(entry)
    path = f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}"
    child = subprocess.Popen(
        [sys.executable, "-m", "view"], env=environment(storage, PATH=path), stdout=subprocess.DEVNULL
    )
    while not (tmp_path / "begun").exists():
        assert child.poll() is None
        time.sleep(0.1)
    child.send_signal(signal.SIGTERM)
    asked = time.monotonic()
    assert child.wait(10) == 143
    assert time.monotonic() - asked < 5
    assert not (storage / "outputs/wall/manifest.json").exists()
    code, events = run(storage)
    assert (code, events[-1]["skipped"]) == (0, False)
