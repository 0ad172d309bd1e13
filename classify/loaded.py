"""The models that a worker process has in memory; the services that run them share them."""

from collections import OrderedDict
from pathlib import Path

from worker.runtime.memory import memory_limit_moves
from worker.runtime.model import Model

LOADED_AT_MOST = 3
"""Models kept in memory by one process; the one used longest ago makes room."""

_loaded: OrderedDict[Path, Model] = OrderedDict()


def model_loaded(directory: Path) -> Model:
    """Return the model in a directory, loading it and running it once if need be.

    :raises worker.runtime.errors.ModelError: when it is missing, damaged or unusable.
    """
    if directory not in _loaded:
        while len(_loaded) >= LOADED_AT_MOST:
            _loaded.popitem(last=False)
        with memory_limit_moves():
            model = Model.open(directory)
            model.warm_up()
        _loaded[directory] = model
    _loaded.move_to_end(directory)
    return _loaded[directory]
