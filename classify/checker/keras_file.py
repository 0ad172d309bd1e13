"""Looks into a ``.keras`` file before Keras does.

Its configuration names classes that Keras then makes objects of. Only those of Keras itself are
let through, and of these not the ones that run code, or open files, that the configuration names.
"""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from classify.checker.refused import RefusedError

MOST_CONFIGURATION = 16 * 1024 * 1024
"""Bytes of ``config.json``; the largest network of keras.applications has half a megabyte."""

_MODULES = re.compile(
    r"keras(\.(layers|models|initializers|regularizers|constraints|dtype_policies|quantizers"
    r"|src\.(models\.(functional|sequential)|ops\.[a-z_]+)))?"
)
_TOP = {"Functional", "Sequential", "Model", "DTypePolicy", "QuantizedDTypePolicy"}
_CODE = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer"}
_FILES = {"StringLookup", "IntegerLookup", "TextVectorization"}
_PLAIN = {"__keras_tensor__", "__tensor__", "__numpy__", "__slice__", "__tuple__", "__ellipsis__"}


def inspect_keras(path: Path) -> None:
    """See that a ``.keras`` file holds layers and numbers only.

    :raises RefusedError: when it does not.
    """
    with zipfile.ZipFile(path) as archive:
        with archive.open("config.json") as file:
            data = file.read(MOST_CONFIGURATION + 1)
        if len(data) > MOST_CONFIGURATION:
            raise RefusedError("keras_broken", "config.json is too long.")
    try:
        config = json.loads(data)
        if not isinstance(config, dict):
            raise RefusedError("keras_broken", "config.json is no object.")
        # What the model was trained with is not loaded.
        _walk({name: value for name, value in config.items() if name != "compile_config"})
    except (ValueError, RecursionError) as error:
        raise RefusedError("keras_broken", f"config.json: {type(error).__name__}") from error


def _walk(value: Any) -> None:
    """Look at every object that Keras would make.

    :raises RefusedError: at the first that may not be made.
    """
    if isinstance(value, dict):
        if "class_name" in value:
            _check_object(value)
        for inner in value.values():
            _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner)


def _check_object(value: dict[str, Any]) -> None:
    module, name = value.get("module"), value["class_name"]
    registered = value.get("registered_name")
    said = f"{module}.{name}"[:200]
    if name in _PLAIN and module is None:
        return
    if name in _CODE or name in {"__lambda__", "function"}:
        raise RefusedError("keras_code", said)
    if name in _FILES:
        raise RefusedError("keras_reads_files", said)
    if not (isinstance(module, str) and isinstance(name, str) and _MODULES.fullmatch(module)):
        raise RefusedError("keras_custom", said)
    if registered not in (None, "", name) or (module == "keras" and name not in _TOP):
        raise RefusedError("keras_custom", f"{said} ({registered})"[:200])


def inspect_weights(path: Path) -> None:
    """See that the weights lie in the file itself; HDF5 can lead to other files.

    :raises RefusedError: when they do not, or the file is broken.
    """
    import h5py

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            raise RefusedError("keras_reads_files", name[:200])
        if isinstance(item, h5py.Group):
            for key in item:
                link = item.get(key, getlink=True)
                if not isinstance(link, h5py.HardLink):
                    raise RefusedError("keras_reads_files", f"{name}/{key}"[:200])

    with zipfile.ZipFile(path) as archive, archive.open("model.weights.h5") as file:
        try:
            with h5py.File(file, "r") as weights:
                look("", weights)
                weights.visititems(look)
        except (OSError, KeyError, ValueError, RuntimeError) as error:
            raise RefusedError("keras_broken", f"model.weights.h5: {error}"[:300]) from error
