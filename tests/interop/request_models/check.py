# SPDX-License-Identifier: MIT
"""Validates requests with the classes of an engine.

Usage: check.py vllm|sglang FOLDER < REQUESTS     a line each: [PATH, BODY]
Prints a line for each: null, or what is wrong.
"""
import json
import sys

import load


def unknown(model, body):
    """The members that the class of the request doesn't have."""
    names = set(model.model_fields)
    names.update(field.alias for field in model.model_fields.values()
                 if field.alias)
    return sorted(set(body) - names)


def verdict(model, body):
    try:
        model.model_validate(body)
    except Exception as error:
        return " ".join(str(error).split())[:500]
    names = unknown(model, body)
    return f"unknown members {names}" if names else None


def main():
    chat, embeddings = getattr(load, sys.argv[1])(sys.argv[2])
    for line in sys.stdin:
        path, body = json.loads(line)
        model = embeddings if path.endswith("/embeddings") else chat
        print(json.dumps(verdict(model, body)))


main()
