# SPDX-License-Identifier: MIT
"""Makes random valid answers with the classes of an engine.

Usage: generate.py vllm|sglang FOLDER COUNT SEED
Prints COUNT lines of JSON, of whole answers and of streams by turns: `body`, and
`want`, which is what a client must find in it.
"""
import json
import random
import sys

import load
import values

FINISH = ["stop", "length", "content_filter", "abort"]


class Plan:
    """What is in an answer."""

    def __init__(self, make, engine):
        self.make, self.random = make, make.random
        self.is_vllm = engine == "vllm"
        self.id = make.some_text()
        self.model = make.some_text()
        self.created = make.random.randint(1, 2**33)
        self.choices = [self.choice(index) for index in
                        range(make.random.choice([1, 1, 1, 2, 3]))]
        self.usage = self.counts()

    def maybe(self, chance, function, *arguments):
        return function(*arguments) if self.random.random() < chance else None

    def text(self):
        text = self.make.text()
        return text + "a\0b" if self.random.random() < 0.05 else text

    def choice(self, index):
        make = self.make
        calls = self.maybe(0.4, self.calls) or []
        return {
            "index": index,
            "content": self.maybe(0.8, self.text),
            "reasoning": self.maybe(0.4, self.text),
            "tool_calls": calls,
            "finish_reason": "tool_calls" if calls
            else self.random.choice(FINISH),
            "stop_reason": self.maybe(0.4, self.random.choice,
                                      [make.number(), make.some_text()]),
            "logprobs": self.maybe(0.2, self.tokens)}

    def calls(self):
        return [{"id": f"call_{number}{self.make.some_text(4)}",
                 "name": self.make.some_text(8),
                 "arguments": self.random.choice([
                     "", json.dumps(self.make.json()),
                     json.dumps({self.make.text(): self.make.json()},
                                ensure_ascii=False)])}
                for number in range(self.random.randint(1, 3))]

    def token(self):
        text = self.make.text(3)
        data = list(text.encode())
        if self.is_vllm and self.random.random() < 0.2:
            data = None
        return {"token": text, "logprob": self.make.logprob(), "bytes": data}

    def tokens(self):
        return [dict(self.token(), top_logprobs=[
            self.token() for _ in range(self.random.randint(0, 2))])
            for _ in range(self.random.randint(1, 6))]

    def counts(self):
        make = self.make
        return {"prompt_tokens": make.number(),
                "completion_tokens": self.maybe(0.9, make.number),
                "total_tokens": make.number(),
                "cached_tokens": self.maybe(0.5, make.number),
                "reasoning_tokens": self.maybe(0.5, make.number)
                if self.is_vllm else make.number()}

    def want(self, streams):
        return {"id": self.id, "model": self.model, "usage": self.usage,
                "choices": self.choices, "streams": streams}


