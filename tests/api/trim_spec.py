"""Cuts OpenAI's specification down to what `/v1` serves.

Run it as `python -m tests.api.trim_spec openai-openapi.yaml` with the file of the commit below,
from https://github.com/openai/openai-openapi (MIT License); it writes `openai_wire.json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COMMIT = "f85dbe223d40e1a31cba812ab2d755c7e98a92a3"
TRIMMED = Path(__file__).with_name("openai_wire.json")
SERVED: dict[str, tuple[str, ...]] = {
    "/files": ("get", "post"),
    "/files/{file_id}": ("get", "delete"),
    "/files/{file_id}/content": ("get",),
    "/uploads": ("post",),
    "/uploads/{upload_id}/parts": ("post",),
    "/uploads/{upload_id}/complete": ("post",),
    "/uploads/{upload_id}/cancel": ("post",),
    "/fine_tuning/jobs": ("get", "post"),
    "/fine_tuning/jobs/{fine_tuning_job_id}": ("get",),
    "/fine_tuning/jobs/{fine_tuning_job_id}/cancel": ("post",),
    "/fine_tuning/jobs/{fine_tuning_job_id}/pause": ("post",),
    "/fine_tuning/jobs/{fine_tuning_job_id}/resume": ("post",),
    "/fine_tuning/jobs/{fine_tuning_job_id}/events": ("get",),
    "/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints": ("get",),
    "/models": ("get",),
    "/models/{model}": ("get", "delete"),
    "/chat/completions": ("post",),
    "/completions": ("post",),
    "/embeddings": ("post",),
    "/batches": ("get", "post"),
    "/batches/{batch_id}": ("get",),
    "/batches/{batch_id}/cancel": ("post",),
    "/moderations": ("post",),
}
"""Path → methods that the studio answers."""
BESIDE = ("ErrorResponse", "CreateChatCompletionStreamResponse")
"""Schemas that no operation names but answers have."""
WORDS = ("description", "summary", "example", "examples", "title", "externalDocs", "deprecated")
"""What a validator does not read."""


def trimmed(whole: dict[str, Any]) -> dict[str, Any]:
    """Returns the served operations with the schemas they lead to, without any prose."""
    paths = {
        path: {method: _operation(whole["paths"][path][method]) for method in methods}
        for path, methods in SERVED.items()
    }
    known = whole["components"]["schemas"]
    wanted, found = [*_names(paths), *BESIDE], {}
    while wanted:
        name = wanted.pop()
        if name not in found:
            found[name] = _bare(known[name])
            wanted += _names(found[name])
    return {
        "openapi": whole["openapi"],
        "info": {
            "title": whole["info"]["title"],
            "version": whole["info"]["version"],
            "license": whole["info"]["license"],
            "x-source": f"https://github.com/openai/openai-openapi at {COMMIT}, trimmed",
        },
        "paths": paths,
        "components": {"schemas": dict(sorted(found.items()))},
    }


def _operation(operation: dict[str, Any]) -> Any:
    kept = ("operationId", "parameters", "requestBody", "responses")
    whole = {name: operation[name] for name in kept if name in operation}
    bare = _bare(whole)
    # Almost no operation names its refusals; all of them are an ErrorResponse.
    bare["responses"] = {
        status: {**answer, "description": ""}
        for status, answer in bare["responses"].items()
        if status.startswith("2")
    }
    return bare


def _bare(node: Any, *, named: bool = False) -> Any:
    """Returns a part without prose; `named` says that its keys are names, not words of schemas."""
    if isinstance(node, list):
        return [_bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    bare = {
        key: _bare(part, named=not named and key == "properties")
        for key, part in node.items()
        if named or not (key in WORDS or key.startswith("x-"))
    }
    return bare if named else _in_words_of_3_1(bare)


def _in_words_of_3_1(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema that says all it means to a validator of today."""
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True:
            schema[exclusive] = schema.pop(limit)
    if "properties" in schema:
        schema.setdefault("type", "object")
    if schema.pop("nullable", False):
        return {"anyOf": [schema, {"type": "null"}]}
    return schema


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
        # `mapping` of a discriminator names schemas that the alternatives beside it name too.
        for key, part in node.items():
            if key != "discriminator":
                yield from _names(part)
    elif isinstance(node, list):
        for part in node:
            yield from _names(part)


def main() -> None:
    """Writes the trimmed specification."""
    import yaml

    whole = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = json.dumps(trimmed(whole), indent=1, ensure_ascii=False, sort_keys=True)
    TRIMMED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
