"""Several steps used as one estimator: one after another, or side by side.

Here: `Pipeline` and `FeatureUnion`; `make_pipeline` and `make_union` name their steps.
Elsewhere: different columns to different transformers are in pellucid.compose.
Imports: numpy, pellucid.base, pellucid.compose, pellucid.errors and pellucid.persistence.
"""

from pellucid.pipeline._pipeline import Pipeline, make_pipeline
from pellucid.pipeline._union import FeatureUnion, make_union

__all__ = ["FeatureUnion", "make_pipeline", "make_union", "Pipeline"]
