"""The command of a stage's image: environment in, events out, an exit code."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from darkroom_scene.errors import FAILED, GATE, STOPPED, Problem, StageError
from darkroom_scene.file_problem import FORBIDDEN, FULL, file_problem
from darkroom_scene.lease import Lease, LeaseTimes, leased, lost_lease
from darkroom_scene.manifest import Manifest
from darkroom_scene.progress import Emit, Progress, event_stream
from darkroom_scene.scene_layout import stage_place
from darkroom_scene.settings import Settings, read_settings
from darkroom_scene.stage_run import Job, perform
from darkroom_scene.stage_types import Options, Stage, StageContext, StageResult
from darkroom_scene.stop_signal import Stopped, StopSignal, stop_on_signals
from darkroom_scene.storage import open_storage

__all__ = ["Options", "Stage", "StageContext", "StageResult", "run_stage"]

GRACE = 8.5
"""Seconds from SIGTERM until a stage that does not end is given up; `docker stop` kills after ten."""


def run_stage(stage: Stage[Any], environ: Mapping[str, str] = os.environ) -> int:
    """Run a stage on the scene that `environ` names and return the exit code.

    0 done or skipped, 1 failed, 2 bad input, 3 quality gate not passed, 143 stopped. Events go to standard
    output, everything else that is printed to standard error.
    """
    with event_stream() as emit:
        run = _Run(stage, emit)
        try:
            with stop_on_signals(run.stop, GRACE, run.give_up):
                return run.run(read_settings(environ))
        except Stopped:
            return run.stopped()
        except StageError as error:
            return run.failed(error)
        except Exception as error:
            return run.broken(error)


class _Run:
    """One run: what its end needs to know, however it comes."""

    def __init__(self, stage: Stage[Any], emit: Emit) -> None:
        self.stop = StopSignal()
        self._stage = stage
        self._emit = emit
        self._progress = Progress(stage.name, emit)
        self._lease: Lease | None = None
        self._lease_path = ""

    def run(self, settings: Settings) -> int:
        for text in settings.notices:
            self._progress.notice(text)
        storage = open_storage(settings.storage)
        self._lease_path = stage_place(self._stage.name, settings.scene).lease
        scratch = Path(tempfile.mkdtemp(prefix=f"{self._stage.name}-"))
        try:
            with leased(
                storage, self._lease_path, self._stage.name, self.stop, self._progress, LeaseTimes()
            ) as self._lease:
                job = Job(
                    self._stage,
                    settings,
                    storage,
                    self._lease,
                    scratch,
                    self._emit,
                    self._progress,
                    self.stop,
                )
                return self._judge(perform(job))
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _judge(self, manifest: Manifest) -> int:
        """Results whose own verdict is "fail" are stored and told like others; only the exit code differs."""
        if manifest.summary.get("verdict") != "fail":
            return 0
        checks = manifest.summary.get("checks")
        for check in checks if isinstance(checks, list) else []:
            if isinstance(check, dict) and check.get("passed") is False:
                text = f"{check.get('name')} is {check.get('value')}; the limit is {check.get('limit')}"
                self._problem(Problem(f"{manifest.stage}/quality", text))
        return GATE

    def stopped(self) -> int:
        if self.stop.reason == "lease lost":
            return self.failed(lost_lease(self._lease_path))
        self._progress.notice(f"stopped by {self.stop.reason}; the next run goes on from the last checkpoint")
        return STOPPED

    def failed(self, error: StageError) -> int:
        for problem in error.problems:
            self._problem(problem)
        return error.exit_code

    def broken(self, error: Exception) -> int:
        if isinstance(error, OSError) and error.errno in FULL | FORBIDDEN:
            return self.failed(file_problem(error, "writing", error.filename or tempfile.gettempdir()))
        traceback.print_exc(file=sys.stderr)
        text = f"{type(error).__name__}: {error}"
        self._problem(
            Problem(f"{self._stage.name}/bug", text[:2000], "please report this with the lines above")
        )
        return FAILED

    def give_up(self) -> None:
        """End the process of a stage that was asked to stop and did not; its last checkpoint stays."""
        self._progress.notice(
            f"stopped by {self.stop.reason}, in the middle of work that could not be interrupted"
        )
        if self._lease:
            release = threading.Thread(target=self._lease.release, daemon=True)
            release.start()
            release.join(1.0)
        os._exit(FAILED if self.stop.reason == "lease lost" else STOPPED)

    def _problem(self, problem: Problem) -> None:
        event = {"event": "problem", "code": problem.code, "message": problem.message}
        self._emit({**event, "hint": problem.hint} if problem.hint else event)
