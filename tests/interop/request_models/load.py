# SPDX-License-Identifier: MIT
"""Loads the classes of requests of vLLM and SGLang without these engines.

Only the files that define the classes are loaded. What they import besides, such
as torch, is replaced: by Any where it is a type, by something harmless elsewhere.
"""
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import logging
import os
import sys
import types
import typing
import uuid

from pydantic import BaseModel

STUBBED = {"vllm", "torch", "transformers", "jinja2", "PIL", "numpy", "regex",
           "openai_harmony", "mistral_common", "cachetools"}
LOADED = {"vllm.entrypoints.openai.chat_completion.protocol",
          "vllm.entrypoints.generate.base.protocol",
          "vllm.entrypoints.serve.engine.protocol",
          "vllm.entrypoints.pooling.base.protocol",
          "vllm.entrypoints.pooling.embed.protocol",
          "vllm.exceptions", "vllm.renderers.params",
          "vllm.renderers.chat_utils.types", "vllm.sampling_params"}
# Packages whose names are in one of the files above.
NAMES_IN = {"vllm.renderers": "vllm.renderers.params",
            "vllm.renderers.chat_utils": "vllm.renderers.chat_utils.types"}


logging.Logger.warning_once = logging.Logger.warning


class Unsent(BaseModel):
    """A type that nothing in a JSON request has."""
    unsent: int


class Stub(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ in NAMES_IN:
            module = importlib.import_module(NAMES_IN[self.__name__])
            if hasattr(module, name):
                return getattr(module, name)
        if self.__name__ == "PIL":
            return Stub("PIL.Image")
        if self.__name__ in ("PIL.Image", "openai_harmony"):
            return Unsent
        if name.isupper():
            return 1 << 20
        if name.endswith("Mixin"):
            return type(name, (), {})
        return {"init_logger": logging.getLogger,
                "random_uuid": lambda: uuid.uuid4().hex,
                "LazyLoader": lambda *_: Stub("lazy")}.get(name, typing.Any)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, _path, _target=None):
        if name.split(".")[0] not in STUBBED:
            return None
        if name in LOADED:
            return importlib.util.spec_from_file_location(
                name, os.path.join(self.folder,
                                   name.replace(".", "/") + ".py"))
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Stub(spec.name)

    def exec_module(self, _module):
        pass


def vllm(folder):
    """The classes of a chat request and of an embeddings request."""
    sys.meta_path.insert(0, Finder(folder))
    for name in NAMES_IN.values():
        importlib.import_module(name)
    chat = importlib.import_module(
        "vllm.entrypoints.openai.chat_completion.protocol")
    embed = importlib.import_module("vllm.entrypoints.pooling.embed.protocol")
    return chat.ChatCompletionRequest, embed.EmbeddingCompletionRequest


def sglang(folder):
    utils = types.ModuleType("sglang.utils")
    utils.convert_json_schema_to_str = json.dumps
    sys.modules["sglang"] = types.ModuleType("sglang")
    sys.modules["sglang.utils"] = utils
    spec = importlib.util.spec_from_file_location(
        "sglang_protocol", os.path.join(
            folder, "sglang/srt/entrypoints/openai/protocol.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["sglang_protocol"] = module
    spec.loader.exec_module(module)
    return module.ChatCompletionRequest, module.EmbeddingRequest
