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
    """One thing that was asked: its value (None: not known, which does not pass), the limit, the outcome.

    The name begins with the option that sets the limit.
    """

    name: str
    value: float | None
    limit: float
    passed: bool


def check_scene(options: ViewOptions, now: Figures, before: Figures | None) -> tuple[Check, ...]:
    """Every check that applies; those against a baseline need one."""
    checks = []
    if options.min_psnr > 0:
        passed = now.psnr is not None and now.psnr >= options.min_psnr - SLACK
        checks.append(Check("min_psnr: held-out PSNR (dB)", _rounded(now.psnr), options.min_psnr, passed))
    if before is not None and before.psnr is not None:
        drop = None if now.psnr is None else max(0.0, before.psnr - now.psnr)
        passed = drop is not None and drop <= options.max_psnr_drop + SLACK
        name = "max_psnr_drop: loss of held-out PSNR against the baseline (dB)"
        checks.append(Check(name, _rounded(drop), options.max_psnr_drop, passed))
    if before is not None:
        drop = max(0.0, before.registered_share - now.registered_share)
        passed = drop <= options.max_registered_drop + SLACK
        name = "max_registered_drop: loss of registered share against the baseline"
        checks.append(Check(name, _rounded(drop), options.max_registered_drop, passed))
    return tuple(checks)


def mean_photo_warning(psnr: float | None, mean_photo: float | None) -> str | None:
    """What to tell of a scene that shows less than the mean photograph does; None when all is well.

    Args:
        psnr: of the held-out photographs, dB.
        mean_photo: of the mean of the training photographs on the same, dB.
    """
    if psnr is None or mean_photo is None or psnr >= mean_photo:
        return None
    return (
        f"the splat is worse than the mean photograph: {psnr:.1f} dB instead of {mean_photo:.1f} dB on the "
        "held-out photographs; train with more steps, or take photographs that overlap more"
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
