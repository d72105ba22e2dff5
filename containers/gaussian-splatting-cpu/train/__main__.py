"""`python3 -m train`: the stage's command."""

import sys

from darkroom_scene.stage import Stage, run_stage
from darkroom_scene.train_options import TrainOptions
from train.work import work

if __name__ == "__main__":
    sys.exit(run_stage(Stage("train", TrainOptions, work)))
