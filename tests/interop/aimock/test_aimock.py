#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The chutes command against aimock, an OpenAI-compatible server by others.

Usage: test_aimock.py CHUTES BUILD_DIR      (npm installs aimock in BUILD_DIR)
"""
import json
import os
import platform
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "test-key-0123456789"
# What aimock needs, and the Node.js that npm gives where Debian's is older.
NODE_WANTED = (20, 15)
NODE_PACKAGE = "node-linux-{}@20.20.2"

CHUTES, PLACE = None, None


def node_version(node):
    try:
        text = subprocess.run([node, "--version"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError):
        return (0, 0)
    return tuple(int(part) for part in text.strip("v\n").split(".")[:2])


def npm(*arguments):
    subprocess.run(["npm", *arguments, "--no-audit", "--no-fund",
                    "--loglevel=error"], check=True, cwd=PLACE)


def prepare():
    """Installs aimock; returns the Node.js to run it with."""
    os.makedirs(PLACE, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.mjs"):
        shutil.copy(os.path.join(HERE, name), PLACE)
    if not os.path.exists(os.path.join(PLACE, "node_modules/@copilotkit")):
        npm("ci")
    if node_version("node") >= NODE_WANTED:
        return "node"
    arch = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
    node = os.path.join(PLACE, f"node/node_modules/node-linux-{arch}/bin/node")
    if not os.path.exists(node):
        npm("install", "--no-save", "--prefix", "node",
            NODE_PACKAGE.format(arch))
    return node


class Server:
    def __init__(self, node, keys=""):
        self.process = subprocess.Popen(
            [node, "server.mjs"], cwd=PLACE, text=True,
            env=dict(os.environ, AIMOCK_API_KEYS=keys),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip() + "/v1/"

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Aimock(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        node = prepare()
        cls.open_server = Server(node)
        cls.addClassCleanup(cls.open_server.stop)
        cls.locked_server = Server(node, KEY)
        cls.addClassCleanup(cls.locked_server.stop)

    def run_chutes(self, *arguments, server=None, key=None):
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("CHUTES_")}
        env["CHUTES_BASE_URL"] = (server or self.open_server).url
        if key:
            env["CHUTES_API_KEY"] = key
        return subprocess.run([CHUTES, *arguments], env=env, text=True,
                              encoding="utf-8", timeout=60,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def chat(self, prompt, *arguments, code=0, **more):
        """The object of `chutes chat --json`."""
        done = self.run_chutes("chat", "--json", "-m", "m", *arguments, prompt,
                               **more)
        self.assertEqual(code, done.returncode, done.stderr)
        return json.loads(done.stdout)

    def test_a_streamed_answer_and_a_whole_one_say_the_same(self):
        for arguments in ([], ["--no-stream"]):
            with self.subTest(arguments=arguments):
                answer = self.chat("say hello", *arguments)
                self.assertEqual("done", answer["end"])
                self.assertTrue(answer["complete"])
                self.assertEqual(1, answer["attempts"])
                self.assertEqual([], answer["warnings"])
                choice, = answer["choices"]
                self.assertEqual(
                    "Hello from a server that others wrote, "
                    "with a ☃ and a 𝄞 in it.", choice["content"])
                self.assertEqual("stop", choice["finish_reason"])
                self.assertEqual([], choice["tool_calls"])

    def test_text_goes_to_standard_output_alone(self):
        done = self.run_chutes("chat", "-m", "m", "say hello")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual("Hello from a server that others wrote, "
                         "with a ☃ and a 𝄞 in it.\n", done.stdout)

    def test_reasoning_is_told_apart_from_the_answer(self):
        choice, = self.chat("think first")["choices"]
        self.assertEqual("Forty-two.", choice["content"])
        self.assertEqual("6 × 7", choice["reasoning"])

    def test_tool_calls_arrive_whole(self):
        for arguments in ([], ["--no-stream"]):
            with self.subTest(arguments=arguments):
                choice, = self.chat("what is the weather",
                                    *arguments)["choices"]
                self.assertEqual("tool_calls", choice["finish_reason"])
                calls = choice["tool_calls"]
                self.assertEqual(["get_weather", "get_time"],
                                 [call["name"] for call in calls])
                self.assertEqual({"city": "Zürich", "days": 3},
                                 json.loads(calls[0]["arguments"]))
                self.assertEqual("{}", calls[1]["arguments"])
                self.assertEqual(2, len({call["id"] for call in calls}))

    def test_401_is_an_auth_error_and_the_key_opens(self):
        answer = self.chat("say hello", server=self.locked_server,
                           key="wrong-key-9876543210", code=3)
        self.assertEqual("CHUTES_ERR_AUTH", answer["error"]["status"])
        self.assertEqual(401, answer["error"]["http_status"])
        self.assertNotIn("wrong-key", json.dumps(answer))
        answer = self.chat("say hello", server=self.locked_server, key=KEY)
        self.assertIsNone(answer["error"])

    def test_429_is_a_rate_limit_and_tells_the_servers_words(self):
        for arguments in ([], ["--no-stream"]):
            with self.subTest(arguments=arguments):
                answer = self.chat("too often", *arguments, code=4)
                error = answer["error"]
                self.assertEqual("CHUTES_ERR_RATE_LIMITED", error["status"])
                self.assertEqual(429, error["http_status"])
                self.assertEqual("rate_limit_error", error["type"])
                self.assertIn("Slow down.", error["message"])

    def test_404_tells_the_code(self):
        answer = self.chat("nobody wrote an answer to this", code=1)
        self.assertEqual("CHUTES_ERR_NOT_FOUND", answer["error"]["status"])
        self.assertEqual("no_fixture_match", answer["error"]["code"])

    def test_malformed_json_is_never_an_answer(self):
        for arguments in ([], ["--no-stream"]):
            with self.subTest(arguments=arguments):
                answer = self.chat("garble it", *arguments, code=1)
                self.assertEqual("CHUTES_ERR_PROTOCOL",
                                 answer["error"]["status"])
                self.assertFalse(answer["complete"])

    def test_a_disconnect_before_the_answer_is_a_lost_connection(self):
        for arguments in ([], ["--no-stream"]):
            with self.subTest(arguments=arguments):
                answer = self.chat("hang up", *arguments, code=5)
                self.assertEqual("CHUTES_ERR_CONNECTION_LOST",
                                 answer["error"]["status"])
                self.assertEqual(1, answer["attempts"])

    def test_a_disconnect_in_the_middle_keeps_what_arrived(self):
        answer = self.chat("break off", code=7)
        self.assertEqual("truncated", answer["end"])
        self.assertFalse(answer["complete"])
        self.assertEqual("CHUTES_ERR_TRUNCATED", answer["error"]["status"])
        whole = "This answer is long enough to be cut in the middle of it."
        part = answer["choices"][0]["content"]
        self.assertTrue(part and whole.startswith(part) and part != whole,
                        part)

    def test_models_and_embeddings(self):
        done = self.run_chutes("models", "--json")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("gpt-4o", done.stdout)
        done = self.run_chutes("embed", "-m", "e", "--json", "a word")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("embedding", done.stdout)


if __name__ == "__main__":
    CHUTES = os.path.abspath(sys.argv.pop(1))
    PLACE = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
