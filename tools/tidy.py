#!/usr/bin/env python3
"""Runs clang-tidy over src/ and tests/ and remembers what was clean.

clang-tidy spends nearly all its time on the headers of the system, so files with the same flags go to it as one
translation unit. A file whose private names collide with a neighbour's is checked alone.

A file is checked again only when it, a header of the project it includes, its flags or .clang-tidy changed.
Needs a configured build folder, not a built one. Exit 1 when anything is found.
"""
import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "bailiwick-tidy"
BATCH = 24  # files in one translation unit
CONFIG = ROOT / ".clang-tidy"
PRECOMPILED = re.compile(r"-Winvalid-pch -Xclang -include-pch -Xclang \S+ -Xclang -include -Xclang \S+")
DOES_NOT_COMPILE = re.compile(r"^(\S+?):\d+:.*\[clang-diagnostic-error", re.MULTILINE)


@functools.cache
def included(path: pathlib.Path) -> frozenset[pathlib.Path]:
    """The headers of the project that a file includes itself."""
    names = re.findall(rb'^#include "([^"]+)"', path.read_bytes(), re.MULTILINE)
    places = (folder / name.decode() for name in names for folder in (path.parent, ROOT / "src", ROOT / "tests"))
    return frozenset(place.resolve() for place in places if place.is_file())


def read_by(source: pathlib.Path) -> list[pathlib.Path]:
    """The file and every header of the project that it reads."""
    seen, ahead = set(), [source]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            ahead.extend(included(path))
    return sorted(seen)


def stamp(source: pathlib.Path, flags: str) -> pathlib.Path:
    """The file whose existence says that `source`, as it is now, is clean."""
    digest = hashlib.sha256(flags.replace(str(ROOT), "").encode())
    for path in [CONFIG, *read_by(source)]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return CACHE / digest.hexdigest()


class Batch:
    """Sources that share their flags, each with its stamp."""

    def __init__(self, unit: pathlib.Path, flags: str, stamps: dict[pathlib.Path, pathlib.Path]):
        self.unit, self.flags, self.stamps = unit, flags, stamps

    def check(self, sources: set[pathlib.Path] | None = None) -> list[str]:
        """What was found, as clang-tidy words it."""
        sources = sources or set(self.stamps)
        self.unit.write_text("".join(f'#include "{source}"\n' for source in sorted(sources)))
        run = subprocess.run(["clang-tidy-19", "--quiet", f"--config-file={CONFIG}", self.unit, "--",
                              *shlex.split(self.flags), "-w"], capture_output=True, text=True, check=False)
        broken = {pathlib.Path(name) for name in DOES_NOT_COMPILE.findall(run.stdout)}
        if broken and len(sources) > 1:
            alone = broken & sources or sources
            parts = [part for part in (sources - alone, *({source} for source in sorted(alone))) if part]
            return [finding for part in parts for finding in self.check(part)]
        if run.returncode != 0:
            return [run.stdout.replace(f"{ROOT}/", "") or run.stderr]
        for source in sources:
            self.stamps[source].touch()
        return []


def batches(build: pathlib.Path, folders: list[str]) -> tuple[list[Batch], int]:
    """What must be checked, the largest batch first, and how many sources there are in all."""
    stale: dict[str, dict[pathlib.Path, pathlib.Path]] = {}  # flags -> source -> stamp
    count = 0
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.suffix != ".cc" or not any(source.is_relative_to(ROOT / folder) for folder in folders):
            continue
        flags = PRECOMPILED.sub("", " ".join(entry["command"].split(" -o ")[0].split()[1:]))
        count += 1
        if not (clean := stamp(source, flags)).exists():
            stale.setdefault(flags, {})[source] = clean
    folder = build / "lint"
    folder.mkdir(exist_ok=True)
    found: list[Batch] = []
    for flags, stamps in stale.items():
        sources = list(stamps)
        for start in range(0, len(sources), BATCH):
            part = {source: stamps[source] for source in sources[start:start + BATCH]}
            found.append(Batch(folder / f"{len(found)}.cc", flags, part))
    return sorted(found, key=lambda batch: -len(batch.stamps)), count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--room", help="only src/ROOM and its unit tests")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args()
    folders = [f"src/{options.room}", f"tests/unit/{options.room}"] if options.room else ["src", "tests"]
    CACHE.mkdir(parents=True, exist_ok=True)
    todo, count = batches(ROOT / options.build, folders)
    print(f"{count} files, {sum(len(batch.stamps) for batch in todo)} to check", file=sys.stderr)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        findings = 0
        for found in pool.map(Batch.check, todo):
            findings += len(found)
            print(*found, sep="\n", end="", flush=True)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
