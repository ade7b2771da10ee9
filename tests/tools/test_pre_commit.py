#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The commit hook passes a clean commit and stops a bad one, in a scratch
repository. Usage: test_pre_commit.py"""
import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
SPDX = "/* SPDX-License-Identifier: MIT */\n"
HOOK_FILES = (".githooks/pre-commit", ".clang-format",
              "tests/tools/check_tree.py")
CLEAN = SPDX + "int main(void)\n{\n    return 0;\n}\n"
BADLY_FORMATTED = SPDX + "int main(void) { return 0; }\n"
WITHOUT_LICENCE = "int main(void)\n{\n    return 0;\n}\n"


def has_clang_format():
    for name in ("clang-format-14", "clang-format"):
        if shutil.which(name):
            version = subprocess.run([name, "--version"], check=True,
                                     capture_output=True, text=True).stdout
            if " 14." in version:
                return True
    return False


@unittest.skipUnless(shutil.which("git"), "no git")
class PreCommit(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = place.name
        for path in HOOK_FILES:
            target = os.path.join(self.root, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(os.path.join(ROOT, path), target)
        for path in ("CMakeLists.txt", "tests/CMakeLists.txt"):
            self.write(path, "")
        self.write("examples/CMakeLists.txt", "foreach(name chat)\n")
        self.write("src/README.md", "")
        self.git("init", "-q")
        self.git("config", "core.hooksPath", ".githooks")

    def write(self, path, text):
        path = os.path.join(self.root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def git(self, *arguments, check=True):
        # A hook of another repository may run this test, with GIT_ variables set.
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("GIT_")}
        return subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments],
            cwd=self.root, env=environment, check=check,
            capture_output=True, text=True)

    def commit(self, text):
        self.write("examples/chat.c", text)
        self.git("add", "-A")
        return self.git("commit", "-q", "-m", "test", check=False)

    def test_a_clean_commit_passes(self):
        result = self.commit(CLEAN)
        self.assertEqual(0, result.returncode, result.stderr)

    @unittest.skipUnless(has_clang_format(), "no clang-format 14")
    def test_a_badly_formatted_file_stops_the_commit(self):
        result = self.commit(BADLY_FORMATTED)
        self.assertEqual(1, result.returncode)
        self.assertIn("-i examples/chat.c", result.stderr)

    def test_a_broken_rule_of_the_tree_stops_the_commit(self):
        result = self.commit(WITHOUT_LICENCE)
        self.assertEqual(1, result.returncode)
        self.assertIn("examples/chat.c:1: the first line is not the SPDX line",
                      result.stderr)

    def test_what_is_not_staged_is_not_checked(self):
        self.write("examples/chat.c", CLEAN)
        self.git("add", "-A")
        self.write("examples/chat.c", WITHOUT_LICENCE)
        self.write("notes.txt", "")
        result = self.git("commit", "-q", "-m", "test", check=False)
        self.assertEqual(0, result.returncode, result.stderr)

    def test_what_is_staged_is_checked_even_if_it_was_mended_since(self):
        self.write("examples/chat.c", WITHOUT_LICENCE)
        self.git("add", "-A")
        self.write("examples/chat.c", CLEAN)
        result = self.git("commit", "-q", "-m", "test", check=False)
        self.assertEqual(1, result.returncode)


if __name__ == "__main__":
    unittest.main()
