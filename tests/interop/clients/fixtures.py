# SPDX-License-Identifier: MIT
"""Reads the streams of tests/fixtures/stream and what each must give.

The format is that of tests/support/wire_case.h.
"""
import glob
import os
import re

# Settings of libchutes that no other client has a counterpart for.
OWN_SETTINGS = {"accumulate", "max_body", "max_choices", "max_depth",
                "max_event", "max_line", "max_text", "max_tool_calls",
                "reasoning_tags", "stop_at", "trust_done"}
NAMED = {"n": 10, "r": 13, "t": 9, "0": 0, "\\": 92, '"': 34}
SECTIONS = ("set", "wire", "lines", "events", "want")


class Case:
    def __init__(self, file, name):
        self.file = file
        self.name = name
        self.settings = {}
        self.wire = b""
        self.want_lines = []

    @property
    def is_for_all(self):
        return not OWN_SETTINGS & set(self.settings)

    @property
    def n(self):
        return int(self.settings.get("n", 1))

    @property
    def streams(self):
        return self.settings.get("wants_stream", "1") != "0"

    @property
    def status(self):
        """CHUTES_OK, or the error that libchutes must report."""
        return next(line for line in self.want_lines
                    if line.startswith("CHUTES_"))

    @property
    def choices(self):
        """By index: the text, the refusal and the tool calls."""
        result, current = {}, None
        for line in self.want_lines:
            word, _, rest = line.strip().partition(" ")
            if line.startswith("choice "):
                current = new_choice()
                result[int(re.match(r"\d+", rest)[0])] = current
            elif line.startswith(("  content ", "  refusal ")):
                current[word] = unquote(rest)
            elif line.startswith("  call "):
                current["calls"].append(
                    [quoted_after(line, "name"),
                     quoted_after(line, "arguments")])
        return result


def new_choice():
    return {"content": "", "refusal": "", "calls": []}


def unescape(text):
    """The bytes of a line of `wire`, or of a string in `want`."""
    out, at = bytearray(), 0
    while at < len(text):
        if text[at] != "\\":
            out += text[at].encode()
            at += 1
        elif text[at + 1] == "*":
            count, piece = re.match(r"(\d+)\{([^}]*)\}",
                                    text[at + 2:]).groups()
            out += int(count) * piece.encode()
            at += 4 + len(count) + len(piece)
        elif text[at + 1] == "x":
            out.append(int(text[at + 2:at + 4], 16))
            at += 4
        else:
            out.append(NAMED[text[at + 1]])
            at += 2
    return bytes(out)


def unquote(quoted):
    return unescape(quoted[1:-1]).decode()


def quoted_after(line, key):
    found = re.search(rf' {key} ("(?:[^"\\]|\\.)*")', line)
    return unquote(found[1]) if found else ""


def add_line(case, section, line):
    if section == "set" and line:
        key, _, value = line.partition("=")
        case.settings[key] = value
    elif section == "wire":
        case.wire += unescape(line)
    elif section == "lines":
        case.wire += line.encode() + b"\n"
    elif section == "events" and line:
        case.wire += b"data: " + line.encode() + b"\n\n"
    elif section == "want":
        case.want_lines.append(line)


def read(path):
    cases, section = [], None
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    for line in lines[:-1]:
        if line.startswith("=== "):
            cases.append(Case(os.path.basename(path), line[4:]))
            section = None
        elif line[:4] == "--- " and line[4:] in SECTIONS:
            section = line[4:]
        else:
            add_line(cases[-1] if cases else None, section, line)
    return cases


def read_all(folder):
    return [case for path in sorted(glob.glob(os.path.join(folder, "*.txt")))
            for case in read(path)]
