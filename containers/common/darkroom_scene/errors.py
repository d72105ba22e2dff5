"""What a person reads when a stage cannot go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

FAILED = 1
BAD_INPUT = 2
GATE = 3
STOPPED = 143


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a `domain/reason` code, what happened, and what to do about it."""

    code: str
    message: str
    hint: str = ""


class StageError(Exception):
    """The end of a stage for a reason that is told in words; holds every problem that was found."""

    def __init__(self, code: str, message: str, hint: str = "", *, exit_code: int = FAILED) -> None:
        """Make the error of one problem.

        Args:
            code: `domain/reason`, for example `sfm/too-few-photos`.
            message: the place, the offending value in quotes and what was expected.
            hint: what to do next.
            exit_code: 1 failed, 2 bad input, 3 quality gate not passed.
        """
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
        self.problems: tuple[Problem, ...] = (Problem(code, message, hint),)

    @classmethod
    def of(cls, problems: Sequence[Problem], *, exit_code: int = FAILED) -> StageError:
        """The error of several problems; the first one is its code and message."""
        first = problems[0]
        error = cls(first.code, first.message, first.hint, exit_code=exit_code)
        error.problems = tuple(problems)
        return error
