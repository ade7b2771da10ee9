# SPDX-License-Identifier: MIT
"""Installs pinned software for a part into build/interop, once."""
import glob
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
# For software that needs a newer Node.js than the system's, npm has it.
NODE_PACKAGE = "node-linux-{}"
NODE_VERSION = "22.23.5"


def run(*command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout[-3000:]}")
    return done.stdout


def node_version(node):
    try:
        text = run(node, "--version")
    except (OSError, RuntimeError):
        return (0, 0)
    return tuple(int(part) for part in text.strip("v\n").split(".")[:2])


def wants(mark, stamp):
    """Is what the mark file stands for missing, or of another stamp?"""
    try:
        with open(mark, encoding="utf-8") as file:
            return file.read() != stamp
    except OSError:
        return True


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Installer:
    def __init__(self, name, cache, place):
        self.name, self.cache, self.place = name, cache, place

    def venv(self, name=None):
        """Installs tests/interop/requirements/NAME.txt (of the part, unless it
        names another) in a virtual environment; returns its python."""
        name = name or self.name
        listed = os.path.join(HERE, "requirements", f"{name}.txt")
        folder = os.path.join(self.cache, f"venv-{name}")
        python = os.path.join(folder, "bin", "python")
        with open(listed, "rb") as file:
            text = file.read()
        stamp = hashlib.sha256(text + sys.version.encode()).hexdigest()
        mark = os.path.join(folder, "installed")
        if wants(mark, stamp):
            print(f"== {self.name}: pip install", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            run(sys.executable, "-m", "venv", folder)
            run(python, "-m", "pip", "install", "--quiet", "--no-deps",
                "--disable-pip-version-check", "--only-binary", ":all:",
                *(["--require-hashes"] if b"--hash" in text else []),
                "-r", listed)
            write(mark, stamp)
        return python

    def compile(self, python, environment):
        """Installs requirements/NAME_source.txt of the part, which has no
        wheels, in the virtual environment of `python`. What compiles it must be
        in that environment."""
        name = f"{self.name}_source.txt"
        listed = os.path.join(HERE, "requirements", name)
        mark = os.path.join(os.path.dirname(os.path.dirname(python)), name)
        with open(listed, encoding="utf-8") as file:
            stamp = f"{file.read()}{environment}"
        if wants(mark, stamp):
            print(f"== {self.name}: pip compiles", flush=True)
            path = os.path.dirname(python) + os.pathsep + os.environ["PATH"]
            run(python, "-m", "pip", "install", "--quiet", "--no-deps",
                "--disable-pip-version-check", "--no-build-isolation",
                "--no-binary", ":all:", "--require-hashes", "-r", listed,
                env={**os.environ, "PATH": path, **environment})
            write(mark, stamp)

    def wheel(self, name, prefixes):
        """Unpacks those Python files of the wheel in requirements/NAME.txt
        whose paths begin so; returns the folder and the version. For packages
        that are too large to install."""
        listed = os.path.join(HERE, "requirements", f"{name}.txt")
        folder = os.path.join(self.place, name)
        mark = os.path.join(folder, "installed")
        with open(listed, encoding="utf-8") as file:
            text = file.read()
        if wants(mark, text):
            print(f"== {self.name}: pip download {name}", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            run(sys.executable, "-m", "pip", "download", "--quiet",
                "--no-deps", "--disable-pip-version-check", "--only-binary",
                ":all:", "--require-hashes", "--dest", folder, "-r", listed)
            path, = glob.glob(os.path.join(folder, "*.whl"))
            with zipfile.ZipFile(path) as wheel:
                wheel.extractall(folder, [
                    member for member in wheel.namelist()
                    if member.startswith(prefixes) and member.endswith(".py")])
            os.remove(path)
            write(mark, text)
        return folder, re.search(r"==(\S+)", text).group(1)

    def version_of(self, python, package):
        """The version of a package in a virtual environment."""
        return run(python, "-c", "import importlib.metadata as m; "
                   f"print(m.version({package!r}))").strip()

    def npm(self, name=None):
        """Installs tests/interop/npm/NAME/package-lock.json and copies the rest
        of that folder; returns the folder of the copy."""
        name = name or self.name
        source = os.path.join(HERE, "npm", name)
        folder = os.path.join(self.cache, f"npm-{name}")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(source, "package-lock.json"), "rb") as file:
            stamp = hashlib.sha256(file.read()).hexdigest()
        for entry in os.listdir(source):
            shutil.copy(os.path.join(source, entry), folder)
        mark = os.path.join(folder, "installed")
        if wants(mark, stamp):
            print(f"== {self.name}: npm ci", flush=True)
            run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error",
                cwd=folder)
            write(mark, stamp)
        return folder

    def npm_version(self, package, name=None):
        """The version of a package that npm() installed."""
        path = os.path.join(self.cache, f"npm-{name or self.name}",
                            "node_modules", package, "package.json")
        with open(path, encoding="utf-8") as file:
            return json.load(file)["version"]

    def node(self, major=20, minor=15):
        """A Node.js of at least this version: the system's, or else npm's."""
        if node_version("node") >= (major, minor):
            return shutil.which("node")
        arch = {"x86_64": "x64", "aarch64": "arm64"}[platform.machine()]
        package = NODE_PACKAGE.format(arch)
        folder = os.path.join(self.cache, "node")
        node = os.path.join(folder, "node_modules", package, "bin", "node")
        if not os.path.exists(node):
            os.makedirs(folder, exist_ok=True)
            run("npm", "install", "--no-save", "--no-audit", "--no-fund",
                "--prefix", folder, f"{package}@{NODE_VERSION}")
        return node

    def deb(self, *packages):
        """Unpacks packages of this Debian without installing them, so that no
        service starts; returns the folder, which has usr/ and so on, and the
        version of the first package."""
        folder = os.path.join(self.place, "root")
        mark = os.path.join(folder, "installed")
        if wants(mark, " ".join(packages)):
            print(f"== {self.name}: apt-get download", flush=True)
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            os.chmod(folder, 0o755)
            # As root, apt-get would drop its rights, which may not write here.
            download = ["apt-get", "-qq", "-o", "APT::Sandbox::User=root",
                        "download", *packages]
            try:
                run(*download, cwd=folder)
            except RuntimeError:
                run("apt-get", "-qq", "update")
                run(*download, cwd=folder)
            for package in glob.glob(os.path.join(folder, "*.deb")):
                run("dpkg-deb", "-x", package, folder)
            write(mark, " ".join(packages))
        file, = glob.glob(os.path.join(folder, f"{packages[0]}_*.deb"))
        version = os.path.basename(file).split("_")[1].replace("%3a", ":")
        return folder, re.sub(r"^\d+:|-.*", "", version)

    def deb_environment(self):
        """For a program that deb() unpacked together with its libraries."""
        return {"LD_LIBRARY_PATH": ":".join(glob.glob(
            os.path.join(self.place, "root", "usr/lib/*-linux-gnu*")))}
