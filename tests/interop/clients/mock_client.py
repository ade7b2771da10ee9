# SPDX-License-Identifier: MIT
"""openai-python as a client of `chutes mock`.

Usage: mock_client.py < TASKS     one JSON object per line, in and out
"""
import json
import sys

import openai

WEATHER = {"type": "function", "function": {
    "name": "get_weather",
    "parameters": {"type": "object", "required": ["city"],
                   "properties": {"city": {"type": "string"}}}}}
FORMAT = {"type": "json_schema", "json_schema": {
    "name": "colour", "schema": {
        "type": "object", "required": ["name", "red"],
        "additionalProperties": False,
        "properties": {"name": {"type": "string"},
                       "red": {"type": "integer"}}}}}


def start(client, model="demo/parrot-1", text="Grüße, 𝄞!", **more):
    return client.chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}], **more)


def chat(client):
    choice = start(client).choices[0]
    return [choice.message.content, choice.finish_reason]


def stream(client):
    text, finish, usage = "", None, None
    for chunk in start(client, stream=True,
                       stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
    return [text, finish, usage is not None and usage.total_tokens > 0]


def tools(client):
    choice = start(client, "demo/markov-1", tools=[WEATHER]).choices[0]
    call, = choice.message.tool_calls
    return [choice.finish_reason, call.function.name,
            sorted(json.loads(call.function.arguments))]


def stream_tools(client):
    """With the accumulator of the package."""
    with client.chat.completions.stream(
            model="demo/markov-1", tools=[WEATHER],
            messages=[{"role": "user", "content": "weather"}]) as events:
        choice = events.get_final_completion().choices[0]
    call, = choice.message.tool_calls
    return [choice.finish_reason, call.function.name,
            sorted(json.loads(call.function.arguments))]


def schema(client):
    choice = start(client, "demo/markov-1", response_format=FORMAT).choices[0]
    value = json.loads(choice.message.content)
    return [sorted(value), type(value["name"]) is str,
            type(value["red"]) is int]


def embeddings(client):
    texts = ["a word", "another word", "a word"]
    data = client.embeddings.create(model="demo/hash-embed-1",
                                    input=texts).data
    vectors = [item.embedding for item in data]
    return [len(vectors), vectors[0] == vectors[2], vectors[0] != vectors[1]]


def models(client):
    return "demo/markov-1" in [model.id for model in client.models.list()]


ACTIONS = {"chat": chat, "stream": stream, "tools": tools,
           "stream_tools": stream_tools, "schema": schema,
           "embeddings": embeddings, "models": models}


def perform(task):
    client = openai.OpenAI(base_url=task["url"], api_key=task["key"],
                           max_retries=task["retries"], timeout=3)
    try:
        return {"result": ACTIONS[task["action"]](client), "exception": None}
    except Exception as error:
        return {"result": None, "exception": type(error).__name__,
                "status": getattr(error, "status_code", None),
                "message": str(error)[:300]}


for line in sys.stdin:
    print(json.dumps(perform(json.loads(line))), flush=True)
