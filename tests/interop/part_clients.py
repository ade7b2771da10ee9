# SPDX-License-Identifier: MIT
"""The same streams through openai-python, openai-node and libchutes.

The streams are those of tests/fixtures/stream, which say what each must give.
Writes clients.md: how often each client returned the right text, wrong text,
an exception, or silently a part of an answer, and then each case.
"""
import concurrent.futures
import json
import os
import subprocess

from clients import fixtures, server
from common import expect, expect_equal

TITLE = None  # has a table of its own
QUICK = True
HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "..", "fixtures", "stream")
LIBRARY = "libchutes"


def run_sdk(command, cases, url, cwd=None):
    """For each case, its outcome with one of the packages."""
    text = "".join(json.dumps({"number": number, "n": case.n,
                               "streams": case.streams}) + "\n"
                   for number, case in enumerate(cases))
    done = subprocess.run([*command, url], input=text, encoding="utf-8",
                          cwd=cwd, timeout=240, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    lines = done.stdout.splitlines()
    expect_equal(len(cases), len(lines), f"{command}: {done.stderr[-1000:]}")
    return [json.loads(line) for line in lines]


def run_library(part, case, url):
    done = part.run_chutes(
        "chat", "--json", "-m", "m", "--retries", "0", "-p", f"n={case.n}",
        *([] if case.streams else ["--no-stream"]), "hello", url=url)
    answer = json.loads(done.stdout)
    error = answer["error"]
    choices = {choice["index"]: {
        "content": choice["content"], "refusal": choice["refusal"],
        "calls": [[call["name"] or "", call["arguments"]]
                  for call in choice["tool_calls"]],
        "finish": choice["finish_reason"]} for choice in answer["choices"]}
    return {"exception": error and error["status"], "choices": choices}


def plain(choices):
    """Choices without those that are empty and without finish reasons."""
    result = {}
    for index, choice in choices.items():
        choice = {key: choice[key] or empty
                  for key, empty in fixtures.new_choice().items()}
        if choice != fixtures.new_choice():
            result[str(index)] = choice
    return result


def judge(case, outcome):
    """What the program would see: "right", "wrong text", "exception", or for
    an answer that is broken, but raises none, "silent" or, if a careful program
    could know, "no finish_reason"."""
    if outcome["exception"]:
        return "exception"
    if case.status != "CHUTES_OK":
        finished = outcome["choices"] and all(
            choice["finish"] for choice in outcome["choices"].values())
        return "silent" if finished else "no finish_reason"
    same = plain(outcome["choices"]) == plain(case.choices)
    return "right" if same else "wrong text"


def library_choices(case):
    """What libchutes must return. A call without a stream returns a part of an
    answer only if the server reports an error in it."""
    returns_parts = case.streams or case.status in ("CHUTES_OK",
                                                    "CHUTES_ERR_STREAM")
    return case.choices if returns_parts else {}


def library_differs(case, outcome):
    """What is wrong with our own outcome, or None."""
    status = outcome["exception"] or "CHUTES_OK"
    wanted = library_choices(case)
    if status != case.status:
        return f"{status} instead of {case.status}"
    if plain(outcome["choices"]) != plain(wanted):
        return f"{outcome['choices']} instead of {wanted}"
    return None


def collect(part, cases):
    """{client: [outcome]}, in the order of the columns."""
    python = part.install.venv()
    folder = part.install.npm()
    node = part.install.node(22, 0)
    name = {"python": "openai-python " +
                      part.install.version_of(python, "openai"),
            "node": "openai-node " + part.install.npm_version("openai")}
    part.version = f"{name['python']}, {name['node']}"
    columns = {}
    with server.Server(cases) as peer:
        for key, command, cwd in (
                ("python", [python, "-B", os.path.join(
                    HERE, "clients", "client_openai.py")], None),
                ("node", [node, "client_openai.mjs"], folder)):
            columns[name[key]] = run_sdk(command, cases, peer.url, cwd)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            columns[LIBRARY] = list(pool.map(
                lambda item: run_library(part, item[1],
                                         f"{peer.url}{item[0]}/v1/"),
                enumerate(cases)))
    return columns


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |\n"


def summary(cases, columns):
    """How often each client did what, as Markdown."""
    verdicts = {name: [(case.status == "CHUTES_OK", judge(case, outcome))
                       for case, outcome in zip(cases, outcomes)]
                for name, outcomes in columns.items()}
    text = row("", *columns) + row(*["---"] * (len(columns) + 1))
    for title, whole, result in (
            ("right text", True, "right"),
            ("wrong or lost text, no exception", True, "wrong text"),
            ("exception", True, "exception"),
            ("exception", False, "exception"),
            ("part of an answer, no exception, no `finish_reason`", False,
             "no finish_reason"),
            ("part of an answer that looks complete", False, "silent")):
        total = sum((case.status == "CHUTES_OK") == whole for case in cases)
        kind = "complete" if whole else "broken"
        text += row(f"{total} {kind} answers: {title}",
                    *(verdict.count((whole, result))
                      for verdict in verdicts.values()))
    return text


def details(cases, columns):
    text = row("file", "case", "must give", *columns)
    text += row(*["---"] * (len(columns) + 3))
    for i, case in enumerate(cases):
        cells = []
        for outcomes in columns.values():
            verdict = judge(case, outcomes[i])
            if verdict == "exception":
                verdict = outcomes[i]["exception"].split(":")[0]
            cells.append(verdict)
        text += row(case.file, case.name.replace("|", "\\|"),
                    "an answer" if case.status == "CHUTES_OK" else case.status,
                    *cells)
    return text


def run(part):
    every = fixtures.read_all(FOLDER)
    cases = [case for case in every if case.is_for_all]
    expect(len(cases) > 300, f"only {len(cases)} fixtures")
    columns = collect(part, cases)
    path = os.path.join(part.place, "..", "clients.md")
    with open(path, "w", encoding="utf-8") as file:
        file.write(summary(cases, columns) + "\n" + details(cases, columns))
    print(summary(cases, columns))

    def check_library():
        wrong = [f"{case.file}: {case.name}: {text}"
                 for case, outcome in zip(cases, columns[LIBRARY])
                 if (text := library_differs(case, outcome))]
        expect(not wrong, "\n".join(wrong))
        return f"{len(cases)} of {len(every)} fixtures"

    def check_sdk(name):
        # They work at all: what they fail at is what the table is for.
        right = sum(judge(case, outcome) == "right"
                    for case, outcome in zip(cases, columns[name]))
        expect(right > 100, f"only {right} right")
        return f"{right} right"

    part.check("stream", "libchutes gives what each stream must give",
               check_library)
    for name in columns:
        if name != LIBRARY:
            part.check("stream", name, check_sdk, name)
