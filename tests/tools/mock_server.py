# SPDX-License-Identifier: MIT
"""Runs `chutes mock` for a test."""
import os
import subprocess


class Mock:
    def __init__(self, chutes, *options):
        self.process = subprocess.Popen(
            [chutes, "mock", "--quiet", *options], text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.url = self.process.stdout.readline().strip()
        if not self.url.startswith("http://127.0.0.1:"):
            self.stop()
            raise RuntimeError(f"the mock said {self.url!r}")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def environment(url, **more):
    """The environment without the developer's own settings of chutes."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith("CHUTES_")}
    env["CHUTES_BASE_URL"] = url
    env.update(more)
    return env
