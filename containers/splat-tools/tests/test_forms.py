from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from zipfile import ZipFile

import pytest

from darkroom_scene.errors import StageError
from darkroom_scene.stop_signal import Stopped, StopSignal
from tests.scene_inputs import wall, write_ply
from view.splat_transform import convert, find_splat_transform

FORMS = ["scene.sog", "scene.spz", "scene.compressed.ply", "viewer.html"]


@pytest.fixture
def ply(tmp_path: Path) -> Path:
    write_ply(tmp_path / "scene.ply", wall())
    return tmp_path / "scene.ply"


@pytest.mark.parametrize("name", FORMS)
def test_the_same_scene_gives_the_same_bytes_at_any_time_and_place(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = find_splat_transform()
    # Enough Gaussians for the clustering of their harmonics, which starts at random.
    write_ply(tmp_path / "scene.ply", wall(1500))
    made = []
    for run, zone in (("one", "UTC"), ("two", "Asia/Tokyo")):
        monkeypatch.setenv("TZ", zone)
        (tmp_path / run).mkdir()
        convert(program, tmp_path / "scene.ply", tmp_path / run / name, StopSignal())
        made.append((tmp_path / run / name).read_bytes())
    assert made[0] == made[1]
    assert len(made[0]) > 500


def test_the_archive_does_not_hold_the_hour_of_the_run(ply: Path, tmp_path: Path) -> None:
    convert(find_splat_transform(), ply, tmp_path / "scene.sog", StopSignal())
    with ZipFile(tmp_path / "scene.sog") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"hello", "end_header not found"), (b"", "."), (None, "truncated or corrupt")],
)
def test_a_broken_ply_is_told_in_the_programs_own_words(
    ply: Path, tmp_path: Path, content: bytes | None, words: str
) -> None:
    ply.write_bytes(ply.read_bytes()[:-100] if content is None else content)
    with pytest.raises(StageError, match=words) as caught:
        convert(find_splat_transform(), ply, tmp_path / "scene.sog", StopSignal())
    assert caught.value.code == "view/splat-transform"
    assert "\n" not in caught.value.message
    assert not (tmp_path / "scene.sog").exists()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(StageError, match='no program "splat-transform"') as caught:
        find_splat_transform(str(tmp_path))
    assert caught.value.code == "view/no-splat-transform"


def test_a_stop_ends_the_program_at_once(ply: Path, tmp_path: Path) -> None:
    program = fake_program(tmp_path, "setTimeout(() => {}, 60_000)")
    stop = StopSignal()
    threading.Timer(0.5, stop.request, ["SIGTERM"]).start()
    with pytest.raises(Stopped):
        convert(find_splat_transform(program), ply, tmp_path / "scene.sog", stop)


def test_a_program_that_fails_without_a_word_is_still_named(ply: Path, tmp_path: Path) -> None:
    program = fake_program(tmp_path, "process.exit(9)")
    with pytest.raises(StageError, match=r"splat-transform 1\.2\.3 .*exit code 9.*it said nothing"):
        convert(find_splat_transform(program), ply, tmp_path / "scene.sog", StopSignal())


def fake_program(folder: Path, script: str) -> str:
    """A search path on which splat-transform is this script."""
    package = folder / "package"
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    entry = package / "bin/cli.mjs"
    entry.write_text(f"#!/usr/bin/env node\n{script}\n")
    entry.chmod(entry.stat().st_mode | stat.S_IXUSR)
    (folder / "path").mkdir()
    (folder / "path/splat-transform").symlink_to(entry)
    return f"{folder / 'path'}{os.pathsep}{os.environ['PATH']}"
