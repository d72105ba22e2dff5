"""The verdict: what the options ask of a scene, and whether it is so."""

from __future__ import annotations

from dataclasses import dataclass

from darkroom_scene.view_options import ViewOptions

SLACK = 1e-9
"""A value that was rounded on its way is not worse than its limit."""


@dataclass(frozen=True)
class Figures:
    """What is judged; a PSNR is None when no photograph was held out."""

    psnr: float | None
    registered: int
    images: int

    @property
    def registered_share(self) -> float:
        """Registered photographs of all, 0 to 1."""
        return self.registered / self.images if self.images else 0.0


@dataclass(frozen=True)
class Check:
    """One thing that was asked: its value (None: not known, which does not pass), the limit, the outcome."""

    name: str
    value: float | None
    limit: float
    passed: bool


def check_scene(options: ViewOptions, now: Figures, before: Figures | None) -> tuple[Check, ...]:
    """Every check that applies; those against a baseline need one."""
    checks = []
    if options.min_psnr > 0:
        passed = now.psnr is not None and now.psnr >= options.min_psnr - SLACK
        checks.append(Check("held-out PSNR (dB)", _rounded(now.psnr), options.min_psnr, passed))
    if before is not None and before.psnr is not None:
        drop = None if now.psnr is None else max(0.0, before.psnr - now.psnr)
        passed = drop is not None and drop <= options.max_psnr_drop + SLACK
        name = "loss of held-out PSNR against the baseline (dB)"
        checks.append(Check(name, _rounded(drop), options.max_psnr_drop, passed))
    if before is not None:
        drop = max(0.0, before.registered_share - now.registered_share)
        passed = drop <= options.max_registered_drop + SLACK
        name = "loss of registered share against the baseline"
        checks.append(Check(name, _rounded(drop), options.max_registered_drop, passed))
    return tuple(checks)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
