#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each rule of check_tree.py passes on a clean tree and finds a planted break."""
import contextlib
import io
import os
import shutil
import subprocess
import tempfile
import unittest

import check_tree

SPDX = "/* SPDX-License-Identifier: MIT */\n"
TOP = SPDX + "/* What it is for. */\n"
CLEAN = {
    "README.md": "",
    "build/left.o": "",
    ".gitignore": "",
    "include/chutes/a.h": SPDX + "#include <stddef.h>\n"
                          "/** Does a. Any thread. */\n"
                          "CHUTES_API int chutes_a(void);\n"
                          "/**\n * Does b. Any thread.\n *\n"
                          " * @param b  NULL is ignored.\n */\n"
                          "CHUTES_API void chutes_b(int a, const int *b,\n"
                          "                         void *user_data);\n",
    "include/chutes/models.h": SPDX + "void chutes_models_params_init(void);\n"
                               "void chutes_listing_free(void);\n",
    "include/chutes/toolkit.h": SPDX + "#include <chutes/tools.h>\n",
    "include/chutes/tools.h": SPDX + "void chutes_run_params_init(void);\n",
    "include/chutes/chutes.h": SPDX + "#include <chutes/a.h>\n"
                               "#include <chutes/models.h>\n"
                               "#include <chutes/toolkit.h>\n",
    "include/chutes/adapters/libuv.h": SPDX + "#include <uv.h>\n"
                                       "#include <chutes/a.h>\n",
    "src/base/buf.h": SPDX,
    "src/base/buf.c": TOP + '#include "base/buf.h"\n'
                      '/* free(x) in a comment */\n'
                      'static const char text[] = "printf(";\n'
                      "char *caller(int a,\n        int b)\n{\n    f();\n}\n",
    "src/base/mem.c": TOP + "void f(void)\n{\n    free(0);\n"
                      "    x->caller();\n}\n",
    "src/README.md": "`base/mem.c:f`, `include/chutes/a.h` and `src/cli`\n"
                     "| `cli/main.c:main` | `include/chutes/a.h:chutes_a` |\n",
    "src/sse/sse.c": TOP + '#include "base/buf.h"\n',
    "src/json/reader.c": TOP + "#include <cjson/cJSON.h>\n",
    "src/client/chat.c": TOP + '#include "sse/sse.h"\n' + "\n" * 200,
    "src/codec/model_list.c": TOP + "\n" * 198,
    "src/codec/modelling.c": TOP + "\n" * 199,
    "src/codec/tool_list.c": TOP + "\n" * 199,
    "src/cli/main.c": TOP + "int main(void)\n{\n    printf();\n}\n",
    "examples/chat.c": SPDX,
    "tests/unit/test_buf.c": SPDX,
    "CMakeLists.txt": "chutes_layer(base\n    buf.c mem.c)\n"
                      "chutes_layer(json reader.c LINK x)\n"
                      "chutes_layer(sse sse.c)\nchutes_layer(client chat.c)\n"
                      "chutes_layer(codec model_list.c modelling.c tool_list.c)\n"
                      "set(cli_sources\n    main.c)\n",
    "tests/CMakeLists.txt": "set(unit_base buf)\n",
    "examples/CMakeLists.txt": "foreach(name chat)\n",
}
# As many files as may name an endpoint.
CLEAN.update({f"src/base/part{number}.h": SPDX + "int rerank;\n"
              for number in range(check_tree.MAX_ENDPOINT_FILES)})
