# SPDX-License-Identifier: MIT
"""openai-python on each fixture, used as its documentation does it.

Usage: client_openai.py URL < CASES     one JSON object per line, in and out
"""
import json
import sys

import openai

PROMPT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


def choice_at(choices, index):
    return choices.setdefault(index, {"content": "", "refusal": "",
                                      "calls": {}, "finish": None})


def add_delta(choice, delta):
    choice["content"] += delta.content or ""
    choice["refusal"] += delta.refusal or ""
    for call in delta.tool_calls or []:
        if call.index not in choice["calls"]:
            choice["calls"][call.index] = [call.function.name,
                                           call.function.arguments or ""]
        else:
            choice["calls"][call.index][1] += call.function.arguments


def read_stream(client, case):
    choices = {}
    stream = client.chat.completions.create(stream=True, n=case["n"], **PROMPT)
    for chunk in stream:
        for part in chunk.choices:
            choice = choice_at(choices, part.index)
            add_delta(choice, part.delta)
            choice["finish"] = part.finish_reason or choice["finish"]
    for choice in choices.values():
        choice["calls"] = list(choice["calls"].values())
    return choices


def read_answer(client, case):
    choices = {}
    completion = client.chat.completions.create(n=case["n"], **PROMPT)
    for part in completion.choices:
        choice = choice_at(choices, part.index)
        choice["content"] = part.message.content or ""
        choice["refusal"] = part.message.refusal or ""
        choice["calls"] = [[call.function.name, call.function.arguments]
                           for call in part.message.tool_calls or []]
        choice["finish"] = part.finish_reason
    return choices


def outcome(client, case):
    read = read_stream if case["streams"] else read_answer
    try:
        return {"exception": None, "choices": read(client, case)}
    except Exception as error:
        return {"exception": f"{type(error).__name__}: {error}"[:200],
                "choices": {}}


def main():
    for line in sys.stdin:
        case = json.loads(line)
        client = openai.OpenAI(
            api_key="k", max_retries=0, timeout=10,
            base_url=f"{sys.argv[1]}{case['number']}/v1/")
        print(json.dumps(outcome(client, case)), flush=True)


main()
