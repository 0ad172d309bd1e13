"""What is made of the finished OpenAPI description: hooks of drf-spectacular, in their order."""

from collections.abc import Iterator, Mapping
from typing import Any

from project.api.kinds import KINDS
from project.api.problems import MEDIA_TYPE
from project.api.schema import (
    EXAMPLE_ID,
    EXAMPLE_REQUEST_ID,
    EXAMPLE_SITE,
    MEANINGS,
    PARAMETERS,
)

_TYPICAL = {
    400: "invalid",
    401: "invalid_token",
    403: "insufficient_scope",
    404: "not_found",
    409: "conflict",
    410: "gone",
    413: "request_too_large",
    415: "unsupported_media_type",
    422: "key_reused",
    429: "rate_limited",
    503: "database_away",
}
"""The problem that is the example of each status."""


def complete_parameters(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give each parameter an example, and those of paths a description: a hook.

    The example of what may be left out stands in its schema and in words: the page on which
    requests are tried would fill it in otherwise, and every request would have it.

    :raises KeyError: when there is none for it.
    """
    for operation in _operations(result):
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            if {"enum", "$ref"} & {*schema, *schema.get("items", ())}:
                continue
            description, example = PARAMETERS[parameter["name"]]
            parameter.setdefault("description", description)
            if parameter["in"] == "path":
                parameter["example"] = example
            else:
                schema["examples"] = [example]
                parameter["description"] += f" For example `{example}`."
    return result


def share_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe each problem once, and let the operations refer to it: a hook of drf-spectacular."""
    shared: dict[str, Any] = {}
    for operation in _operations(result):
        for status, response in operation["responses"].items():
            if set(response.get("content", ())) == {MEDIA_TYPE}:
                name = f"Problem{status}"
                shared[name] = _with_codes(response, int(status))
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
    result["components"]["responses"] = dict(sorted(shared.items()))
    return result


def share_headers(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Describe each header once too; what means something else somewhere stays there: a hook."""
    shared: dict[str, Any] = {}
    for response in _responses(result):
        for name, header in response.get("headers", {}).items():
            if shared.setdefault(name, header) == header:
                response["headers"][name] = {"$ref": f"#/components/headers/{name}"}
    result["components"]["headers"] = dict(sorted(shared.items()))
    return result


def _responses(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operation in _operations(result):
        yield from operation["responses"].values()
    yield from result["components"]["responses"].values()


def _operations(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in result["paths"].values():
        yield from path.values()


def _with_codes(response: dict[str, Any], status: int) -> dict[str, Any]:
    """Add to the description of a problem its codes and an example."""
    codes = sorted(
        kind.code for kind in KINDS.values() if kind.status == status and not kind.of_jobs
    )
    kind = KINDS[_TYPICAL[status]]
    example = {
        "type": f"{EXAMPLE_SITE}/api/errors/{kind.code}",
        "title": str(kind.title),
        "status": status,
        "detail": str(kind.explanation),
        "instance": f"/api/v1/jobs/{EXAMPLE_ID}",
        "code": kind.code,
        "request_id": EXAMPLE_REQUEST_ID,
        "errors": [_FIELD_ERROR] if kind.code == "invalid" else [],
    }
    described = f"{MEANINGS[status]} Its `code`: {', '.join(f'`{code}`' for code in codes)}."
    schema = response["content"][MEDIA_TYPE]["schema"]
    content = {MEDIA_TYPE: {"schema": schema, "examples": {kind.code: {"value": example}}}}
    return response | {"description": described, "content": content}


_FIELD_ERROR = {
    "pointer": "#/top_k",
    "detail": "Ensure this value is less than or equal to 100.",
    "code": "max_value",
}


def exemplify_fields(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Give each field the example that it has in the examples of whole documents: a hook."""
    schemas = result["components"]["schemas"]
    contents = [
        content
        for part in _bodies(result)
        for content in part.get("content", {}).values()
        if "schema" in content
    ]
    for content in contents:
        for example in content.get("examples", {}).values():
            _exemplify(content["schema"], example["value"], schemas)
    return result


def _bodies(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operation in _operations(result):
        yield operation.get("requestBody", {})
    yield from _responses(result)


def _exemplify(schema: dict[str, Any], value: Any, schemas: Mapping[str, Any]) -> None:
    """Note the values of an example as examples of the fields; any is better than ``null``."""
    for part in (schema, *schema.get("allOf", ()), *schema.get("oneOf", ())):
        if "$ref" in part:
            _exemplify(schemas[part["$ref"].rpartition("/")[2]], value, schemas)
    if isinstance(value, list):
        for each in value:
            _exemplify(schema.get("items", {}), each, schemas)
    if not isinstance(value, dict):
        return
    for name, field in schema.get("properties", {}).items():
        if name not in value or "binary" in {field.get("format"), *field.get("items", {}).values()}:
            continue
        if "$ref" not in field and field.get("examples") in (None, [None]):
            field["examples"] = [value[name]]
        _exemplify(field, value[name], schemas)
