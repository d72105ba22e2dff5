"""The training loop's state and its single step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from darkroom_scene.errors import StageError
from train.gaussians import Gaussians
from train.loss import picture_loss, psnr
from train.optimiser import Moments, optimise, rates
from train.photographs import Photograph, reduced
from train.rasteriser import Rasteriser
from train.recipe import Recipe
from train.relocation import grow, relocate, sigmoid

LEFT_OUT = np.float32(-30)  # an opacity logit that draws nothing


@dataclass
class TrainingState:
    """Everything that the next step depends on, and therefore everything that a checkpoint holds.

    Attributes:
        step: Steps made.
        gaussians: As they are after them.
        moments: Adam's, first and second.
        random: The source of all chance.
        queue: Indices of the photographs still to be seen in this round.
        losses: (step, loss, PSNR of that step's picture), thinned.
    """

    step: int
    gaussians: Gaussians
    moments: Moments
    random: np.random.Generator
    queue: list[int]
    losses: list[tuple[int, float, float]]


@dataclass(frozen=True)
class StepResult:
    """What one step saw: its loss and, without the Gaussians left out, the PSNR of its picture."""

    loss: float
    psnr: float


class Trainer:
    """Makes steps on a state; holds what does not change while training."""

    def __init__(
        self,
        photographs: Sequence[Photograph],
        scale: float,
        steps: int,
        most: int,
        degree: int,
        recipe: Recipe,
    ) -> None:
        """Train on all of `photographs`.

        Args:
            photographs: None of them held out.
            scale: Of the scene, in its own units.
            steps: In all; rates, resolution and relocation follow the share that is made.
            most: Gaussians.
            degree: Of the spherical harmonics, reached step by step.
            recipe: Everything else.
        """
        self._fine = list(photographs)
        self._coarse = [reduced(photograph, 2) for photograph in photographs]
        self._scale, self._steps, self._most, self._degree, self._recipe = scale, steps, most, degree, recipe
        self._rasteriser = Rasteriser()
        self._gradients: Gaussians | None = None

    def step(self, state: TrainingState) -> StepResult:
        """One photograph, one step of Adam, and relocation when it is due; changes `state`.

        Raises:
            StageError: `train/diverged` when the loss is no longer a number.
        """
        step, done = state.step + 1, (state.step + 1) / self._steps
        if not state.queue:
            state.queue = state.random.permutation(len(self._fine)).tolist()
        photograph = (self._coarse if done < self._recipe.coarse_until else self._fine)[state.queue.pop()]
        drawn = self._without_some(state, done)
        degree = min(self._degree, int(done * (self._degree + 1) * 1.5))
        target = photograph.colours()
        picture, _ = self._rasteriser.draw(drawn, photograph.view, degree)
        loss, slope = picture_loss(picture, target, self._recipe.similarity_weight)
        gradients = self._gradients_like(state.gaussians)
        self._rasteriser.differentiate(drawn, picture, slope, gradients)
        self._regularise(state.gaussians, gradients)
        _refuse_divergence(loss, gradients, step, photograph.name)
        optimise(state.gaussians, gradients, state.moments, rates(self._recipe, self._scale, done), step)
        if step % self._recipe.relocate_every == 0 and done < self._recipe.relocate_until:
            self._densify(state)
        state.step = step
        return StepResult(loss, psnr(picture, target))

    def _gradients_like(self, gaussians: Gaussians) -> Gaussians:
        if self._gradients is None or self._gradients.count != gaussians.count:
            self._gradients = gaussians.zeros()
        return self._gradients

    def _without_some(self, state: TrainingState, done: float) -> Gaussians:
        gaussians = state.gaussians
        kept = state.random.random(gaussians.count, dtype=np.float32) >= self._recipe.dropped * done
        return replace(gaussians, opacity_logits=np.where(kept, gaussians.opacity_logits, LEFT_OUT))

    def _regularise(self, gaussians: Gaussians, gradients: Gaussians) -> None:
        """Adds the slopes of the mean opacity and of the mean size; the sky's Gaussians may be large."""
        count, recipe = gaussians.count, self._recipe
        opacity = sigmoid(gaussians.opacity_logits)
        gradients.opacity_logits[:] += recipe.opacity_weight / count * opacity * (1 - opacity)
        size = np.exp(gaussians.log_scales)
        small = size < self._scale
        gradients.log_scales[:] += recipe.scale_weight / (3 * count) / self._scale * np.where(small, size, 0)

    def _densify(self, state: TrainingState) -> None:
        """Moves Gaussians that have become invisible to where much is shown, and adds some there."""
        recipe = self._recipe
        dead = sigmoid(state.gaussians.opacity_logits) < recipe.dead_opacity
        relocate(state.gaussians, state.moments, dead, state.random)
        count = state.gaussians.count
        more = min(self._most - count, int(recipe.growth * count) + 1)
        if more > 0:
            state.gaussians, state.moments = grow(state.gaussians, state.moments, more, state.random)


def _refuse_divergence(loss: float, gradients: Gaussians, step: int, photograph: str) -> None:
    broken = [name for name, slopes in gradients.groups() if not np.isfinite(slopes).all()]
    if np.isfinite(loss) and not broken:
        return
    what = "the loss" if not np.isfinite(loss) else f"the gradient of {', '.join(broken)}"
    raise StageError(
        "train/diverged",
        f'step {step} on the photograph "{photograph}": {what} is not a number',
        "run again with another seed, or with fewer max_gaussians",
    )
