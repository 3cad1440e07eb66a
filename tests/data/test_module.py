"""A data module offers the loaders it has and says of the others that there are none."""

import numpy as np
import pytest

from pellucid.data import ArrayDataset, DataLoader, DataModule


class Rows(DataModule):
    def train_dataloader(self) -> DataLoader:
        return DataLoader(ArrayDataset(np.arange(4)), batch_size=2)


def test_only_the_training_loader_must_be_there():
    rows = Rows()
    assert (rows.prepare_data(), rows.setup("fit"), rows.setup()) == (None, None, None)
    assert [batch.tolist() for (batch,) in rows.train_dataloader()] == [[0, 1], [2, 3]]
    assert (rows.val_dataloader(), rows.test_dataloader(), rows.predict_dataloader()) == (None, None, None)
    assert rows.teardown("fit") is None
    with pytest.raises(TypeError, match="train_dataloader"):
        DataModule()


def test_the_names_are_lightnings():
    loaders = {f"{stage}_dataloader" for stage in ("train", "val", "test", "predict")}
    assert {name for name in vars(DataModule) if not name.startswith("_")} == {
        *("prepare_data", "setup", "teardown"),
        *loaders,
    }
