"""Tables along few directions of their own.

Here: principal components, at once (`PCA`) and in pieces (`IncrementalPCA`), and the singular vectors of a table that
is not centred and may be sparse (`TruncatedSVD`), under scikit-learn's names and with its numbers and signs.
Elsewhere: scaling, which mostly comes before, is in pellucid.preprocessing.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.persistence, pellucid.base, pellucid.preprocessing and
pellucid.linear_model; SciPy inside fit.
"""

from pellucid.decomposition._incremental_pca import IncrementalPCA
from pellucid.decomposition._pca import PCA
from pellucid.decomposition._truncated_svd import TruncatedSVD

__all__ = ["IncrementalPCA", "PCA", "TruncatedSVD"]
