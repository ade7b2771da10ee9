#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every example runs against the mock, and reports if there is no server.

Usage: test_examples.py CHUTES EXAMPLES_DIR SOURCE_DIR
"""
import base64
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import unittest

from mock_server import Mock, environment

CHUTES, BUILT, SOURCE = None, None, None
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQV"
                       "R42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==")
CHAT = ('{"model": "demo/parrot-1", "messages": '
        '[{"role": "user", "content": "Hi"}]}')
# Patterns that each must print on standard output and on standard error.
EXPECTED = {
    "account": (r"demo has 12\.50 USD\n7\.00 of 50\.00 USD used this month\n"
                r"2026-03-01T13:00:00: 7 requests, 0\.0125 USD\n", "^$"),
    # The results of the third round, in which both tools were called at once.
    "agent": (r'The tool answered "It is sunny in Lisbon\.; Table 3\."', "^$"),
    "batch": (r'^{"prompt":"[AB]","answer":"[^\n]+"}\n'
              r'{"prompt":"[AB]","answer":"[^\n]+"}\n$', "^$"),
    "chat": (r"\w+", "^"),
    "chat_stream": (r"\w+", "^"),
    "complete": (r"\w+", "^$"),
    "conversation": (r"\w+", "^$"),
    "deploy": (r'^POST chutes/vllm\n{"model":"unsloth/Llama-3\.1-8B-Instruct",'
               r'"engine_args":{"max_model_len":16384},"node_selector":'
               r'{"gpu_count":1,"min_vram_gb_per_gpu":\d+},"concurrency":8,'
               r'"public":false}\n$', r"\d USD per hour\n$"),
    "describe": (r"A chute\n0\.50 USD per hour\nPOST /speak\n"
                 r"  text: string, required\n$", "^$"),
    "embed_batch": (r"100 vectors of \d+ numbers in 4 requests", "^$"),
    "embeddings": (r"ship left the harbour", "^"),
    "form": (r'^{"text":"a pixel"}\n$', "^$"),
    "image": (r"ship\.png: image/png, 8 x 8 pixels, 99 bytes", "^$"),
    "invoke": (r"answer\.json: \d+ bytes, application/json", "^$"),
    "iterator": (r"\w+", "answered by demo/"),
    "json": (r"^ships\[0\]\.name = .+\nships\[0\]\.masts = -?\d+\n"
             r"ships\[1\](.|\n)+\n[23] ships\n$", "^$"),
    "loop": (r"(?s)(> .*\n\(\d+ pieces\)\s+){3}", "^$"),
    "loop_glib": (r"\w+", r"^\.*$"),
    "loop_libevent": (r"\w+", r"^\.*$"),
    "loop_libuv": (r"\w+", r"^\.*$"),
    "models": (r"demo/", "^"),
    "operation": (r"ship\.txt: text/plain", "^running\nsucceeded\n$"),
    "rag": (r"\w+", "^$"),
    "rerank": (r"0\.\d+  the ship left", "^$"),
    "speech": (r"ship\.wav: audio/wav, 844 bytes", "^$"),
    "structured": (r"^Ada is \d+\n(- .+\n){0,3}$", "^$"),
    "tools": (r"\w+", r"get_weather\("),
    "trace": (r"\w+", "^$"),
    "transcribe": (r"^Beep\.$", "^$"),
    "video": (r"ship\.mp4: video/mp4, 32 bytes", "^$"),
    "vision": (r"\w+", "^"),
}
# These send nothing.
OFFLINE = {"deploy"}
# What the server does for examples that the demo model can't serve.
SCRIPTS = {
    "describe": """
expect GET /v1/a-chute/llms.txt
answer 404 application/json {"detail":"none"}
request
expect GET /v1/a-chute/openapi.json
answer 200 application/json {"info":{"title":"A chute"},"x-chutes":{"pricing":\
{"usdPerHour":0.5}},"paths":{"/speak":{"post":{"requestBody":{"content":\
{"application/json":{"schema":{"required":["text"],"properties":{"text":\
{"type":"string"}}}}}}}}}}
""",
    "form": """
expect POST /v1/audio/transcriptions
expect-body-contains name="prompt"
expect-body-contains filename="picture.png"
answer 200 application/json {"text":"a pixel"}
""",
    "operation": """
expect POST /v1/generate
expect-body {"prompt":"a ship"}
answer 202 application/json {"status_url":"operations/1"}
request
expect GET /v1/operations/1
answer 200 application/json {"status":"running"}
request
expect GET /v1/operations/1
answer 200 application/json {"status":"succeeded","result":{"artifacts":\
[{"content_type":"text/plain","url":"/v1/files/1"}]}}
request
expect GET /v1/files/1
answer 200 text/plain A ship.
""",
}
# These need event loops that may not be installed, or the toolkit.
OPTIONAL = {"agent", "batch", "conversation", "json", "loop_glib",
            "loop_libevent", "loop_libuv", "structured", "trace"}


def built():
    """The examples to run: the optional ones only if they were built."""
    return [name for name in EXPECTED if name not in OPTIONAL or
            os.path.exists(os.path.join(BUILT, name))]


def count_code(path):
    """The lines of a program in C or Python, without comments and blanks."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)
    return sum(1 for line in text.splitlines() if line.strip())


