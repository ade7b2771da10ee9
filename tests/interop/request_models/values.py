# SPDX-License-Identifier: MIT
"""Random values of types, also of pydantic's classes."""
import types
import typing

from pydantic import BaseModel

LETTERS = list("aeinrst ,.{}[]:/\n\t\r\"\\'<>&") + [
    "ß", "é", "\u0301", "☃", "語", "𝄞", "👩\u200d👧", "\x01", "\x7f", "\x85",
    "\u2028", "\ufeff", "\ufffd", "data: ", "\n\n", "[DONE]", "null", "\\u0000"]
NUMBERS = [0, 1, 7, 255, 65536, 2**31 - 1, 2**31, 2**53]


class Maker:
    def __init__(self, random):
        self.random = random

    def text(self, most=40):
        letters = self.random.choices(LETTERS, k=self.random.randint(0, most))
        return "".join(letters)

    def some_text(self, most=20):
        return self.text(most) + self.random.choice("xyzß☃")

    def number(self):
        return self.random.choice(NUMBERS)

    def logprob(self):
        return self.random.choice([0.0, -9999.0, -1e-300,
                                   -self.random.expovariate(0.5)])

    def json(self, depth=0):
        """Any value of JSON."""
        kinds = [str, int, float, bool, type(None)]
        kind = self.random.choice(kinds + ([dict, list] if depth < 3 else []))
        if kind is dict:
            return {self.text(5): self.json(depth + 1)
                    for _ in range(self.random.randint(0, 3))}
        if kind is list:
            return [self.json(depth + 1)
                    for _ in range(self.random.randint(0, 3))]
        return self.value(kind)

    def several(self, kind):
        return [self.value(kind) for _ in range(self.random.randint(0, 3))]

    def value(self, kind):
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, types.UnionType):
            return self.value(self.random.choice(arguments))
        if origin is typing.Annotated:
            return self.value(arguments[0])
        if origin is typing.Literal:
            return self.random.choice(arguments)
        if origin is list:
            return self.several(arguments[0])
        if origin is tuple:
            return tuple(map(self.value, arguments))
        if origin is dict:
            return dict(zip(self.several(arguments[0]),
                            self.several(arguments[1])))
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return self.build(kind)
        simple = {str: self.text, int: self.number, float: self.logprob,
                  bool: lambda: self.random.random() < 0.5,
                  dict: dict, list: list, type(None): lambda: None}
        return simple.get(kind, self.json)()

    def build(self, model, /, **given):
        """An instance with these fields; of the others, some are random."""
        fields = dict(given)
        for name, field in model.model_fields.items():
            if name not in given and (field.is_required() or
                                      self.random.random() < 0.2):
                fields[name] = self.value(field.annotation)
        return model(**fields)
