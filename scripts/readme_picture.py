#!/usr/bin/env python
"""Draw docs/learning.png, the picture in the README: a network watched while it learns two spirals.

    python scripts/readme_picture.py        needs Matplotlib, which the package itself does not

Everything drawn is read off the estimator by a callback: no number is made up.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from pellucid.base import Callback
from pellucid.datasets import make_spirals
from pellucid.neural_network import MLPClassifier

EPOCHS = (1, 20, 60, 200)
SIDE = 160  # points a side of the grid on which the probability is drawn
OUT = Path(__file__).resolve().parents[1] / "docs" / "learning.png"


class Snapshots(Callback):
    """Keeps the probability surface after chosen epochs, and the loss of every one."""

    def __init__(self, grid: np.ndarray) -> None:
        self.grid, self.surfaces, self.losses = grid, {}, []

    def on_step_end(self, estimator: Any, step: int, values: Mapping[str, float]) -> None:
        self.losses.append(values["loss"])
        if step in EPOCHS:
            self.surfaces[step] = estimator.predict_proba(self.grid)[:, 1].reshape(SIDE, SIDE)


def main() -> None:
    X, y = make_spirals(400, noise=0.05, random_state=1)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    low, high = X.min(axis=0) - 0.3, X.max(axis=0) + 0.3
    xs, ys = np.linspace(low[0], high[0], SIDE), np.linspace(low[1], high[1], SIDE)
    watch = Snapshots(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2))
    model = MLPClassifier(
        (64, 64),
        "tanh",
        learning_rate_init=0.01,
        batch_size=50,
        max_iter=EPOCHS[-1],
        tol=0.0,
        n_iter_no_change=EPOCHS[-1],
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it stops at the last picture on purpose
        model.set_callbacks(watch).fit(X, y)
    figure, axes = plt.subplots(1, 5, figsize=(15, 3), layout="constrained", width_ratios=[1, 1, 1, 1, 1.25])
    for axis, epoch in zip(axes, EPOCHS, strict=False):
        axis.imshow(
            watch.surfaces[epoch],
            extent=(low[0], high[0], low[1], high[1]),
            origin="lower",
            cmap="RdBu",
            vmin=0,
            vmax=1,
            alpha=0.5,
            aspect="equal",
        )
        for label, colour in ((0, "#7f1d1d"), (1, "#1e3a8a")):
            axis.scatter(*X[y == label].T, s=9, c=colour, linewidths=0.3, edgecolors="white")
        axis.set_title(f"after {epoch} epoch{'s' * (epoch > 1)}", fontsize=11)
        axis.set_xticks([]), axis.set_yticks([])
    axes[-1].plot(np.arange(1, EPOCHS[-1] + 1), watch.losses, color="#334155", linewidth=1.5)
    axes[-1].scatter(EPOCHS, [watch.losses[e - 1] for e in EPOCHS], color="#b45309", zorder=3, s=28)
    axes[-1].set_title("training loss (log scale)", fontsize=11)
    axes[-1].set_yscale("log"), axes[-1].set_xlabel("epoch")
    axes[-1].spines[["top", "right"]].set_visible(False)
    figure.savefig(OUT, dpi=90)
    print(OUT, f"accuracy on the training rows {model.score(X, y):.3f}")


if __name__ == "__main__":
    main()
