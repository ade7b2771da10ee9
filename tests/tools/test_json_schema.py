#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The JSON Schemas that the library writes are valid, say what strict servers
demand, and accept what its decoder accepts, as an independent validator judges.

Usage: test_json_schema.py SCHEMA_CASES; exits with 77 without python3-jsonschema
"""
import json
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

COUNT = 300
# What <chutes/schema.h> says about servers holds for these, and they are all
# that a table becomes.
KEYWORDS = {"additionalProperties", "description", "enum", "items", "maxItems",
            "maxLength", "maximum", "minItems", "minLength", "minimum",
            "pattern", "properties", "required", "type"}


def check_strict(schema):
    """Each object lists all its properties as required, and allows no others."""
    assert KEYWORDS.issuperset(schema), schema
    if "properties" in schema:
        assert schema["required"] == list(schema["properties"]), schema
        assert schema["additionalProperties"] is False, schema
        for inner in schema["properties"].values():
            check_strict(inner)
    if "items" in schema:
        check_strict(schema["items"])


def main():
    lines = subprocess.run([sys.argv[1], str(COUNT)], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split("\n")[:-1]
    assert len(lines) == 2 * COUNT, len(lines)
    for text, document in zip(lines[::2], lines[1::2]):
        schema = json.loads(text)
        check_strict(schema)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(json.loads(document))
    print(f"{COUNT} schemas, each with a document")


main()