class Writer:
    """Writes a plan as instances of the classes."""

    def __init__(self, plan, classes):
        self.plan, self.make, self.classes = plan, plan.make, classes
        self.random = plan.random

    def build(self, name, **fields):
        return self.make.build(getattr(self.classes, name), **fields)

    def usage(self):
        counts = dict(self.plan.usage)
        cached = counts.pop("cached_tokens")
        reasoning = counts.pop("reasoning_tokens")
        details = {"cached_tokens": cached}
        if not self.plan.is_vllm:
            counts["reasoning_tokens"] = reasoning
        return self.build(
            "UsageInfo", **counts,
            prompt_tokens_details=None if cached is None else details,
            completion_tokens_details=None if reasoning is None else {
                "reasoning_tokens": reasoning})

    def logprobs(self, tokens):
        if tokens is None:
            return None
        name = "ChatCompletionLogProbs" if self.plan.is_vllm \
            else "ChoiceLogprobs"
        return getattr(self.classes, name)(content=tokens)

    def reason(self, choice):
        """The member of the choice that says what has ended it."""
        name = "stop_reason" if self.plan.is_vllm else "matched_stop"
        return {name: choice and choice["stop_reason"]}

    def arguments(self, call):
        """SGLang's class also has them as an object."""
        text = call["arguments"]
        if not self.plan.is_vllm and text.startswith("{") and \
                self.random.random() < 0.3:
            call["arguments"] = json.loads(text)
        return call["arguments"]

    def message(self, choice):
        name = "reasoning" if self.plan.is_vllm else "reasoning_content"
        more = {"refusal": None, "function_call": None} if self.plan.is_vllm \
            else {}
        calls = [{"id": call["id"], "type": "function", "function": {
            "name": call["name"], "arguments": self.arguments(call)}}
            for call in choice["tool_calls"]]
        if not calls and not self.plan.is_vllm:
            calls = None
        return self.build("ChatMessage", role="assistant", tool_calls=calls,
                          content=choice["content"], **more,
                          **{name: choice["reasoning"]})

    def whole(self):
        choices = [self.build(
            "ChatCompletionResponseChoice", index=choice["index"],
            message=self.message(choice),
            finish_reason=choice["finish_reason"],
            logprobs=self.logprobs(choice["logprobs"]), **self.reason(choice))
            for choice in self.plan.choices]
        return self.build(
            "ChatCompletionResponse", id=self.plan.id, model=self.plan.model,
            object="chat.completion", created=self.plan.created,
            choices=choices, usage=self.usage()).model_dump_json()

    # ---- streams ----

    def pieces(self, text):
        while text:
            length = self.random.randint(1, 12)
            yield text[:length]
            text = text[length:]

    def deltas(self, choice):
        """The members of each delta."""
        yield {"role": "assistant", "content": self.random.choice(["", None])}
        name = "reasoning" if self.plan.is_vllm else "reasoning_content"
        for key, member in (("reasoning", name), ("content", "content")):
            for piece in self.pieces(choice[key] or ""):
                yield {member: piece}
        for index, call in enumerate(choice["tool_calls"]):
            rest = list(self.pieces(call["arguments"]))
            first = rest.pop(0) if rest and self.random.random() < 0.3 else ""
            yield {"tool_calls": [{
                "index": index, "id": call["id"], "type": "function",
                "function": {"name": call["name"], "arguments": first}}]}
            for piece in rest:
                yield {"tool_calls": [{"index": index,
                                       "function": {"arguments": piece}}]}

    def choice_chunks(self, choice):
        """The chunks of one choice, the last with its finish_reason."""
        deltas = list(self.deltas(choice))
        if self.random.random() < 0.5:
            deltas.append({})
        tokens = list(choice["logprobs"] or [])
        for number, delta in enumerate(deltas):
            is_last = number == len(deltas) - 1
            share = len(tokens) if is_last else self.random.randint(0, 2)
            part, tokens = tokens[:share], tokens[share:]
            yield self.chunk([self.build(
                "ChatCompletionResponseStreamChoice", index=choice["index"],
                delta=getattr(self.classes, "DeltaMessage")(**delta),
                finish_reason=choice["finish_reason"] if is_last else None,
                logprobs=self.logprobs(part or None),
                **self.reason(choice if is_last else None))])

    def chunk(self, choices, usage=None):
        return self.build("ChatCompletionStreamResponse", id=self.plan.id,
                          model=self.plan.model, created=self.plan.created,
                          object="chat.completion.chunk", choices=choices,
                          usage=usage)

    def hidden_states(self):
        """What SGLang sends after a finish_reason."""
        for choice in self.plan.choices:
            delta = self.classes.DeltaMessage(hidden_states=self.make.json())
            yield self.chunk([self.classes.ChatCompletionResponseStreamChoice(
                index=choice["index"], delta=delta)])

    def event(self, chunk):
        more = {}
        if self.plan.is_vllm:
            more = {"exclude_unset": True, "exclude_none": not chunk.choices}
        name = ""
        if not self.plan.is_vllm and not chunk.choices and not chunk.usage:
            name = self.random.choice(["", "event: sglext_ids\n"])
        return f"{name}data: {chunk.model_dump_json(**more)}\n\n"

    def stream(self):
        """Chunks of several choices are mixed, as by both engines."""
        queues = [list(self.choice_chunks(choice))
                  for choice in self.plan.choices]
        chunks = []
        while any(queues):
            queue = self.random.choice([queue for queue in queues if queue])
            chunks.append(queue.pop(0))
        if not self.plan.is_vllm and self.random.random() < 0.3:
            chunks.extend(self.hidden_states())
            chunks.append(self.chunk([]))
        chunks.append(self.chunk([], self.usage()))
        return "".join(map(self.event, chunks)) + "data: [DONE]\n\n"


def main():
    engine, folder, count, seed = sys.argv[1:5]
    request, _ = getattr(load, engine)(folder)
    classes = sys.modules[request.__module__]
    make = values.Maker(random.Random(int(seed)))
    for number in range(int(count)):
        plan = Plan(make, engine)
        writer = Writer(plan, classes)
        streams = number % 2 == 1
        print(json.dumps({
            "body": writer.stream() if streams else writer.whole(),
            "want": plan.want(streams)}))


main()