class Examples(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name
        self.picture = os.path.join(place.name, "picture.png")
        with open(self.picture, "wb") as file:
            file.write(PNG)

    def run_example(self, name, url):
        arguments = {
            "agent": ["A table in Lisbon, in 3 rounds."],
            "batch": ["A", "B"],
            "conversation": [os.path.join(self.place, "talk.json"), "Hi."],
            "account": [url],
            "describe": ["a-chute", url],
            "form": ["/audio/transcriptions", self.picture, "tides"],
            "image": ["a ship", os.path.join(self.place, "ship.png")],
            "invoke": ["/chat/completions", CHAT,
                       os.path.join(self.place, "answer.json")],
            "operation": ["/generate", '{"prompt":"a ship"}',
                          os.path.join(self.place, "ship.txt")],
            "rerank": ["ship", "a cat slept", "the ship left"],
            "speech": ["a ship", os.path.join(self.place, "ship.wav")],
            "trace": [os.path.join(self.place, "trace.jsonl")],
            "transcribe": [self.picture],
            "video": ["/text2video", "a ship",
                      os.path.join(self.place, "ship.mp4")],
            "vision": [self.picture],
        }.get(name, [])
        return subprocess.run([os.path.join(BUILT, name), *arguments],
                              env=environment(url), text=True, timeout=60,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)

    def test_every_example_is_known_here(self):
        sources = {os.path.splitext(name)[0]
                   for name in os.listdir(os.path.join(SOURCE, "examples"))
                   if name.endswith(".c")}
        self.assertEqual(sources, set(EXPECTED))

    def test_the_readme_counts_the_lines_right(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        names = ("conversation", "agent", "rag", "structured", "batch")
        for label, place, suffix in (
                ("C", "examples", ".c"),
                ("Python", "tests/interop/same_tasks", ".py")):
            counts = [count_code(os.path.join(SOURCE, place, name + suffix))
                      for name in names]
            row = " | ".join([label, *map(str, counts)])
            self.assertIn(f"| {row} |\n", readme)
        for name in names:
            with open(os.path.join(SOURCE, "examples", name + ".c"),
                      encoding="utf-8") as file:
                self.assertLess(len(file.readlines()), 60, name)

    def check_work(self, name, url):
        output, chatter = EXPECTED[name]
        with self.subTest(name=name):
            done = self.run_example(name, url)
            self.assertEqual(0, done.returncode, done.stderr)
            self.assertRegex(done.stdout, output)
            self.assertRegex(done.stderr, chatter)

    def test_every_example_does_its_work(self):
        with Mock(CHUTES) as mock:
            for name in built():
                if name not in SCRIPTS:
                    self.check_work(name, mock.url)

    def test_a_conversation_goes_on_and_stays_short(self):
        if "conversation" not in built():
            self.skipTest("needs the toolkit")
        path = os.path.join(self.place, "talk.json")
        talk = [{"role": "system", "content": "Be brief."}]
        for number in range(20):
            talk += [{"role": "user", "content": f"Q{number} " + "x" * 4000},
                     {"role": "assistant", "content": f"A{number}"}]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"messages": talk}, file)
        with Mock(CHUTES) as mock:
            self.check_work("conversation", mock.url)
            self.check_work("conversation", mock.url)
        with open(path, encoding="utf-8") as file:
            talk = json.load(file)["messages"]
        self.assertEqual("Be brief.", talk[0]["content"])
        self.assertNotIn("Q0 ", [one["content"][:3] for one in talk])
        self.assertEqual("Q19", talk[-6]["content"][:3])
        self.assertEqual(["A19", "Hi.", "Hi."],
                         [talk[at]["content"] for at in (-5, -4, -2)])
        self.assertLess(sum(len(one["content"]) for one in talk), 36000)

    def test_examples_do_their_work_with_other_servers(self):
        for name, script in SCRIPTS.items():
            path = os.path.join(self.place, name + ".script")
            with open(path, "w", encoding="utf-8") as file:
                file.write(script)
            with Mock(CHUTES, "--script", path) as mock:
                self.check_work(name, mock.url)

    def test_every_example_tells_of_a_failure(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1/"
            for name in sorted(set(built()) - OFFLINE):
                with self.subTest(name=name):
                    done = self.run_example(name, url)
                    self.assertEqual(1, done.returncode)
                    self.assertRegex(done.stderr, "127.0.0.1|connect")

    def test_every_example_frees_what_it_got_when_the_server_is_faulty(self):
        with Mock(CHUTES, "--500-every", "1") as mock:
            for name in sorted(set(built()) - OFFLINE):
                with self.subTest(name=name):
                    done = self.run_example(name, mock.url)
                    self.assertEqual(1, done.returncode)
                    self.assertNotEqual("", done.stderr)


if __name__ == "__main__":
    CHUTES, BUILT, SOURCE = (os.path.abspath(sys.argv.pop(1))
                             for _ in range(3))
    unittest.main(verbosity=2)
