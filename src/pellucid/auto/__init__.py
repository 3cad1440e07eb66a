"""The standard pipeline: from a table or images to a model, and an honest account of how good it is.

Here: `fit`, its `Result`, the models it leaves behind, and `Progress`, by which a run is watched.
Elsewhere: the same from a shell is pellucid.cli; the parts it is made of are the layers to the left.
Imports: numpy and the layers to the left.
"""

from pellucid.auto._fit import Result, fit
from pellucid.auto._model import ImageModel, TableModel
from pellucid.auto._progress import Progress

__all__ = ["fit", "ImageModel", "Progress", "Result", "TableModel"]
