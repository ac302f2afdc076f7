"""The JSON Schema of the config file, made of the options: for editors and programs."""

import json
from collections.abc import Iterable

from typedserver.cli.options import Option


def schema_of(options: Iterable[Option]) -> str:
    """Return the schema as text (JSON Schema, draft 2020-12)."""
    properties = {each.name: _property(each) for each in options}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "typedserver serve --config",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }
    return json.dumps(schema, indent=2) + "\n"


def _property(option: Option) -> dict[str, object]:
    described: dict[str, object] = {"description": option.says}
    if option.kind is None:
        return {**described, "type": "boolean", "default": False}
    if not option.is_repeated:
        return {**described, **option.kind.schema}
    one = dict(option.kind.schema)
    return {**described, "anyOf": [one, {"type": "array", "items": one}]}
