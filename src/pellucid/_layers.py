"""The order of the house: each layer may import itself and what stands to its left.

Here: the one tuple of layers, read by the package root (lazy loading) and by the test of the imports.
Elsewhere: what each layer holds is said at the top of its own package.
Imports: nothing.
"""

LAYERS: tuple[str, ...] = (
    "errors",
    "random",
    "persistence",
    "base",
    "ops",
    "tensor",
    "compiler",
    "nn",
    "optim",
    "datasets",
    "data",
    "metrics",
    "model_selection",
    "preprocessing",
    "impute",
    "compose",
    "pipeline",
    "train",
    "linear_model",
    "neural_network",
    "dummy",
    "neighbors",
    "cluster",
    "mixture",
    "decomposition",
    "naive_bayes",
    "svm",
    "tree",
    "ensemble",
    "calibration",
    "inspection",
    "auto",
    "cli",
)
