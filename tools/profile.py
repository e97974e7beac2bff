#!/usr/bin/env python3
"""Has an instrumented build answer what servers answer all day, and writes what it counted as text.

  BENCH_BUILD=build/instrumented tools/profile.py FILE

Chat completions, evaluations of the Authorization API, and decisions in one process, with the programs and loads of
bench/. Only functions that ran often are kept: what runs at the start alone needs no guidance and would make the file ten
times as large.
"""
import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench/support"))
import harness  # noqa: E402

OFTEN = 20_000  # times that some part of a function ran, in some 50,000 calls and 80,000 evaluations
PROFDATA = "llvm-profdata-19"


def load_bench(name: str):
    loader = importlib.machinery.SourceFileLoader(f"bench_{name}", str(ROOT / "bench" / name / "run"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def chat(folder: pathlib.Path) -> None:
    gateway = load_bench("gateway")
    ours = gateway.start_ours(folder, gateway.start_upstream(folder))
    for connections, seconds in ((64, 8), (8, 4), (1, 2)):
        ours.load(connections, seconds)
    harness.Program.stop_all()


def evaluations(folder: pathlib.Path) -> None:
    policy = load_bench("policy")
    policy.over_http(harness.Report("profile", 1), folder, 1, 6)
    harness.Program.stop_all()
    for policies, tenants, people in ((10, 1, 2), (10_000, 1, 250), (100, 100, 25)):
        decider = policy.Decider([str(harness.BUILD / "bench/policy_decide"), "measure", *map(str, (policies, tenants, people))])
        decider.ready()
        decider.measure(1)
        decider.process.stdin.close()  # it writes its counts when it ends
        decider.process.wait()


def functions(text: str) -> list[str]:
    """Of a profile as text: each function's name, hash, counts, and what follows them."""
    return [block for block in text.replace(":ir\n", "").split("\n\n") if block.strip() and not block.startswith(":")]


def ran_often(function: str) -> bool:
    numbers = [line for line in function.splitlines() if line and not line.startswith("#")]
    count = int(numbers[2])
    return max(map(int, numbers[3:3 + count]), default=0) >= OFTEN


def main() -> int:
    target = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="bailiwick-profile-") as name:
        folder = pathlib.Path(name)
        os.environ["LLVM_PROFILE_FILE"] = f"{folder}/counts/%m-%p.profraw"
        for work in (chat, evaluations):
            (folder / work.__name__).mkdir()
            harness.progress(work.__name__)
            work(folder / work.__name__)
        counts = sorted(map(str, (folder / "counts").glob("*.profraw")))
        text = subprocess.run([PROFDATA, "merge", "-sparse", "-text", "-o", "-", *counts], capture_output=True, text=True,
                              check=True).stdout
    kept = sorted(filter(ran_often, functions(text)))
    target.write_text(":ir\n" + "\n\n".join(function.strip() for function in kept) + "\n\n")
    harness.progress(f"written: {target.relative_to(ROOT)}, {len(kept)} functions, {target.stat().st_size >> 10} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
