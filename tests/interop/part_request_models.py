# SPDX-License-Identifier: MIT
"""Requests of the command and of the examples, validated with the classes that
vLLM and SGLang themselves validate requests with, and random answers made from
their classes of responses."""
import json
import os
import subprocess

from common import expect, expect_equal
from litellm import upstream
from request_models import answers

TITLE = None  # the engines themselves don't run
QUICK = False
HERE = os.path.dirname(os.path.abspath(__file__))
ENGINES = {"vllm": ("vllm/entrypoints/", "vllm/renderers/", "vllm/exceptions",
                    "vllm/sampling_params"),
           "sglang": ("sglang/srt/entrypoints/openai/",)}
SCHEMA = json.dumps({"type": "object", "required": ["a"],
                     "properties": {"a": {"type": "string"}}})
TOOL = {"type": "function", "function": {
    "name": "f", "description": "d", "strict": True,
    "parameters": {"type": "object", "properties": {}}}}
# Each is one request of `chutes chat`.
CHATS = (
    [],
    ["--no-stream"],
    ["-s", "Be brief."],
    ["-p", "n=2", "-p", "user=someone", "-p", "include_usage=true"],
    ["-p", "temperature=0.5", "-p", "top_p=0.9", "-p", "seed=7", "-p",
     "frequency_penalty=0.1", "-p", "presence_penalty=-0.1", "-p",
     "max_tokens=5", "-p", 'stop=["a","b"]'],
    ["-p", "top_k=5", "-p", "min_p=0.1", "-p", "repetition_penalty=1.1"],
    ["-p", "max_completion_tokens=5", "-p", "stop=a"],
    ["-p", "logprobs=true", "-p", "top_logprobs=3"],
    ["-p", "response_format=json_object"],
    ["-p", "json_schema=" + SCHEMA],
    ["-p", "json_schema=" + SCHEMA, "-p", "json_schema_name=n", "-p",
     "json_schema_strict=true"],
    ["-p", "reasoning_effort=low"],
    ["-p", 'chat_template_kwargs={"enable_thinking":false}'],
    ["-p", "parallel_tool_calls=false", "-p", "tools=" + json.dumps([TOOL])],
    ["-p", "tools=" + json.dumps([TOOL]), "-p", "tool_choice=required"],
    ["-p", "tools=" + json.dumps([TOOL]), "-p", "tool_choice=" + json.dumps(
        {"type": "function", "function": {"name": "f"}})],
    ["--image", "https://example.com/a.png"],
)
EMBEDDINGS = ([], ["--batch", "1"])


def record(part):
    """Sends every request to a server that notes them."""
    with upstream.Upstream() as server:
        url = server.url + "/"
        for arguments in CHATS:
            part.run_chutes("chat", "-m", "m", "--retries", "0", *arguments,
                            "hello", url=url)
        expect_equal(len(CHATS), len(server.requests), "requests of chat")
        for arguments in EMBEDDINGS:
            part.run_chutes("embed", "-m", "m", "--retries", "0", *arguments,
                            "a", "b", url=url)
        for name in ("chat", "chat_stream", "tools", "embeddings"):
            run_example(part, name, url)
        return [(path, body) for path, _, body in server.requests]


def run_example(part, name, url):
    program = os.path.join(part.build, "examples", name)
    if os.path.exists(program):
        subprocess.run([program], timeout=60, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=dict(os.environ, CHUTES_BASE_URL=url,
                                CHUTES_EMBEDDINGS_BASE_URL=url,
                                CHUTES_API_KEY="key"))


def check_requests(part, python, engine, folder, requests):
    done = subprocess.run(
        [python, "-B", os.path.join(HERE, "request_models", "check.py"),
         engine, folder], encoding="utf-8", timeout=240, capture_output=True,
        input="".join(json.dumps(request) + "\n" for request in requests))
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    expect_equal(len(requests), len(verdicts), done.stderr[-2000:])
    wrong = [f"{text}: {json.dumps(body)}"
             for (_, body), text in zip(requests, verdicts)
             if text]
    expect(not wrong, "\n".join(wrong))
    return f"{len(requests)} requests"


def run(part):
    python = part.install.venv("request_models")
    requests = record(part)
    versions = []
    for engine, prefixes in ENGINES.items():
        folder, version = part.install.wheel(engine, prefixes)
        versions.append(f"{engine} {version}")
        part.check("chat", f"requests that {engine} accepts", check_requests,
                   part, python, engine, folder, requests)
        part.check("chat", f"random answers of {engine}", answers.check, part,
                   python, engine, folder)
    part.version = ", ".join(versions)
