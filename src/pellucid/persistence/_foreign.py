"""Names for files that are something else.

Here: `recognise`, from the first bytes of a file to what it probably is and what to do with it; it only words messages.
Elsewhere: the file that is ours is read in _layout.py, which decides by itself.
Imports: nothing.
"""

_PICKLE = "a pickle, which can run any code when opened and therefore never is. {remedy}"
_FROM_TORCH = "In PyTorch: safetensors.torch.save_file(model.state_dict(), 'model.safetensors'), then load that."

_OPENINGS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", f"a ZIP archive, as torch.save, Keras (.keras), skops and numpy.savez write. {_FROM_TORCH}"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file, as Keras (.h5) writes. Export its weights as safetensors, then load that."),
    (b"\x93NUMPY", "a single NumPy array (.npy). Read it with numpy.load."),
    (b"GGUF", "a GGUF file of a language model; pellucid does not read those."),
    (b"PAR1", "a Parquet table, not a model. Give the model file here and the table where data are asked for."),
    (b"\x1f\x8b", "a gzip archive. Unpack it first."),
    (b"BZh", "a bzip2 archive. Unpack it first."),
    (b"\xfd7zXZ", "an xz archive. Unpack it first."),
    (
        b"x\x9c",
        f"zlib data, as joblib.dump writes: {_PICKLE.format(remedy='Fit the model again, and pellucid.save it.')}",
    ),
    (b"SQLite format 3", "an SQLite database, not a model."),
    (b"version https://git-lfs", "a Git LFS pointer: the file itself was not downloaded. Run `git lfs pull`."),
    (b"<!DOCTYPE", "a web page: the download gave a page, not the file. Check the address."),
    (b"<html", "a web page: the download gave a page, not the file. Check the address."),
)


def recognise(head: bytes) -> str | None:
    """What a file that starts with `head` probably is, and a remedy; None when the bytes look like nothing known.

    >>> recognise(b"PK\\x03\\x04...").split(",")[0]
    'a ZIP archive'
    """
    for opening, meaning in _OPENINGS:
        if head.startswith(opening):
            return meaning
    if head[:1] == b"\x80" and head[1:2] and head[1] <= 5:  # PROTO opcode and a protocol, 2 to 5
        return _PICKLE.format(remedy=f"{_FROM_TORCH} For an estimator: fit it again, and pellucid.save it.")
    if head[:1] == b"\x08" and head[1:2] and head[1] <= 20 and head[2:3] in (b"\x12", b"\x1a", b"\x3a"):
        # protobuf has no magic: field 1 (ir_version) is a small number, then producer_name, producer_version or graph
        return "an ONNX model, as far as one can tell. Run it with onnxruntime; pellucid does not read ONNX."
    if head and all(byte in b"\t\n\r" or 32 <= byte for byte in head) and b"\n" in head:
        return "a text file, perhaps a table. Give the model file here and the table where data are asked for."
    return None
