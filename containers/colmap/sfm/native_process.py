"""COLMAP's work in a process of its own, so that a stop takes effect at once and a crash is told in words."""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any, Concatenate, ParamSpec, TypeVar

from darkroom_scene.errors import StageError
from darkroom_scene.progress import Progress
from darkroom_scene.stop_signal import StopSignal

Say = Callable[[float, str], None]
"""How far the work is (0 to 1), and what it is doing."""
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

POLL_S = 0.2
CONTEXT = multiprocessing.get_context("forkserver")
# COLMAP is loaded once, not for every process.
CONTEXT.set_forkserver_preload(["pycolmap"])
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Meanwhile:
    """Something done by the waiting process every `seconds`, for example to keep a checkpoint."""

    seconds: float
    act: Callable[[], None]


@dataclass(frozen=True)
class Native:
    """Runs work in processes of their own."""

    stop: StopSignal
    meanwhile: Meanwhile | None = None

    def run(
        self,
        progress: Progress,
        work: Callable[Concatenate[Say, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """The result of `work(say, …)`; arguments and result are pickled.

        Raises:
            Stopped: a stop was requested; the process is gone when this is raised.
            StageError: what the work raised, or `sfm/native` when the process crashed.
        """
        receiving, sending = CONTEXT.Pipe(duplex=False)
        process = CONTEXT.Process(target=_perform, args=(sending, work, args, kwargs), daemon=True)
        process.start()
        sending.close()
        try:
            kind, value = self._listen(receiving, progress)
            process.join()
        finally:
            process.kill()
            process.join()
            receiving.close()
        if kind == "error":
            raise StageError(*value)
        if kind == "crash":
            raise _crash(work.__name__, process.exitcode)
        return value  # type: ignore[no-any-return]

    def _listen(self, receiving: Connection, progress: Progress) -> tuple[str, Any]:
        due = time.monotonic() + (self.meanwhile.seconds if self.meanwhile else 0)
        while True:
            self.stop.check()
            if self.meanwhile and time.monotonic() >= due:
                self.meanwhile.act()
                due = time.monotonic() + self.meanwhile.seconds
            if not receiving.poll(POLL_S):
                continue
            try:
                kind, value = receiving.recv()
            except EOFError:
                return "crash", None
            if kind != "progress":
                return kind, value
            progress.update(*value)


def _perform(
    sending: Connection, work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    # The one who waits decides about signals; when it is gone, nobody waits for the result.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    def say(done: float, message: str) -> None:
        sending.send(("progress", (done, message)))

    try:
        answer = ("result", work(say, *args, **kwargs))
    except StageError as error:
        answer = ("error", (error.code, error.message, error.hint))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        hint = "the lines above, on standard error, say more"
        answer = ("error", ("sfm/native", f"{work.__name__}: {type(error).__name__}: {error}"[:2000], hint))
    sending.send(answer)
    sending.close()


def _crash(work: str, code: int | None) -> StageError:
    if code == -signal.SIGKILL:
        hint = "the machine was out of memory, most likely; set max_photo_px or features lower"
        return StageError("sfm/out-of-memory", f"COLMAP was killed in {work}", hint)
    name = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    return StageError(
        "sfm/native", f"COLMAP ended in {work} with {name}", "its last lines on standard error say why"
    )
