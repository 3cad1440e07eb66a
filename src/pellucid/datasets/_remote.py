"""Files fetched once and kept: where they come from, where they are kept, and that they are the right ones.

Here: `Remote` and the table `REMOTES` of them, `cache_dir`, and `fetch_file`, the one function that opens a connection.
Elsewhere: turning the files into arrays is in `_fetched.py`.
Imports: pellucid.errors; urllib and http when something is fetched.

A download goes to a temporary file beside its final place, is checked against the SHA-256 in the table, fsynced and
renamed.  So a file under its final name is whole, two processes fetching at once do no harm, and a killed one leaves
at most a `.part` file.  Every use checks the kept copy again (size, then SHA-256) and fetches it anew if it is damaged.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, final

from pellucid.errors import DownloadError
from pellucid.persistence._caches import cache_dir

__all__ = ["REMOTES", "Remote", "cache_dir", "fetch_file"]

BLOCK_BYTES = 1 << 18  # 256 KiB a read: progress moves a few times a second even at 1 MB/s
TIMEOUT_SECONDS = 30.0  # for each wait on the network, not for the whole file
Progress = Callable[[int, int], None]


@final
@dataclass(frozen=True)
class Remote:
    """One file on other people's servers: its mirrors in the order to try, and what it must be.

    >>> sorted(REMOTES)[-1], REMOTES[sorted(REMOTES)[-1]].size_bytes
    ('titanic/titanic.csv', 57018)
    """

    urls: tuple[str, ...]
    sha256: str
    size_bytes: int
    licence: str
    citation: str


def _mnist(file: str, size_bytes: int, sha256: str) -> Remote:
    hosts = ("https://ossci-datasets.s3.amazonaws.com/mnist", "https://storage.googleapis.com/cvdf-datasets/mnist")
    return Remote(
        urls=tuple(f"{host}/{file}" for host in hosts),
        sha256=sha256,
        size_bytes=size_bytes,
        licence="CC BY-SA 3.0",
        citation="LeCun, Bottou, Bengio and Haffner, 1998. Gradient-based learning applied to document recognition.",
    )


def _fashion(file: str, size_bytes: int, sha256: str) -> Remote:
    hosts = (
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
    )
    return Remote(
        urls=tuple(f"{host}/{file}" for host in hosts),
        sha256=sha256,
        size_bytes=size_bytes,
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf, 2017. Fashion-MNIST. arXiv:1708.07747.",
    )


def _adult(file: str, size_bytes: int, sha256: str) -> Remote:
    hosts = (
        "https://archive.ics.uci.edu/ml/machine-learning-databases/adult",
        "http://mlr.cs.umass.edu/ml/machine-learning-databases/adult",
    )
    return Remote(
        urls=tuple(f"{host}/{file}" for host in hosts),
        sha256=sha256,
        size_bytes=size_bytes,
        licence="CC BY 4.0",
        citation="Becker and Kohavi, 1996. Adult. UCI Machine Learning Repository.",
    )


# Sizes and SHA-256 of MNIST, Fashion-MNIST and Adult are those of TensorFlow Datasets' `url_checksums/*.txt`; Titanic's
# is that of the file in seaborn-data.  Keys are the paths below the cache directory.
REMOTES: dict[str, Remote] = {
    "mnist/train-images-idx3-ubyte.gz": _mnist(
        "train-images-idx3-ubyte.gz", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "mnist/train-labels-idx1-ubyte.gz": _mnist(
        "train-labels-idx1-ubyte.gz", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "mnist/t10k-images-idx3-ubyte.gz": _mnist(
        "t10k-images-idx3-ubyte.gz", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
    ),
    "mnist/t10k-labels-idx1-ubyte.gz": _mnist(
        "t10k-labels-idx1-ubyte.gz", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"
    ),
    "fashion_mnist/train-images-idx3-ubyte.gz": _fashion(
        "train-images-idx3-ubyte.gz", 26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "fashion_mnist/train-labels-idx1-ubyte.gz": _fashion(
        "train-labels-idx1-ubyte.gz", 29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "fashion_mnist/t10k-images-idx3-ubyte.gz": _fashion(
        "t10k-images-idx3-ubyte.gz", 4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "fashion_mnist/t10k-labels-idx1-ubyte.gz": _fashion(
        "t10k-labels-idx1-ubyte.gz", 5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
    "titanic/titanic.csv": Remote(
        urls=("https://raw.githubusercontent.com/mwaskom/seaborn-data/master/titanic.csv",),
        sha256="81787d320d7f7b03df935e91de8bd19e11d45c5bbcab86ef4d4a76dc91b7d4f2",
        size_bytes=57018,
        licence="none stated by seaborn-data",
        citation="seaborn-data, titanic.csv; passengers after Eaton and Haas, 1994. Titanic: Triumph and Tragedy.",
    ),
    "adult/adult.data": _adult(
        "adult.data", 3974305, "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d"
    ),
    "adult/adult.test": _adult(
        "adult.test", 2003153, "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05"
    ),
}


def fetch_file(
    key: str,
    remote: Remote,
    *,
    cache: Path | None = None,
    timeout: float = TIMEOUT_SECONDS,
    progress: Progress | None = None,
) -> Path:
    """The file at `cache / key`, downloaded if it is not there whole; a good copy is used without any connection.

    `timeout` is in seconds, for each wait on the network; `progress(done, size)` is called with bytes as they arrive.
    Raises DownloadError, with the reason for each mirror and the place to put the file by hand.
    """
    from http.client import HTTPException

    place = (cache_dir() if cache is None else Path(cache)) / key
    damage = _flaw(place, remote)
    if damage is None:
        return place
    reasons = [] if damage == "absent" else [f"{place}: the copy kept there {damage}"]
    for url in remote.urls:
        try:
            _download(url, place, remote, timeout, progress)
        except _Unwritable as error:
            raise DownloadError(
                f"{key}: cannot write to {place.parent}: {error}.\n"
                f"Set PELLUCID_CACHE to a folder that can be written to, or {_by_hand(place, remote)}"
            ) from error
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"{url}: {_reason(error)}")
        else:
            return place
    tried = "".join(f"\n  {reason}" for reason in reasons)
    remedy = f"Check the connection and call again, or {_by_hand(place, remote)}"
    raise DownloadError(f"{key}: the file could not be fetched.{tried}\n{remedy}")


class _Unwritable(Exception):
    """The cache directory does not take files; no mirror can help."""


@contextmanager
def _storing() -> Iterator[None]:
    """Turns an OSError of the file system (read-only, full) into _Unwritable, to tell it from one of the network."""
    try:
        yield
    except OSError as error:
        raise _Unwritable(_reason(error)) from error


def _flaw(place: Path, remote: Remote) -> str | None:
    """What is wrong with the kept copy: None, "absent", or a half-sentence."""
    try:
        size = place.stat().st_size
        if size != remote.size_bytes:
            return f"has {size} bytes instead of {remote.size_bytes}"
        with place.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return "absent"
    except OSError as error:
        return f"cannot be read ({_reason(error)})"
    return None if digest == remote.sha256 else f"has SHA-256 {digest} instead of {remote.sha256}"


def _download(url: str, place: Path, remote: Remote, timeout: float, progress: Progress | None) -> None:
    """Fetch `url` to `place` by way of a temporary file in the same directory; leaves nothing behind on failure."""
    part = place.with_name(f"{place.name}.{os.urandom(8).hex()}.part")  # not tempfile: its files are for one user only
    try:
        with _storing():
            place.parent.mkdir(parents=True, exist_ok=True)
            file = part.open("xb")
        with file:
            _receive(url, file, remote, timeout, progress)
            with _storing():
                file.flush()
                os.fsync(file.fileno())
        with _storing():
            _rename(part, place, remote)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _receive(url: str, file: BinaryIO, remote: Remote, timeout: float, progress: Progress | None) -> None:
    """Copy the body of `url` into `file`; ValueError unless it is exactly the file of the table."""
    from urllib.request import Request, urlopen

    digest, done = hashlib.sha256(), 0
    request = Request(url, headers={"User-Agent": "pellucid", "Accept-Encoding": "identity"})
    with urlopen(request, timeout=timeout) as body:
        while block := body.read(BLOCK_BYTES):
            done += len(block)
            if done > remote.size_bytes:
                raise ValueError(f"sent more than the {remote.size_bytes} bytes expected")
            digest.update(block)
            with _storing():
                file.write(block)
            if progress is not None:
                progress(done, remote.size_bytes)
    if done < remote.size_bytes:
        raise ValueError(f"broke off after {done} of {remote.size_bytes} bytes")
    if digest.hexdigest() != remote.sha256:
        raise ValueError(f"sent a file with SHA-256 {digest.hexdigest()} instead of {remote.sha256}")


def _rename(part: Path, place: Path, remote: Remote) -> None:
    try:
        os.replace(part, place)
    except OSError:  # Windows refuses while another process reads the file; then that file is good
        if _flaw(place, remote) is not None:
            raise


def _by_hand(place: Path, remote: Remote) -> str:
    return f"download {remote.urls[0]} by hand to {place} (SHA-256 {remote.sha256})."


def _reason(error: Exception) -> str:
    """The error in a few words, without Python's decoration."""
    inner = getattr(error, "reason", None)
    if isinstance(inner, Exception):
        return _reason(inner)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
