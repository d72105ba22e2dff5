from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.rendered_room import save, sideways


def command(root: Path) -> subprocess.Popen[str]:
    settings = {
        "STORAGE": f"file://{root}/storage",
        "SCENE_ID": "room",
        "FRAMES": f"file://{root}/photos",
        "OPTIONS": json.dumps({"features": "1500", "min_points": "20"}),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "sfm"],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    output, _ = process.communicate()
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def test_sigterm_while_matching_ends_the_command_and_the_next_one_goes_on_and_the_third_has_nothing_to_do(
    tmp_path: Path,
) -> None:
    save(sideways(6), tmp_path / "photos")
    stopped = command(tmp_path)
    assert stopped.stdout is not None
    while '"matching' not in stopped.stdout.readline():
        assert stopped.poll() is None
    began = time.monotonic()
    stopped.send_signal(signal.SIGTERM)
    stopped.communicate()
    assert stopped.returncode == 143
    assert time.monotonic() - began < 10

    events = finish(command(tmp_path))
    messages = [str(event.get("message")) for event in events]
    assert "goes on from the checkpoint of an earlier run" in messages
    assert not any(message.startswith("features: 0") for message in messages)
    assert events[-1]["summary"]["registered"] == 6
    done = [event["done"] for event in events if event["event"] == "progress"]
    assert done == sorted(done)
    assert not list((tmp_path / "storage" / "colmap" / "room").glob("checkpoints/*"))

    again = finish(command(tmp_path))
    assert again[-1]["skipped"]
    assert again[-1]["summary"] == events[-1]["summary"]