# rule, file, text that replaces or adds it
BREAKS = [
    ("layers", "src/sse/sse.c", '#include "json/reader.h"\n'),
    ("layers", "src/codec/chat.c", '#include "transport/transport.h"\n'),
    ("layers", "src/transport/curl.c", '#include "sse/sse.h"\n'),
    ("layers", "src/base/buf.c", '#  include "sse/sse.h"\n'),
    ("layers", "src/chat/answer.c", '#include "transport/transport.h"\n'),
    ("layers", "src/chat/answer.c", '#include "client/call.h"\n'),
    ("layers", "src/chat/answer.c", '#include "request/request.h"\n'),
    ("layers", "src/request/queue.c", '#include "client/loop.h"\n'),
    ("layers", "src/request/queue.c", '#include "chat/answer_reader.h"\n'),
    ("layers", "src/transport/curl.c", '#include "request/queue.h"\n'),
    ("layers", "src/toolkit/run.c", '#include "client/call.h"\n'),
    ("layers", "src/client/chat.c", '#include "toolkit/run.h"\n'),
    ("layers", "src/cli/main.c", '#include "json/reader.h"\n'),
    ("layers", "src/client/chat.c", "#include <curl/curl.h>\n"),
    ("layers", "src/codec/chat.c", "#include <cjson/cJSON.h>\n"),
    ("layers", "src/client/chat.c", "#include <openssl/evp.h>\n"),
    ("layers", "src/client/chat.c", '#include "../base/buf.h"\n'),
    ("layers", "src/client/chat.c", '#include "chat.h"\n'),
    ("layers", "src/stray/chat.c", "\n"),
    ("public", "include/chutes/a.h", "#include <stdio.h>\n"),
    ("public", "include/chutes/a.h", "#include <curl/curl.h>\n"),
    ("public", "include/chutes/a.h", "#include <chutes/adapters/libuv.h>\n"),
    ("public", "include/chutes/adapters/libuv.h", "#include <glib.h>\n"),
    ("cycles", "src/base/buf.h", '#include "sse/sse.c"\n'),
    ("circles", "src/base/mem.c", "void f(void)\n{\n    caller(1, 2);\n}\n"),
    ("circles", "src/base/mem.c",
     "static const struct x X = {caller};\nvoid f(void)\n{\n}\n"),
    ("banned", "src/cli/main.c", "void f(void)\n{\n    strcpy(a, b);\n}\n"),
    ("banned", "examples/chat.c", "int x = atoi(text);\n"),
    ("library", "src/sse/sse.c", "void f(void)\n{\n    printf(0);\n}\n"),
    ("library", "src/sse/sse.c", "static FILE *file;\n"),
    ("library", "src/sse/sse.c", "void f(void)\n{\n    free(p);\n}\n"),
    ("library", "src/json/x.c", "void f(void)\n{\n    cJSON_InitHooks(0);\n}\n"),
    ("lengths", "src/sse/sse.c", "void f(void)\n{\n" + "x;\n" * 79 + "}\n"),
    ("docs", "include/chutes/a.h", "\nCHUTES_API int chutes_c(void);\n"),
    ("docs", "include/chutes/a.h",
     "/** Does c. */\nCHUTES_API int chutes_c(void);\n"),
    ("docs", "include/chutes/a.h",
     "/** Does c. Any thread. */\nCHUTES_API int chutes_c(int *c);\n"),
    ("docs", "include/chutes/a.h",
     "/** Any thread.\n *\n * @param c  NULL.\n * @param d  Read.\n */\n"
     "CHUTES_API int chutes_c(int *c,\n                        int **d);\n"),
    ("licence", "src/sse/other.c", None),
    ("openings", "src/sse/sse.c", '#include "base/buf.h"\n'),
    ("openings", "src/sse/sse.c", ""),
    ("entries", "notes.txt", ""),
    ("examples", "examples/chat.c", "\n" * 99),
    ("endpoints", "src/client/rerank.h", "int rerank_default;\n"),
    ("endpoints", "tests/exported.txt", "chutes_rerank\n"),
    ("endpoint_lengths", "src/codec/model_list.c", "\n" * 200),
    ("endpoint_lengths", "src/codec/models.h", "\n" * 200),
    ("endpoint_lengths", "src/client/listing_rows.c", "\n" * 200),
    ("listed", "include/chutes/b.h", "\n"),
    ("listed", "src/sse/buf.c", "\n"),
    ("listed", "src/new/buf.c", "\n"),
    ("listed", "src/cli/buf.c", "\n"),
    ("listed", "tests/unit/test_sse.c", "\n"),
    ("listed", "tests/integration/test_buf.c", "\n"),
    ("listed", "tests/buf.c", "\n"),
    ("map", "src/README.md", "`base/mem.c:g`\n"),
    ("map", "src/README.md", "`base/mem.c:free`\n"),
    ("map", "src/README.md", "`base/memory.c:f`\n"),
    ("map", "src/README.md", "`base/memory.c`\n"),
]


class Rules(unittest.TestCase):
    def tree(self, files):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        for path, text in files.items():
            path = os.path.join(place.name, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        return place.name

    def test_a_clean_tree_passes_every_rule(self):
        root = self.tree(CLEAN)
        for rule in check_tree.RULES:
            with self.subTest(rule=rule):
                self.assertEqual([], list(check_tree.RULES[rule](root)))

    def test_every_rule_finds_a_planted_break(self):
        for rule, path, text in BREAKS:
            with self.subTest(rule=rule, path=path, text=text):
                files = dict(CLEAN)
                files[path] = "int a;\n" if text is None else SPDX + text
                root = self.tree(files)
                found = list(check_tree.RULES[rule](root))
                self.assertTrue(any(f[0] == path for f in found), found)
        self.assertEqual({b[0] for b in BREAKS}, set(check_tree.RULES))

    def test_a_function_of_80_lines_passes(self):
        files = dict(CLEAN)
        files["src/sse/sse.c"] = \
            SPDX + "void f(void)\n{\n" + "x;\n" * 78 + "}\n"
        self.assertEqual([], list(check_tree.check_lengths(self.tree(files))))

    def test_a_fault_is_printed_and_makes_the_exit_code_1(self):
        files = dict(CLEAN, **{"notes.txt": ""})
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            code = check_tree.main(["x", "entries", self.tree(files)])
        self.assertEqual(1, code)
        self.assertEqual("notes.txt:1: does not belong at the top level\n",
                         output.getvalue())

    def test_all_means_every_rule(self):
        output = io.StringIO()
        files = dict(CLEAN, **{"notes.txt": "", "src/sse/sse.c": "int a;\n/**/\n"})
        with contextlib.redirect_stdout(output):
            self.assertEqual(0, check_tree.main(["x", "all", self.tree(CLEAN)]))
            self.assertEqual(1, check_tree.main(["x", "all", self.tree(files)]))
        self.assertEqual("src/sse/sse.c:1: the first line is not the SPDX "
                         "line\nnotes.txt:1: does not belong at the top level\n",
                         output.getvalue())

    def test_a_stray_folder_is_nobody_s_business(self):
        root = self.tree(dict(CLEAN, **{"scratch/notes.txt": ""}))
        self.assertEqual(0, check_tree.main(["x", "entries", root]))

    @unittest.skipUnless(shutil.which("git"), "no git")
    def test_a_tracked_folder_must_belong(self):
        root = self.tree(dict(CLEAN, **{"scratch/notes.txt": "",
                                        "other/notes.txt": ""}))
        for command in (["init", "-q"], ["add", "src", "scratch"]):
            subprocess.run(["git", "-C", root] + command, check=True)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            self.assertEqual(1, check_tree.main(["x", "entries", root]))
        self.assertEqual("scratch:1: does not belong at the top level\n",
                         output.getvalue())


if __name__ == "__main__":
    unittest.main()
