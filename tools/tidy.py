#!/usr/bin/env python3
"""Runs clang-tidy over src/ and tests/, two files at a time, and remembers what was clean.

A file is checked again only when it, a header it includes, or .clang-tidy changed; the compiler's own
dependency files say which headers those are. Exit 1 when anything is found.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def included_headers(build: pathlib.Path) -> dict[str, list[str]]:
    """Source file -> project headers, from ninja's dependency log."""
    text = subprocess.run(["ninja", "-C", str(build), "-t", "deps"], capture_output=True, text=True, check=False).stdout
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        if not line.startswith("    "):
            current = []
            continue
        path = os.path.realpath(build / line.strip())
        if path.endswith(".cc"):
            current = found.setdefault(path, [])
        elif path.startswith(str(ROOT)):
            current.append(path)
    return found


def digest(paths: list[str]) -> str:
    sum_ = hashlib.sha256()
    for path in sorted(set(paths)):
        try:
            sum_.update(path.removeprefix(str(ROOT)).encode() + b"\0" + pathlib.Path(path).read_bytes())
        except OSError:
            sum_.update(b"missing")
    return sum_.hexdigest()


def check(build: pathlib.Path, source: str) -> tuple[str, bool, str]:
    run = subprocess.run(
        ["clang-tidy-19", "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", source],
        capture_output=True, text=True, check=False)
    return source, run.returncode == 0, run.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build/dev")
    parser.add_argument("--room")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    build = (ROOT / options.build).resolve()
    commands = json.loads((build / "compile_commands.json").read_text())
    prefix = f"{ROOT}/src/{options.room}/" if options.room else f"{ROOT}/"
    sources = sorted({c["file"] for c in commands
                      if c["file"].startswith(prefix) and c["file"].endswith(".cc") and "/build/" not in c["file"]
                      and "cmake_pch" not in c["file"]})
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "bailiwick-tidy"
    cache.mkdir(parents=True, exist_ok=True)
    headers = included_headers(build)
    all_headers = [str(p) for p in (ROOT / "src").rglob("*.h")] + [str(p) for p in (ROOT / "tests").rglob("*.h")]
    stamps = {s: cache / digest([s, f"{ROOT}/.clang-tidy", *headers.get(s, all_headers)]) for s in sources}
    todo = [s for s in sources if not stamps[s].exists()]
    print(f"{len(sources)} files, {len(todo)} to check", file=sys.stderr)
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for source, clean, output in pool.map(lambda s: check(build, s), todo):
            if clean:
                stamps[source].touch()
            else:
                bad += 1
                print(output)
    if bad:
        print(f"{bad} files with findings", file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
