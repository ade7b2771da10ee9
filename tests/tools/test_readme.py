#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every program and every command in README.md works.

Usage: test_readme.py CHUTES LIBRARY_DIR SOURCE_DIR CC

A ```c block with a main() is a whole program: it is compiled with the flags of
an application and run against the mock. Any other is compiled inside a function.
Each line of a ```sh block that calls `chutes` is run in the shell, against the
mock.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest

from mock_server import Mock, environment

CHUTES, LIBRARIES, SOURCE, CC = None, None, None, None
HAS_LIBUV = subprocess.run(["pkg-config", "--exists", "libuv"],
                           check=False).returncode == 0
# The code around a block that isn't a whole program.
AROUND = """
#include <chutes/chutes.h>
#include <poll.h>
#include <stdio.h>
%s
void around(chutes_client *client, chutes_loop *loop, chutes_chat_params params,
            chutes_chat_done_fn on_done)
{
    chutes_chat_stream *stream = NULL;
    const chutes_chat_event *event = NULL;
    chutes_error error;
%s
}
"""


def blocks(language):
    with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
        text = file.read()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.S | re.M)


class Readme(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.place = place.name

    def test_every_program_compiles_and_runs(self):
        programs = [block for block in blocks("c") if "main(" in block]
        self.assertNotEqual([], programs)
        with Mock(CHUTES) as mock:
            for program in programs:
                with self.subTest(program=program):
                    self.compile_and_run(program, mock.url)

    def compile_and_run(self, program, url):
        binary = os.path.join(self.place, "program")
        subprocess.run(
            [CC, "-Wall", "-Wextra", "-Werror", "-x", "c", "-", "-o", binary,
             "-I", os.path.join(SOURCE, "include"), "-L", LIBRARIES,
             "-lchutes", f"-Wl,-rpath,{LIBRARIES}"],
            input=program, text=True, check=True)
        done = subprocess.run([binary], env=environment(url), text=True,
                              timeout=60, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(done.stdout, r"\w+")

    def test_every_part_of_a_program_compiles(self):
        parts = [block for block in blocks("c") if "main(" not in block]
        self.assertNotEqual([], parts)
        for part in parts:
            with self.subTest(part=part):
                if "libuv" in part and not HAS_LIBUV:
                    self.skipTest("libuv is not installed")
                self.compile_part(part)

    def compile_part(self, part):
        headers = re.findall(r"^#include .*$", part, re.M)
        body = re.sub(r"^#include .*$", "", part, flags=re.M)
        subprocess.run(
            [CC, "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Wno-unused", "-Werror",
             "-Wno-unused-parameter", "-x", "c", "-", "-fsyntax-only",
             "-I", os.path.join(SOURCE, "include")],
            input=AROUND % ("\n".join(headers), body), text=True, check=True)

    def test_the_first_program_is_short(self):
        body = blocks("c")[0].split("{\n", 1)[1].rsplit("}", 1)[0]
        lines = [line for line in body.splitlines() if line.strip()]
        self.assertLessEqual(len(lines), 15)

    def test_every_chutes_command_works(self):
        commands = [line for block in blocks("sh")
                    for line in re.sub(r"\\\n\s*", "", block).splitlines()
                    if re.search(r"(^|\| *|\$\()(build/)?chutes ", line)
                    and not re.search(r"chutes (mock|demo)\b", line)]
        self.assertNotEqual([], commands)
        path = os.path.dirname(CHUTES) + ":" + os.environ["PATH"]
        with open(os.path.join(self.place, "notes.txt"), "w",
                  encoding="utf-8") as file:
            file.write("Some notes.\n")
        os.symlink(os.path.join(SOURCE, "examples"),
                   os.path.join(self.place, "examples"))
        with Mock(CHUTES) as mock:
            for command in commands:
                with self.subTest(command=command):
                    done = subprocess.run(
                        ["sh", "-ec", re.sub(r"CHUTES_BASE_URL=\S+", "",
                                             command.replace("build/", ""))],
                        cwd=self.place, env=environment(mock.url, PATH=path),
                        text=True, timeout=60, stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                    self.assertEqual(0, done.returncode, done.stderr)
                    self.assertNotEqual("", done.stdout)

    def test_the_readme_is_not_long(self):
        with open(os.path.join(SOURCE, "README.md"), encoding="utf-8") as file:
            self.assertLessEqual(len(file.readlines()), 340)


if __name__ == "__main__":
    CHUTES, LIBRARIES, SOURCE = (os.path.abspath(sys.argv.pop(1))
                                 for _ in range(3))
    CC = sys.argv.pop(1)
    unittest.main(verbosity=2)
