"""What a ``.keras`` file may name: layers of Keras, and nothing that runs or reads something."""

from pathlib import Path
from typing import Any

import pytest

from classify.checker.keras_file import inspect_keras
from classify.checker.refused import RefusedError
from tests.registry.archives import CONFIG, keras_file


def inspected(config: Any, tmp_path: Path) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(keras_file(config))
    inspect_keras(path)


def with_layer(layer: Any) -> dict[str, Any]:
    return CONFIG | {"config": {"name": "s", "layers": [layer]}}


def layer(name: str, module: Any = "keras.layers", **config: Any) -> dict[str, Any]:
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


LAMBDA = layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4wEAAAA="}})
INSIDE = layer("TimeDistributed", layer=LAMBDA)
FINE = (
    layer("Conv2D", kernel_initializer=layer("GlorotUniform", "keras.initializers")),
    layer("Add", "keras.src.ops.numpy"),
    layer("Functional", "keras.src.models.functional"),
    {"class_name": "__keras_tensor__", "config": {"shape": [1]}},
)
HOSTILE = {
    "Lambda": (LAMBDA, "keras_code"),
    "Lambda inside a layer": (INSIDE, "keras_code"),
    "Lambda inside a model": (with_layer(INSIDE), "keras_code"),
    "a function": (layer("function", "builtins", code="x"), "keras_code"),
    "bytecode": ({"class_name": "__lambda__", "config": {}}, "keras_code"),
    "another SavedModel": (layer("TFSMLayer", filepath="/x"), "keras_code"),
    "a module of PyTorch": (layer("TorchModuleWrapper"), "keras_code"),
    "a word list": (layer("StringLookup", vocabulary="/etc/passwd"), "keras_reads_files"),
    "os.system": (layer("system", "os"), "keras_custom"),
    "a way out of Keras": (layer("get_file", "keras.utils"), "keras_custom"),
    "a switch of Keras": (
        layer("enable_unsafe_deserialization", "keras.config"),
        "keras_custom",
    ),
    "a prefix of Keras": (layer("Dense", "keras.layers.evil"), "keras_custom"),
    "no module": (layer("Dense", None), "keras_custom"),
    "a module that is no text": (layer("Dense", ["keras"]), "keras_custom"),
    "something else at the top": (layer("utils", "keras"), "keras_custom"),
    "a class of its own": (
        layer("Dense") | {"registered_name": "Evil>Dense"},
        "keras_custom",
    ),
}


@pytest.mark.parametrize("one", FINE, ids=lambda one: str(one["class_name"]))
def test_layers_of_keras_pass(one: Any, tmp_path: Path) -> None:
    inspected(with_layer(one), tmp_path)


@pytest.mark.parametrize(("one", "code"), HOSTILE.values(), ids=HOSTILE)
def test_others_do_not(one: Any, code: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=code):
        inspected(with_layer(one), tmp_path)


@pytest.mark.parametrize(
    "config", [b"", b"[]", b"not json", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_configuration_is_refused(config: bytes, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="keras_broken"):
        inspected(config or b" ", tmp_path)


def test_what_it_was_trained_with_does_not_matter(tmp_path: Path) -> None:
    inspected(CONFIG | {"compile_config": {"loss": layer("my_loss", "mine")}}, tmp_path)
