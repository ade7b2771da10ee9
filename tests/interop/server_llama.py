# SPDX-License-Identifier: MIT
"""llama.cpp's server on a free port of 127.0.0.1, until it is killed.

Usage: server_llama.py MODEL.gguf [NAME=JSON...]   (members of CommonParams)
Prints "listening on URL" once it is ready.
"""
import json
import sys
import time

import xllamacpp


def converted(value, old):
    """A member of JSON as a value of the type of the old one."""
    if isinstance(old, set):
        return set(value)
    if isinstance(value, str) and not isinstance(old, str):
        return getattr(type(old), value)  # the name in an enumeration
    return value


params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = 0
# Threads that wait for each other busily are slow beside other programs.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.ui = False
for setting in sys.argv[2:]:
    name, text = setting.split("=", 1)
    setattr(params, name, converted(json.loads(text), getattr(params, name)))
server = xllamacpp.Server(params)
print("listening on", server.listening_address, flush=True)
while True:
    time.sleep(3600)
