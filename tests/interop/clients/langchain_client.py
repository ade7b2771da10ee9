# SPDX-License-Identifier: MIT
"""LangChain's ChatOpenAI and OpenAIEmbeddings as clients of `chutes mock`.

Usage: langchain_client.py < TASKS     one JSON object per line, in and out
"""
import json
import sys

from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

TEXT = "Grüße, 𝄞!"
SCHEMA = {"title": "colour", "type": "object", "required": ["name", "red"],
          "additionalProperties": False,
          "properties": {"name": {"type": "string"},
                         "red": {"type": "integer"}}}


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return city


def client(task, model="demo/parrot-1"):
    return ChatOpenAI(
        base_url=task["url"], api_key=task["key"], model=model, timeout=3,
        max_retries=task["retries"], stream_usage=True)


def chat(task):
    message = client(task).invoke(TEXT)
    return [message.text, message.response_metadata["finish_reason"]]


def joined(chunks):
    message = None
    for chunk in chunks:
        message = chunk if message is None else message + chunk
    return message


def stream(task):
    message = joined(client(task).stream(TEXT))
    usage = message.usage_metadata
    return [message.text, message.response_metadata.get("finish_reason"),
            usage is not None and usage["total_tokens"] > 0]


def call_of(message):
    call, = message.tool_calls
    return [message.response_metadata["finish_reason"], call["name"],
            sorted(call["args"])]


def tools(task):
    model = client(task, "demo/markov-1").bind_tools([get_weather])
    return call_of(model.invoke("weather"))


def stream_tools(task):
    model = client(task, "demo/markov-1").bind_tools([get_weather])
    return call_of(joined(model.stream("weather")))


def schema(task):
    value = client(task, "demo/markov-1").with_structured_output(
        SCHEMA, method="json_schema").invoke("a colour")
    return [sorted(value), type(value["name"]) is str,
            type(value["red"]) is int]


def embeddings(task):
    # Otherwise it sends numbers of tokens in place of texts.
    model = OpenAIEmbeddings(
        base_url=task["url"], api_key=task["key"], model="demo/hash-embed-1",
        check_embedding_ctx_length=False, max_retries=task["retries"])
    vectors = model.embed_documents(["a word", "another word", "a word"])
    return [len(vectors), vectors[0] == vectors[2], vectors[0] != vectors[1]]


ACTIONS = {"chat": chat, "stream": stream, "tools": tools,
           "stream_tools": stream_tools, "schema": schema,
           "embeddings": embeddings}


def name_of(error):
    """LangChain's exceptions are subclasses of those of openai-python."""
    for kind in type(error).__mro__:
        if kind.__module__.split(".")[0] == "openai":
            return kind.__name__
    return type(error).__name__


def perform(task):
    if task["action"] not in ACTIONS:
        return {"result": None, "exception": "NotOffered"}
    try:
        return {"result": ACTIONS[task["action"]](task), "exception": None}
    except Exception as error:
        return {"result": None, "exception": name_of(error),
                "status": getattr(error, "status_code", None),
                "message": str(error)[:300]}


for line in sys.stdin:
    print(json.dumps(perform(json.loads(line))), flush=True)
