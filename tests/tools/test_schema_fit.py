#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`chutes chat --schema` judges documents as an independent validator does:
random schemas of all keywords that it checks, and random documents.

Usage: test_schema_fit.py SCHEMA_JUDGE [COUNT [SEED]]; exits with 77 without
python3-jsonschema
"""
import json
import random
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)

COUNT = int(sys.argv[2]) if len(sys.argv) > 2 else 500
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 20261130
NAMES = ["a", "b", "ab", "a/b", "c~d", "\u00e9"]
TEXTS = ["", "a", "ab", "b1", "\u00e9\u00e9", "abc", "12"]
NUMBERS = [0, 1, -1, 2, 1.0, 2.5, -0.5, 3, 1e2, 2**53, 2**53 + 1, -2**63,
           2**64, 2**64 + 1]
PATTERNS = ["^[a-c]*$", "^\\d+$", "^.{1,2}$", "^a?b*$"]
TYPES = ["null", "boolean", "number", "integer", "string", "array", "object"]


class Cases:
    """Makes schemas and documents."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def document(self, depth=3):
        """A document that uses few values, so that some are equal."""
        pick = self.random.choice
        kind = self.random.randrange(7 if depth else 5)
        if kind == 5:
            return [self.document(depth - 1)
                    for _ in range(self.random.randrange(4))]
        if kind == 6:
            return {name: self.document(depth - 1) for name in
                    self.random.sample(NAMES, self.random.randrange(4))}
        return pick([None, pick([True, False]), pick(NUMBERS), pick(NUMBERS),
                     pick(TEXTS)])

    def schemas(self, depth):
        """Some schemas."""
        return [self.schema(depth) for _ in range(self.random.randrange(1, 4))]

    def by_name(self, depth, names):
        """Some schemas with names."""
        return {name: self.schema(depth) for name in
                self.random.sample(names, self.random.randrange(4))}

    def word(self, depth):
        """A keyword and what it says."""
        pick = self.random.choice
        count = self.random.randrange(4)
        words = [
            ("type", pick(TYPES)),
            ("type", pick(TYPES)),
            ("type", self.random.sample(TYPES, count + 1)),
            ("const", self.document(2)),
            ("enum", [self.document(2) for _ in range(count + 1)]),
            ("minimum", pick(NUMBERS)),
            ("maximum", pick(NUMBERS)),
            ("exclusiveMinimum", pick(NUMBERS)),
            ("exclusiveMaximum", pick(NUMBERS)),
            ("multipleOf", pick([1, 2, 3, 0.5])),
            ("minLength", count),
            ("maxLength", count),
            ("pattern", pick(PATTERNS)),
            ("minItems", count),
            ("maxItems", count),
            ("uniqueItems", pick([True, True, False])),
            ("minProperties", count),
            ("maxProperties", count),
            ("required", self.random.sample(NAMES, count)),
            ("title", "x"),
            ("format", "date"),
            ("$ref", pick(["#/$defs/a", "#/$defs/a~1b", "#/%24defs/c~0d",
                           "#/$defs/list"])),
        ]
        nested = [
            ("items", self.schema),
            ("prefixItems", self.schemas),
            ("properties", lambda depth: self.by_name(depth, NAMES)),
            ("patternProperties", lambda depth: self.by_name(depth, PATTERNS)),
            ("additionalProperties", self.schema),
            ("allOf", self.schemas),
            ("anyOf", self.schemas),
            ("oneOf", self.schemas),
            ("not", self.schema),
        ]
        if depth and self.random.randrange(2):
            name, make = pick(nested)
            return name, make(depth - 1)
        return pick(words)

    def schema(self, depth=3):
        """A schema, often one that a type narrows."""
        if self.random.randrange(12) == 0:
            return self.random.choice([True, False])
        return dict(self.word(depth)
                    for _ in range(self.random.randrange(1, 4)))

    def root(self):
        """A schema with definitions, which refer only to simple ones."""
        root = {}
        while not root:
            made = self.schema()
            root = made if isinstance(made, dict) else {}
        simple = {"a": self.schema(0), "a/b": {"type": "string"},
                  "c~d": {"minimum": 1}}
        for each in simple.values():
            if isinstance(each, dict):
                each.pop("$ref", None)
        # A list of lists of lists and so on: refers to itself, one value down.
        simple["list"] = {"type": ["array", "integer"],
                          "items": {"$ref": "#/$defs/list"}}
        return {**root, "$defs": simple}


def judge(schema, document):
    """What the other validator says."""
    return jsonschema.Draft202012Validator(schema).is_valid(document)


def main():
    cases = Cases(SEED)
    pairs = [(cases.root(), cases.document()) for _ in range(COUNT)]
    text = "".join(f"{json.dumps(schema)}\n{json.dumps(document)}\n"
                   for schema, document in pairs)
    lines = subprocess.run([sys.argv[1]], input=text, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split("\n")[:-1]
    assert len(lines) == COUNT, len(lines)
    fitting = 0
    for line, (schema, document) in zip(lines, pairs):
        jsonschema.Draft202012Validator.check_schema(schema)
        wanted = "fits" if judge(schema, document) else "differs"
        assert line.split(" ")[0] == wanted, (
            f"{wanted}, but: {line}\n{json.dumps(schema)}\n"
            f"{json.dumps(document)}")
        fitting += wanted == "fits"
    assert COUNT // 5 < fitting < COUNT * 4 // 5, fitting
    print(f"{COUNT} documents, of which {fitting} fit")


main()
