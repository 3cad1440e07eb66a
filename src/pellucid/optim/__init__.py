"""Optimizers, under PyTorch's names: groups of parameters, their state by name, gradient clipping, schedules.

Here: SGD, Adagrad, RMSprop, Adam, AdamW, NAdam, RAdam, LBFGS; `Optimizer`, `RuleOptimizer` and `Rule`, of which more
can be made; clip_grad_norm_ and clip_grad_value_; the schedules in pellucid.optim.lr_scheduler.
Elsewhere: parameters come from pellucid.nn; the training loop is pellucid.train.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.ops, pellucid.persistence, pellucid.tensor.

Each famous optimizer is a short chain of rules, and each rule is written once, against the namespace of operations.

>>> from pellucid import Tensor
>>> optimizer = AdamW([Tensor([1.0])])
>>> for rule in optimizer.rules(optimizer.param_groups[0]):
...     print(rule)
AdamRatio: m <- b1 m + (1 - b1) d, v <- b2 v + (1 - b2) d^2; gives m' / (sqrt v' + eps).
Decay: gives d + lambda w.
Rate: gives lr d.
"""

from pellucid.optim import lr_scheduler
from pellucid.optim._adam import Adam, AdamW, NAdam, RAdam
from pellucid.optim._adaptive import Adagrad, RMSprop
from pellucid.optim._clip import clip_grad_norm_, clip_grad_value_
from pellucid.optim._lbfgs import LBFGS
from pellucid.optim._optimizer import Optimizer, RuleOptimizer
from pellucid.optim._rules import Rule
from pellucid.optim._sgd import SGD

__all__ = [
    "Adagrad",
    "Adam",
    "AdamW",
    "clip_grad_norm_",
    "clip_grad_value_",
    "LBFGS",
    "lr_scheduler",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rule",
    "RuleOptimizer",
    "SGD",
]
