#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks rules of the source tree that no compiler knows.

Usage: check_tree.py RULE [ROOT]
RULE is one of the names in RULES below, or "all".
Prints each fault as FILE:LINE: text; exit 1 when there is one.
"""
import os
import re
import subprocess
import sys

# The layers that each layer may include. Dependencies only point downwards.
LAYERS = {
    "base": {"base"},
    "json": {"base", "json"},
    "sse": {"base", "sse"},
    "crypto": {"base", "crypto"},
    "codec": {"base", "json", "codec"},
    "transport": {"base", "transport"},
    "chat": {"base", "json", "sse", "codec", "chat"},
    "request": {"base", "json", "crypto", "codec", "transport", "request"},
    "client": {"base", "json", "sse", "crypto", "codec", "transport", "chat",
               "request", "client"},
    # It calls everything else through the public API.
    "toolkit": {"base", "json", "toolkit"},
    "mock": {"base", "json", "mock"},
    "cli": {"cli", "mock"},
}
NOT_IN_LIBRARY = {"mock", "cli"}
THIRD_PARTY = {
    "curl/": {"transport"},
    "cjson/": {"json"},
    "openssl/": {"transport", "crypto", "mock"},
}
# What an adapter to an event loop may include besides our own headers.
ADAPTERS = {
    "include/chutes/adapters/adapter.h": {"stdio.h", "string.h"},
    "include/chutes/adapters/glib.h": {"glib.h"},
    "include/chutes/adapters/libevent.h": {"stdlib.h", "event2/event.h"},
    "include/chutes/adapters/libuv.h": {"stdlib.h", "uv.h"},
}
BANNED = re.compile(r"(?<![\w.>])(sprintf|vsprintf|strcpy|strcat|strncpy|"
                    r"strncat|strtok|atoi|atol|atoll|atof|gets|alloca|system|"
                    r"popen|setjmp|longjmp)\s*\(")
STDIO = re.compile(r"(?<![\w.>])(v?f?printf|v?dprintf|f?puts|f?putc|putchar|"
                   r"perror|fopen|fdopen|fread|fwrite|fgets|fflush|exit|_exit|"
                   r"abort)\s*\(|\bFILE\b|\bstd(in|out|err)\b")
HEAP = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|free|"
                  r"strdup|strndup|asprintf|vasprintf)\s*\(")
GLOBAL_STATE = re.compile(r"\b(cJSON_InitHooks|cJSON_GetErrorPtr|"
                          r"curl_global_init_mem|curl_global_cleanup|signal|"
                          r"sigaction|setlocale|setenv|putenv|cJSON_Parse|"
                          r"cJSON_GetObjectItem|cJSON_Duplicate)\s*\(")
TOP_LEVEL = {"CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "LICENSE",
             "README.md", "examples", "include", "src", "tests"}
NOT_OURS = re.compile(r"^(\..*|build|build-.*|CMakeUserPresets\.json)$")
MAX_FUNCTION = 80
MAX_FILE = 450
MAX_EXAMPLE = 100


def sources(root, *folders, suffixes=(".c", ".h")):
    for folder in folders:
        for place, _, names in os.walk(os.path.join(root, folder)):
            for name in sorted(names):
                if name.endswith(suffixes):
                    yield os.path.relpath(os.path.join(place, name), root)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


TOKEN = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|"
                   r"'(?:\\.|[^'\\\n])*'", re.S)


def bare(text):
    """The text without comments and string contents; line numbers stay."""
    def blank(match):
        token = match.group(0)
        if token[0] in "\"'":
            return token[0] + token[0]
        return " " + "\n" * token.count("\n")
    return TOKEN.sub(blank, text)


def layer_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def includes(root, path):
    # Only comments are removed: the names of included files look like strings.
    text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group(0).count("\n"),
                  read(root, path), flags=re.S)
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            yield number, match.group(1), match.group(2)


def check_layers(root):
    for path in sources(root, "src"):
        layer = layer_of(path)
        if layer not in LAYERS:
            yield path, 1, f"'{layer}' is not a layer that this check knows"
            continue
        for number, quote, target in includes(root, path):
            if target.startswith("../"):
                yield path, number, f"includes {target}: name it from src/"
            if quote == '"' and "/" not in target:
                yield path, number, f"includes {target}: name it from src/"
            below = target.split("/")[0]
            if quote == '"' and below in LAYERS and \
                    below not in LAYERS[layer]:
                yield path, number, f"{layer} must not include {target}"
            for prefix, allowed in THIRD_PARTY.items():
                if target.startswith(prefix) and layer not in allowed:
                    yield path, number, f"{layer} must not include {target}"


def check_public(root):
    for path in sources(root, "include"):
        allowed = ADAPTERS.get(path, {"stddef.h", "stdint.h"})
        for number, _, target in includes(root, path):
            if target not in allowed and not target.startswith("chutes/"):
                yield path, number, f"a public header includes {target}"
            if target.startswith("chutes/adapters/") and path not in ADAPTERS:
                yield path, number, f"only applications include {target}"


def find_cycles(graph):
    """Reports an edge of each cycle. An edge has the path and the line that it
    comes from."""
    done, trail = set(), []

    def visit(node):
        trail.append(node)
        for other, (path, number) in graph[node].items():
            if other in trail:
                yield path, number, f"{node} and {other} are in a cycle"
            elif other not in done:
                yield from visit(other)
        done.add(trail.pop())

    for node in graph:
        if node not in done:
            yield from visit(node)


def check_cycles(root):
    """Finds cycles between modules; x.c and x.h are one module."""
    graph = {}
    for path in sources(root, "src", "include"):
        module = os.path.splitext(path)[0]
        edges = graph.setdefault(module, {})
        for number, _, target in includes(root, path):
            for base in ("src/", "include/"):
                other = base + os.path.splitext(target)[0]
                if other != module and \
                        os.path.exists(os.path.join(root, base + target)):
                    edges.setdefault(other, (path, number))
    yield from find_cycles(graph)


# The name of a function at its definition, unless that is static.
SHARED = re.compile(r"^(?!static\b)[A-Za-z_][^;{}()=#]*?\b(\w+)\([^;{}]*\)\s*\n\{",
                    re.M)


def check_circles(root):
    """Finds files that call each other. A function that is named, such as one
    in a table, counts as called."""
    texts = {path: bare(read(root, path))
             for path in sources(root, "src", suffixes=(".c",))}
    owners = {}
    for path, text in texts.items():
        for name in SHARED.findall(text):
            owners.setdefault(name, set()).add(path)
    graph = {}
    for path, text in texts.items():
        edges = graph.setdefault(path, {})
        for number, line in enumerate(text.split("\n"), 1):
            for name in re.findall(r"(?<![\w.>])\w+", line):
                callees = owners.get(name, {path})
                for callee in callees if path not in callees else ():
                    edges.setdefault(callee, (path, number))
    yield from find_cycles(graph)


def each_match(root, pattern, paths, what):
    for path in paths:
        for number, line in enumerate(bare(read(root, path)).split("\n"), 1):
            match = pattern.search(line)
            if match and not line.lstrip().startswith("#"):
                yield path, number, f"{what}: {match.group(0).strip()}"


def library(root):
    return [path for path in sources(root, "src")
            if layer_of(path) not in NOT_IN_LIBRARY]


def check_banned(root):
    yield from each_match(root, BANNED,
                          sources(root, "include", "src", "examples", "tests"),
                          "banned")


def check_library(root):
    """Finds what the library must not do to its host."""
    paths = library(root)
    yield from each_match(root, STDIO, paths, "stdio or exit in the library")
    yield from each_match(root, GLOBAL_STATE, paths, "process-global")
    heap = [path for path in paths if path != "src/base/mem.c"]
    yield from each_match(root, HEAP, heap, "past the allocation funnel")


def check_lengths(root):
    for path in sources(root, "src", suffixes=(".c", ".h")):
        length = read(root, path).count("\n")
        if length > MAX_FILE:
            yield path, MAX_FILE + 1, f"a file of {length} lines"
    for path in sources(root, "src", "tests", "examples", suffixes=(".c",)):
        start = None
        for number, line in enumerate(bare(read(root, path)).split("\n"), 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start is not None:
                length = number - start + 1
                if length > MAX_FUNCTION:
                    yield path, start, f"a function of {length} lines"
                start = None


# An exported function, the comment before it and its parameters.
EXPORTED = re.compile(r"(?:/\*\*((?:(?!\*/).)*)\*/\n)?"
                      r"^CHUTES_API\b([^;(]*)\(([^;]*)\);", re.S | re.M)


def doc_faults(comment, name, parameters):
    """Finds what the description of an exported function omits."""
    if comment is None:
        yield f"no doc comment: {name}"
        return
    comment = re.sub(r"\n \* ?", "\n", comment)
    if "thread" not in comment:
        yield f"{name} doesn't say which thread may call it"
    texts = dict(re.findall(r"^@param +(\w+)((?:(?!^@).)*)", comment,
                            re.S | re.M))
    for parameter in parameters.split(","):
        pointer = re.search(r"\*\s*(\w+)\s*$", parameter)
        if pointer and pointer.group(1) != "user_data" and \
                "NULL" not in texts.get(pointer.group(1), ""):
            yield f"{name} doesn't say what a NULL {pointer.group(1)} does"


def check_docs(root):
    for path in sources(root, "include"):
        text = read(root, path)
        for found in EXPORTED.finditer(text):
            name = re.findall(r"\w+", found.group(2))[-1]
            number = text.count("\n", 0, found.start(2)) + 1
            for fault in doc_faults(found.group(1), name, found.group(3)):
                yield path, number, fault


def check_licence(root):
    for path in sources(root, "include", "src", "tests", "examples"):
        first = read(root, path).split("\n", 1)[0]
        if first != "/* SPDX-License-Identifier: MIT */":
            yield path, 1, "the first line is not the SPDX line"


def check_openings(root):
    """Each file must say at its top what it is for."""
    for path in sources(root, "src", suffixes=(".c",)):
        if not read(root, path).partition("\n")[2].startswith("/*"):
            yield path, 2, "doesn't begin with what the file is for"


def top_level(root):
    """What git tracks, as other things may lie about; without git, all files."""
    try:
        listed = subprocess.run(["git", "-C", root, "ls-files", "-z"],
                                capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listed = b""
    names = {name.split("/")[0] for name in listed.decode().split("\0") if name}
    return sorted(names or {name for name in os.listdir(root)
                            if os.path.isfile(os.path.join(root, name))})


def check_entries(root):
    for name in top_level(root):
        if name not in TOP_LEVEL and not NOT_OURS.match(name):
            yield name, 1, "does not belong at the top level"


def check_examples(root):
    for path in sources(root, "examples"):
        length = read(root, path).count("\n")
        if length >= MAX_EXAMPLE:
            yield path, 1, f"{length} lines, not under {MAX_EXAMPLE}"


# Where the files of a folder are listed: the CMake file, what opens the list, and
# the prefix and suffix that the list omits from each name.
LISTS = {
    "src/cli": ("CMakeLists.txt", r"set\(cli_sources", "", ""),
    "tests/unit": ("tests/CMakeLists.txt", r"set\(unit_\w+", "test_", ".c"),
    "tests/integration": ("tests/CMakeLists.txt", r"foreach\(subject",
                          "test_", ".c"),
    "tests/support": ("tests/CMakeLists.txt",
                      r"set\((?:support|host|fake)_sources", "", ""),
    "tests/tools": ("tests/CMakeLists.txt", r"foreach\(tool", "", ".c"),
    "tests/interop": ("tests/CMakeLists.txt", r"set\(interop_sources", "", ".c"),
    "tests/bench": ("tests/CMakeLists.txt",
                    r"(?:set\(bench_\w+_sources|foreach\(bench)",
                    "", ".c"),
    "tests/fuzz": ("tests/CMakeLists.txt", r"foreach\(target", "fuzz_", ".c"),
    "examples": ("examples/CMakeLists.txt", r"foreach\(name", "", ".c"),
}
NOT_LISTED = {"tests/fuzz/client/driver.c", "tests/fuzz/standalone.c",
              "tests/link_layer.c", "tests/link_one_call.c", "tests/package/consumer.c"}


UMBRELLA = "include/chutes/chutes.h"


def headers_of_all(root):
    """The public headers that chutes.h includes, and those that they include."""
    reached, ahead = set(), [UMBRELLA]
    while ahead:
        path = ahead.pop()
        if path in reached or not os.path.exists(os.path.join(root, path)):
            continue
        reached.add(path)
        ahead += ["include/" + target for _, _, target in includes(root, path)
                  if target.startswith("chutes/")]
    return reached


def check_listed(root):
    """Every C file must be in the list of its folder, so that it is built, and
    every public header in chutes.h, so that programs get it."""
    listed = headers_of_all(root)
    for path in sources(root, "include", suffixes=(".h",)):
        if path not in listed and path not in ADAPTERS:
            yield path, 1, f"not included by {UMBRELLA}"
    for path in sources(root, "src", "tests", "examples", suffixes=(".c",)):
        folder, name = os.path.split(path)
        cmake, opening, prefix, suffix = LISTS.get(
            folder, ("CMakeLists.txt",
                     rf"chutes_layer\({os.path.basename(folder)}\b", "", ""))
        words = set()
        for found in re.findall(opening + r"\s([^)]*)\)", read(root, cmake)):
            words.update(found.split())
        name = name[len(prefix):] if name.startswith(prefix) else name
        if path not in NOT_LISTED and name[:len(name) - len(suffix)] not in words:
            yield path, 1, f"not listed in {cmake}"


# The endpoint that the map calls the model, and where adding one may touch
# files: not in the command, the demo server and the tests of this endpoint.
MODEL_ENDPOINT = "rerank"
MAX_ENDPOINT_FILES = 6
LAYERS_OF_ENDPOINTS = [f"src/{layer}" for layer in LAYERS
                       if layer not in NOT_IN_LIBRARY]


def check_endpoints(root):
    """The library names an endpoint in few files, comments aside."""
    tests = os.path.join(root, "tests")
    lists = [f"tests/{name}" for name in sorted(os.listdir(tests))
             if name.endswith(".txt") and name != "CMakeLists.txt"]
    naming = [path for path in [*sources(root, "include", *LAYERS_OF_ENDPOINTS),
                                "CMakeLists.txt", *lists]
              if MODEL_ENDPOINT in re.sub(r"/\*.*?\*/", "", read(root, path),
                                          flags=re.S)]
    for path in naming[MAX_ENDPOINT_FILES:]:
        yield path, 1, (f"{len(naming)} files name {MODEL_ENDPOINT}; the most "
                        f"is {MAX_ENDPOINT_FILES}")


# A public header has an endpoint if it declares the first of these functions
# and is not the toolkit's. The nouns with which the files of the endpoint begin
# are in the names of the functions.
TOOLKIT = "include/chutes/toolkit.h"
ENDPOINT_NAMES = (re.compile(r"\bchutes_(\w+)_params_init\("),
                  re.compile(r"\bchutes_(\w+)_free\("))
MAX_ENDPOINT_FILE = 200
# These may be longer: the stream of a chat; the requests to any chute, on which
# the others stand; the requests of an embeddings call, which run at once and
# start each other; and the token counts, which belong to all endpoints.
LONG_NOUNS = {"chat", "invoke"}
LONG_FILES = {"src/client/embed_call.c", "src/codec/usage.c"}


def endpoint_nouns(root):
    nouns, toolkit = set(), set()
    if os.path.exists(os.path.join(root, TOOLKIT)):
        toolkit = {"include/" + target for _, _, target in includes(root, TOOLKIT)}
    for path in sources(root, "include", suffixes=(".h",)):
        text = bare(read(root, path))
        if path not in toolkit and ENDPOINT_NAMES[0].search(text):
            nouns.add(os.path.splitext(os.path.basename(path))[0])
            for pattern in ENDPOINT_NAMES:
                nouns.update(pattern.findall(text))
    return {noun.rstrip("s") for noun in nouns} - LONG_NOUNS


def check_endpoint_lengths(root):
    """The files of an endpoint are short."""
    nouns = "|".join(sorted(endpoint_nouns(root)))
    names = re.compile(rf"(?:{nouns})s?(?:_\w+)?\.[ch]$") if nouns else None
    for path in sources(root, "src/client", "src/codec") if names else ():
        length = read(root, path).count("\n")
        if length > MAX_ENDPOINT_FILE and path not in LONG_FILES and \
                names.match(os.path.basename(path)):
            yield path, MAX_ENDPOINT_FILE + 1, \
                f"a file of an endpoint with {length} lines"


MAP = "src/README.md"
MAP_STOP = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.[ch])(?::(\w+))?`")


def defines(text, function):
    """Does the text define the function or, if it is a header, declare it?"""
    return re.search(rf"^[A-Za-z_](?:[\w *]*[ *])?{function}\(",
                     bare(text), re.M) is not None or \
        re.search(rf"^{function}\(", bare(text), re.M) is not None


def check_map(root):
    """Every file and every file:function that the map names must exist. Paths
    are relative to src/ or to the top level."""
    if not os.path.exists(os.path.join(root, MAP)):
        yield MAP, 1, "is missing"
        return
    for number, line in enumerate(read(root, MAP).split("\n"), 1):
        for path, function in MAP_STOP.findall(line):
            places = [p for p in (os.path.join("src", path), path)
                      if os.path.exists(os.path.join(root, p))]
            if not places:
                yield MAP, number, f"there is no file {path}"
            elif function and not defines(read(root, places[0]), function):
                yield MAP, number, f"{path} has no function {function}()"


RULES = {
    "layers": check_layers,
    "public": check_public,
    "cycles": check_cycles,
    "circles": check_circles,
    "banned": check_banned,
    "library": check_library,
    "lengths": check_lengths,
    "docs": check_docs,
    "licence": check_licence,
    "openings": check_openings,
    "entries": check_entries,
    "examples": check_examples,
    "listed": check_listed,
    "endpoints": check_endpoints,
    "endpoint_lengths": check_endpoint_lengths,
    "map": check_map,
}


def main(arguments):
    rule = arguments[1] if len(arguments) in (2, 3) else None
    if rule != "all" and rule not in RULES:
        print(f"usage: check_tree.py {'|'.join(RULES)}|all [ROOT]",
              file=sys.stderr)
        return 2
    here = os.path.dirname(os.path.abspath(__file__))
    root = arguments[2] if len(arguments) == 3 else os.path.join(here, "../..")
    checks = RULES.values() if rule == "all" else [RULES[rule]]
    faults = [fault for check in checks for fault in check(root)]
    for path, number, text in faults:
        print(f"{path}:{number}: {text}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
