"""Inspection: what a fitted model goes by, as data.

Here: `permutation_importance` and `partial_dependence`, and what they give: `PermutationImportance`,
`PartialDependence`.
Elsewhere: importances that trees note are their `feature_importances_`; pictures are drawn elsewhere.
Imports: numpy, pellucid.errors, pellucid.random, pellucid.base, pellucid.metrics, pellucid.model_selection,
pellucid.compose and pellucid.ensemble; Narwhals inside functions.
"""

from pellucid.inspection._partial_dependence import PartialDependence, partial_dependence
from pellucid.inspection._permutation_importance import PermutationImportance, permutation_importance

__all__ = ["partial_dependence", "PartialDependence", "permutation_importance", "PermutationImportance"]
