# SPDX-License-Identifier: MIT
"""Other people's clients on the same stream."""
import os
import shutil
import sys

from measure import quartiles

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "interop"))
EVENTS = 20000
WORK = "stream/vllm/50/{}"


def python_client(bench):
    from install import run
    folder = os.path.join(bench.folder, "openai-python")
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        run(sys.executable, "-m", "venv", folder)
        run(python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:",
            "openai")
    return [python, os.path.join(HERE, "peers", "openai_python.py")]


def node_client(bench):
    from install import run
    folder = os.path.join(bench.folder, "openai-node")
    os.makedirs(folder, exist_ok=True)
    if not os.path.exists(os.path.join(folder, "node_modules", "openai")):
        run("npm", "install", "--silent", "--no-audit", "--no-fund",
            "--prefix", folder, "openai")
    shutil.copy(os.path.join(HERE, "peers", "openai_node.mjs"), folder)
    return ["node", os.path.join(folder, "openai_node.mjs")]


def rust_client(bench):
    from install import run
    target = os.path.join(bench.folder, "async-openai")
    source = os.path.join(target, "source")
    shutil.copytree(os.path.join(HERE, "peers", "async_openai"), source,
                    dirs_exist_ok=True)
    run("cargo", "build", "--quiet", "--release", "--target-dir", target,
        cwd=source)
    return [os.path.join(target, "release", "async_openai_bench")]


def go_client(bench):
    from install import run
    folder = os.path.join(bench.folder, "openai-go")
    shutil.copytree(os.path.join(HERE, "peers", "openai_go"), folder,
                    dirs_exist_ok=True)
    run("go", "mod", "tidy", cwd=folder)
    run("go", "build", "-o", "openai_go_bench", ".", cwd=folder)
    return [os.path.join(folder, "openai_go_bench")]


def event_us(bench, command):
    """Returns the difference between two runs, so that the start of the process
    doesn't count."""
    url, _ = bench.server(False)
    few, many = (bench.spawn_cpu_us(*command, url, WORK.format(count * EVENTS))
                 for count in (1, 2))
    return (many - few) / EVENTS


def measure(bench, table):
    """Adds rows, and data for a picture."""
    data = []
    for kind, name in (("bare", "libcurl alone"), ("chutes", "libchutes")):
        work = WORK.format(10 * EVENTS)
        figures = quartiles([bench.cpu_us(kind, work) / (10 * EVENTS)
                             for _ in range(7)])
        table.add(f"peers: {name}", figures, None, "us per event")
        data.append([f'"{name}"', figures[1]])
    for name, install in (("openai-python", python_client),
                          ("openai-node", node_client),
                          ("async-openai", rust_client),
                          ("openai-go", go_client)):
        try:
            command = install(bench)
        except (OSError, RuntimeError) as error:
            print(f"peers: {name} could not be installed: {error}")
            continue
        figures = quartiles([event_us(bench, command) for _ in range(5)])
        table.add(f"peers: {name}", figures, None, "us per event")
        data.append([f'"{name}"', figures[1]])
    bench.write("peers.dat", data)
