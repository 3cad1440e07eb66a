"""The data of one training run, behind the names a trainer asks for.

Here: `DataModule`.
Elsewhere: loaders are in `_loader.py`; splitting is in pellucid.model_selection, scaling in pellucid.preprocessing.
Imports: nothing.
"""

from abc import ABC, abstractmethod

from pellucid.data._loader import DataLoader

__all__ = ["DataModule"]


class DataModule(ABC):
    """Where a run's batches come from, under Lightning's names; a trainer calls them in the order they stand here.

    The split belongs into `setup`, so that validation and test rows are set aside before anything is fitted, and
    what is fitted there (a scaler, say) sees training rows only.

    >>> import numpy as np
    >>> from pellucid.data import ArrayDataset, Subset
    >>> class Numbers(DataModule):
    ...     def setup(self, stage=None):
    ...         rows = ArrayDataset(np.arange(10))
    ...         self.train, self.validation = Subset(rows, range(8)), Subset(rows, range(8, 10))
    ...
    ...     def train_dataloader(self):
    ...         return DataLoader(self.train, batch_size=4, shuffle=True, seed=0)
    ...
    ...     def val_dataloader(self):
    ...         return DataLoader(self.validation, batch_size=4)
    >>> numbers = Numbers()
    >>> numbers.setup("fit")
    >>> len(numbers.train_dataloader()), len(numbers.val_dataloader()), numbers.test_dataloader()
    (2, 1, None)
    """

    def prepare_data(self) -> None:
        """What is done once however many processes train: download, unpack.  Nothing, unless overridden."""
        return None

    def setup(self, stage: str | None = None) -> None:
        """Read and split; `stage` is "fit", "validate", "test" or "predict", None all.  Nothing, unless overridden."""
        return None

    @abstractmethod
    def train_dataloader(self) -> DataLoader:
        """Batches to learn from."""

    def val_dataloader(self) -> DataLoader | None:
        """Batches to choose by; None where there are none."""
        return None

    def test_dataloader(self) -> DataLoader | None:
        """Batches to be judged by, once; None where there are none."""
        return None

    def predict_dataloader(self) -> DataLoader | None:
        """Batches of new rows, without targets; None where there are none."""
        return None

    def teardown(self, stage: str | None = None) -> None:
        """What is undone at the end of a stage: close files, delete scratch.  Nothing, unless overridden."""
        return None
