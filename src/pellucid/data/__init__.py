"""Tables and pictures in, batches out.

Here: `read_table` and `as_table` give a `Table` with the report of its reading, `scan_table` gives it in batches where
it does not fit into memory; `read_images` gives `ImageArrays`, `ImageFolder` pictures one by one, `Augmented` varied;
`Dataset` and its kinds, samplers and `DataLoader` hand rows to a training loop under PyTorch's names, `DataModule`
under Lightning's.
Elsewhere: ready data sets are in pellucid.datasets; encoding and scaling in pellucid.preprocessing; splits in
pellucid.model_selection.
Imports: numpy only; Polars when a table is read, Narwhals when a frame is taken over.
"""

from pellucid.data._augmentations import (
    Augmentation,
    Augmented,
    Compose,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomShift,
    RandomVerticalFlip,
)
from pellucid.data._dataset import ArrayDataset, ConcatDataset, Dataset, Subset
from pellucid.data._folder import ImageFolder
from pellucid.data._images import ImageArrays, read_images
from pellucid.data._kinds import ColumnReport
from pellucid.data._loader import DataLoader
from pellucid.data._module import DataModule
from pellucid.data._reading import read_table
from pellucid.data._readings import ColumnKind
from pellucid.data._samplers import BatchSampler, RandomSampler, Sampler, SequentialSampler, WeightedRandomSampler
from pellucid.data._streaming import TableScan, scan_table
from pellucid.data._table import ReadingReport, Table, as_table
from pellucid.data._tally import MISSING

__all__ = [
    "ArrayDataset",
    "as_table",
    "Augmentation",
    "Augmented",
    "BatchSampler",
    "ColumnKind",
    "ColumnReport",
    "Compose",
    "ConcatDataset",
    "DataLoader",
    "DataModule",
    "Dataset",
    "ImageArrays",
    "ImageFolder",
    "MISSING",
    "Normalize",
    "RandomCrop",
    "RandomHorizontalFlip",
    "RandomRotation",
    "RandomSampler",
    "RandomShift",
    "RandomVerticalFlip",
    "read_images",
    "read_table",
    "ReadingReport",
    "Sampler",
    "scan_table",
    "SequentialSampler",
    "Subset",
    "Table",
    "TableScan",
    "WeightedRandomSampler",
]
