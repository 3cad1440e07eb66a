"""The closed list of what a model file may hold.

Here: KINDS, from the kind written in a file to the package that defines it; `register`, which fills a row of it.
Elsewhere: what a record may contain is in _record.py, the file around it in _file.py.
Imports: pellucid.errors; on load, the home package of a kind, which is a value of KINDS and never a string of the file.
"""

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Protocol, Self, TypeVar

from pellucid.errors import ModelFileError, ParameterError

_NAMES: dict[str, tuple[str, ...]] = {
    "nn": (
        *("Linear", "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d", "Embedding"),
        *("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d", "AdaptiveAvgPool1d", "AdaptiveAvgPool2d"),
        *("BatchNorm1d", "BatchNorm2d", "LayerNorm", "GroupNorm", "Dropout"),
        *("Flatten", "Unflatten", "Identity", "Sequential", "ModuleList", "ModuleDict"),
        *("Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "GELU", "SiLU", "Softplus", "Softmax", "LogSoftmax"),
        *("L1Loss", "MSELoss", "HuberLoss", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "NLLLoss"),
        *("KLDivLoss", "HingeLoss", "MultiMarginLoss"),
    ),
    "optim": (
        *("SGD", "Adagrad", "RMSprop", "Adam", "AdamW", "NAdam", "RAdam", "LBFGS"),
        *("StepLR", "MultiStepLR", "ExponentialLR", "CosineAnnealingLR", "OneCycleLR", "ReduceLROnPlateau", "LinearLR"),
        *("ConstantLR", "SequentialLR"),
    ),
    "metrics": ("StreamingMetric",),
    "model_selection": (
        *("SearchResults", "GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"),
        "OptunaSearchCV",
    ),
    "preprocessing": (
        *("StandardScaler", "MinMaxScaler", "OneHotEncoder", "OrdinalEncoder", "LabelEncoder", "TableVectorizer"),
        *("NumberColumn", "DateColumn", "BooleanColumn", "CategoryColumn", "DroppedColumn"),
        *("MaxAbsScaler", "RobustScaler", "Normalizer", "QuantileTransformer", "PowerTransformer", "KBinsDiscretizer"),
        *("PolynomialFeatures", "TargetEncoder", "LabelBinarizer", "FunctionTransformer", "Binarizer"),
        "MultiLabelBinarizer",
    ),
    "impute": ("SimpleImputer", "KNNImputer", "MissingIndicator"),
    "linear_model": (
        *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "HuberRegressor"),
        *("LogisticRegression", "SGDClassifier", "SGDRegressor", "Perceptron"),
    ),
    "compose": ("ColumnTransformer", "make_column_selector", "TransformedTargetRegressor"),
    "pipeline": ("Pipeline", "FeatureUnion"),
    "svm": ("LinearSVC", "LinearSVR"),
    "neural_network": ("MLPClassifier", "MLPRegressor", "ConvNetClassifier"),
    "dummy": ("DummyClassifier", "DummyRegressor"),
    "tree": ("Tree", "DecisionTreeClassifier", "DecisionTreeRegressor"),
    "mixture": ("GaussianMixture",),
    "decomposition": ("PCA", "IncrementalPCA", "TruncatedSVD"),
    "naive_bayes": ("GaussianNB", "MultinomialNB", "ComplementNB", "BernoulliNB", "CategoricalNB"),
    "neighbors": (
        *("NearestNeighbors", "KNeighborsClassifier", "KNeighborsRegressor"),
        *("RadiusNeighborsClassifier", "RadiusNeighborsRegressor", "NearestCentroid"),
    ),
    "cluster": ("KMeans", "MiniBatchKMeans", "DBSCAN"),
    "ensemble": (
        *("RandomForestClassifier", "RandomForestRegressor", "ExtraTreesClassifier", "ExtraTreesRegressor"),
        *("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
        *("VotingClassifier", "VotingRegressor", "StackingClassifier", "StackingRegressor"),
        *("BaggingClassifier", "BaggingRegressor", "AdaBoostClassifier", "AdaBoostRegressor"),
        *("GradientBoostingClassifier", "GradientBoostingRegressor"),
    ),
    "calibration": ("CalibratedClassifierCV", "CalibratedClassifier", "Sigmoid", "Isotonic"),
    "auto": ("TableModel", "ImageModel"),
}

KINDS: dict[str, str] = {f"{home}.{name}": f"pellucid.{home}" for home, names in _NAMES.items() for name in names}
"""Every kind a file may name, and the package that registers it; a kind that is not here cannot be loaded."""


class Storable(Protocol):
    """What a registered class offers: its content as a record of plain values and arrays, and the way back."""

    def to_record(self) -> dict[str, Any]:
        """Everything needed to rebuild this object, under names of its own."""

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Self:
        """The object that `record` describes; the record comes from a file, so each value is checked before use."""


_class_of: dict[str, type[Storable]] = {}
_kind_of: dict[type, str] = {}

S = TypeVar("S", bound=Storable)


def register(kind: str) -> Callable[[type[S]], type[S]]:
    """Class decorator: objects of this class are written to model files as `kind`, and read back from there.

    The class offers `to_record(self) -> dict` and the classmethod `from_record(cls, record)`. A record holds None,
    bool, int, float, str, list, tuple, dict, NumPy arrays, scalars and dtypes, and other registered objects.
    A subclass is not registered with its parent: it would load as its parent, without what it added.
    Raises ParameterError for a kind that is not a row of KINDS, or that another class, or this one, already has.

    >>> register("dummy.DummyClasifier")
    Traceback (most recent call last):
    ...
    pellucid.errors.ParameterError: register: 'dummy.DummyClasifier' is not a row of KINDS; add it there. \
Closest: 'dummy.DummyClassifier'.
    """
    if kind not in KINDS:
        raise ParameterError(f"register: {kind!r} is not a row of KINDS; add it there.{_closest(kind)}")

    def take_place(cls: type[S]) -> type[S]:
        if kind in _class_of:
            raise ParameterError(f"register: {kind!r} is already {_name(_class_of[kind])}; {_name(cls)} needs its own.")
        if cls in _kind_of:
            raise ParameterError(f"register: {_name(cls)} is already {_kind_of[cls]!r}; a class has one kind.")
        _class_of[kind] = cls
        _kind_of[cls] = kind
        return cls

    return take_place


def kind_of(cls: type) -> str | None:
    """The kind `cls` itself (not a parent) is registered as, or None."""
    return _kind_of.get(cls)


def class_of(kind: str) -> type[Storable]:
    """The class registered as `kind`; imports its home package first if that has not happened yet.

    Raises ModelFileError for a kind that is not in KINDS: nothing is imported then.
    """
    home = KINDS.get(kind)
    if home is None:
        raise ModelFileError(f"its record names the unknown kind {kind[:80]!r}.{_closest(kind)} Upgrade pellucid?")
    if kind not in _class_of:
        try:
            import_module(home)
        except ImportError as error:
            raise ModelFileError(f"kind {kind!r} needs {home}, which cannot be imported: {error}.") from error
    if kind not in _class_of:
        raise ModelFileError(f"kind {kind!r} is not registered by its home {home}; please report this as a bug.")
    return _class_of[kind]


def _closest(kind: str) -> str:
    near = get_close_matches(kind[:80], KINDS, n=1)  # cut: the time taken grows with the square of the length
    return f" Closest: {near[0]!r}." if near else ""


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
