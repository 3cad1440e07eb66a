"""Optimizers."""
from pellucid.optim._adam import Adam, AdamW, NAdam, RAdam
from pellucid.optim._adaptive import Adagrad, RMSprop
from pellucid.optim._optimizer import Optimizer, RuleOptimizer
from pellucid.optim._rules import Rule
from pellucid.optim._sgd import SGD
