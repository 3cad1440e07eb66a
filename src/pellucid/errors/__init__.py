"""The exceptions and warnings of pellucid; each also is the builtin that people expect to catch.

    PellucidError
    |-- ShapeError       (ValueError)                  shapes that do not fit together
    |-- DtypeError       (TypeError)                   a kind of number the operation cannot use
    |-- GraphError       (RuntimeError)                a recorded graph used after it is gone, or changed under it
    |   `-- TraceError                               a function that cannot be compiled as it is
    |-- ParameterError   (ValueError)                  a hyperparameter outside its limits
    |-- DataError        (ValueError)                  a table, image or label that cannot be used as it is
    |   `-- ColumnError  (KeyError)                    a column asked for that is not there
    |-- NotFittedError   (ValueError, AttributeError)  predict before fit
    |-- ModelFileError   (ValueError)                  a model file that is damaged, foreign or too new
    `-- DownloadError    (OSError)                     a fetched file that did not arrive, or not whole

    PellucidWarning (UserWarning)
    |-- ConvergenceWarning                             an optimizer stopped at its limit of iterations
    `-- DataWarning                                    data accepted, with something one should know

Here: the tree, and nothing else.  Elsewhere: the wording, which lives where the error is raised.
A message says where, what came, what was wanted, and the next step.
Imports: nothing.
"""

__all__ = [
    "ColumnError",
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "DownloadError",
    "DtypeError",
    "GraphError",
    "ModelFileError",
    "NotFittedError",
    "ParameterError",
    "PellucidError",
    "PellucidWarning",
    "ShapeError",
    "TraceError",
]


class PellucidError(Exception):
    """Anything pellucid raises on purpose."""


class ShapeError(PellucidError, ValueError):
    """Shapes do not fit together; names the operation or layer, both shapes and the remedy."""


class DtypeError(PellucidError, TypeError):
    """A kind of number the operation cannot use."""


class GraphError(PellucidError, RuntimeError):
    """A recorded graph was used after it was freed, or a value in it was changed in place."""


class TraceError(GraphError):
    """A function that cannot be compiled: it needs entries that exist only when the program runs, or changes memory."""


class ParameterError(PellucidError, ValueError):
    """A hyperparameter lies outside its limits; names the estimator, the parameter, the value and the limits."""


class DataError(PellucidError, ValueError):
    """A table, image or label cannot be used as it is; names the column, the rows and the remedy."""


class ColumnError(DataError, KeyError):
    """A column was asked for that the table does not have; names the closest ones it has."""

    def __str__(self) -> str:
        return Exception.__str__(self)


class NotFittedError(PellucidError, ValueError, AttributeError):
    """An estimator was asked for what only `fit` can teach it."""


class ModelFileError(PellucidError, ValueError):
    """A model file is damaged, not one of ours, or written by a newer version."""


class DownloadError(PellucidError, OSError):
    """A file to be fetched did not arrive, or not with the expected SHA-256."""


class PellucidWarning(UserWarning):
    """Anything pellucid warns about."""


class ConvergenceWarning(PellucidWarning):
    """An iterative solver stopped at its limit of iterations, not at its tolerance."""


class DataWarning(PellucidWarning):
    """The data were accepted, and something about them should be known."""
