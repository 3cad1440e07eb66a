"""The one training loop.

Here: `Training`, epochs of steps over batches, each forward, backward, update; `Epoch`, what one of them gave;
`EarlyStopping`, which keeps the best weights and says when to stop.
Elsewhere: batches come from pellucid.data, update rules from pellucid.optim; estimators use this loop in
pellucid.neural_network.
Imports: numpy, pellucid.errors, pellucid.base, pellucid.tensor, pellucid.nn, pellucid.optim.
"""

from pellucid.train._loop import Epoch, Training
from pellucid.train._stopping import EarlyStopping

__all__ = ["EarlyStopping", "Epoch", "Training"]
