"""What every benchmark shares: pinned programs, wrk, medians over alternating rounds, and the report.

Core 0 belongs to the program under test, core 1 to the load and to what answers behind it.
"""
import dataclasses
import json
import os
import pathlib
import platform
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("BENCH_BUILD", ROOT / "build/release"))  # whose programs are run
TESTED_CORE, LOAD_CORE = "0", "1"
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, program: "Program", seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if program.process.poll() is not None:
            raise SystemExit(f"{program.name} ended with {program.process.returncode}; see {program.log}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise SystemExit(f"{program.name} did not listen on {port} in {seconds:.0f} s; see {program.log}")


class Program:
    """A program pinned to one core with all its threads and children, stopped when the benchmark ends."""

    running: list["Program"] = []

    def __init__(self, name: str, core: str, command: list[str], folder: pathlib.Path, environment: dict | None = None):
        self.name, self.log = name, folder / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(["taskset", "-c", core, *command], stdout=log, stderr=subprocess.STDOUT,
                                            cwd=folder, start_new_session=True, env={**os.environ, **(environment or {})})
        Program.running.append(self)

    def members(self) -> list[int]:
        """Process ids of the program and its children (nginx works in a child)."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    if os.getsid(int(entry.name)) == self.process.pid:
                        found.append(int(entry.name))
                except OSError:
                    pass
        return found

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far."""
        ticks = 0
        for pid in self.members():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / TICK

    def resident_mib(self) -> float:
        pages = sum(int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.members())
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        Program.running.remove(self)

    @classmethod
    def stop_all(cls) -> None:
        for program in list(cls.running):
            program.stop()


@dataclasses.dataclass
class Load:
    """One run of wrk against one program."""

    requests_per_second: float
    p50_us: float
    p99_us: float
    cpu_us_per_request: float


def wrk(program: Program, url: str, script: pathlib.Path, connections: int, seconds: float) -> Load:
    """Drives `url` from the load core. Any answer but 2xx, or a broken connection, ends the benchmark."""
    before = program.cpu_seconds()
    printed = subprocess.run(
        ["taskset", "-c", LOAD_CORE, "wrk", "-t1", "--timeout", "15s", f"-c{connections}", f"-d{seconds:g}s", "-s", str(script), url],
        capture_output=True, text=True, check=True).stdout
    used = program.cpu_seconds() - before
    result = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", printed)
    if not result:
        raise SystemExit(f"wrk printed no result for {program.name}:\n{printed}")
    requests, micros, bad, p50, p99 = map(int, result.groups())
    if bad or not requests:
        raise SystemExit(f"{program.name}: {bad} of {requests} requests failed; see {program.log}\n{printed}")
    return Load(requests * 1e6 / micros, p50, p99, used * 1e6 / requests)


@dataclasses.dataclass
class Row:
    case: str
    unit: str
    ours: float
    peer: float | None
    peer_name: str
    ratio: float | None
    min: float | None
    max: float | None


class Report:
    """Rows and targets; printed as a table and written to bench/out/NAME.json. `ratio` > 1: we are better."""

    def __init__(self, name: str, rounds: int):
        self.name, self.rounds = name, rounds
        self.rows: list[Row] = []
        self.targets: list[dict] = []
        self.measured: dict = {}  # what `bailiwick capacity --measured` reads

    def compare(self, case: str, unit: str, ours: list[float], peer_name: str, peer: list[float], *, less_is_better: bool) -> float:
        """Adds a row of medians; the ratio is the median of the rounds' own ratios."""
        ratios = [(p / o if less_is_better else o / p) for o, p in zip(ours, peer, strict=True) if o and p]
        ratio = statistics.median(ratios)
        self.rows.append(Row(case, unit, statistics.median(ours), statistics.median(peer), peer_name, ratio, min(ratios), max(ratios)))
        return ratio

    def alone(self, case: str, unit: str, ours: list[float]) -> float:
        self.rows.append(Row(case, unit, statistics.median(ours), None, "", None, None, None))
        return statistics.median(ours)

    def absent(self, case: str, peer_name: str, why: str) -> None:
        self.rows.append(Row(f"{case}: absent ({why})", "", 0, None, peer_name, None, None, None))

    def target(self, target_id: str, want: str, got: float, met: bool) -> None:
        self.targets.append({"id": target_id, "want": want, "got": round(got, 4), "met": met})

    def finish(self) -> int:
        """Prints and writes everything; the exit code: 0, or 3 when a target is missed."""
        print(f"\n{'case':<38}{'unit':<8}{'ours':>12}{'peer':>12}  {'peer':<12}{'ratio':>8}   spread")
        for r in self.rows:
            peer = "" if r.peer is None else f"{r.peer:,.1f}"
            ratio = "" if r.ratio is None else f"{r.ratio:8.2f}   {r.min:.2f}-{r.max:.2f}"
            print(f"{r.case:<38}{r.unit:<8}{r.ours:>12,.1f}{peer:>12}  {r.peer_name:<12}{ratio}")
        print()
        for t in self.targets:
            print(f"{'met   ' if t['met'] else 'MISSED'}  {t['id']}: want {t['want']}, got {t['got']:g}")
        out = ROOT / "bench" / "out" / f"{self.name}.json"
        out.parent.mkdir(exist_ok=True)
        out.write_text(json.dumps({"name": self.name, "machine": machine(), "rounds": self.rounds,
                                   "rows": [dataclasses.asdict(r) for r in self.rows], "targets": self.targets,
                                   "measured": self.measured}, indent=1) + "\n")
        print(f"\nwritten: {out.relative_to(ROOT)}")
        return 0 if all(t["met"] for t in self.targets) else 3


def machine() -> str:
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{model.group(1) if model else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}"


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
