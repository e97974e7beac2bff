#!/usr/bin/env python3
"""The wall between rooms: fails on any include, clock, test or file size that the design does not allow.

    check_rooms.py [ROOT]        checks the tree below ROOT (default: this project); exit 1 on any fault
    check_rooms.py --selftest    plants one violation of each rule in a copy and shows that each is found

One include root and static libraries do not stop an include; this does. The rows, edges and pure rooms are data in
tools/rooms.toml; the rooms that may see Asio are those marked HTTP in src/CMakeLists.txt. Faults go to stdout as
`file:line: rule: remedy`; warnings say `warning` before the rule and never fail.
"""

import re
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Iterator, NamedTuple

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CLOCK_NOW = re.compile(r"\b(system_clock|steady_clock|high_resolution_clock|utc_clock|tai_clock|file_clock)\s*::\s*now\b")
BOOL_PARAMETER = re.compile(r"(?:[(,]|^)\s*(?:const\s+)?bool\s+\w+\s*(?:=\s*\w+\s*)?[,)]")
HTTP_ROOM = re.compile(r"^\s*bailiwick_room\(\s*(\w+)\s+HTTP\b", re.MULTILINE)
SOURCE_SUFFIXES = {".cc", ".h"}
LINES_FAIL, LINES_WARN = 800, 400

# What a room that does no I/O may not include, and what to do instead.
IMPURE = {
    "thread": "take what it needs as an argument and let an outer room own the thread",
    "future": "take what it needs as an argument and let an outer room own the thread",
    "fstream": "take the bytes as an argument",
    "filesystem": "take the bytes as an argument",
    "cstdio": "take the bytes as an argument",
    "unistd.h": "take the bytes as an argument",
    "fcntl.h": "take the bytes as an argument",
    "sys/stat.h": "take the bytes as an argument",
    "sys/mman.h": "take the bytes as an argument",
    "sys/socket.h": "take a port as an argument and speak to the network from an outer room",
}


class Fault(NamedTuple):
    path: Path
    line: int
    rule: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {'warning: ' if self.warning else ''}{self.rule}: {self.remedy}"


class Plan:
    """rooms.toml as questions: which room may use which."""

    def __init__(self, root: Path):
        self.path = Path("tools/rooms.toml")
        text = (root / self.path).read_text()
        table = tomllib.loads(text)
        self.row = {room: number for number, rooms in enumerate(table["rows"]) for room in rooms}
        self.edges = [(edge.get("from"), edge.get("to"), edge.get("reason", "")) for edge in table.get("edge", [])]
        self.edge_lines = [n for n, line in enumerate(text.splitlines(), 1) if line.strip() == "[[edge]]"]
        self.only = {room: set(allowed) for room, allowed in table.get("only", {}).items()}
        self.pure = set(table["pure"])
        self.adapters = [folder.strip("/") + "/" for folder in table["adapters"]]
        self.http = set(HTTP_ROOM.findall((root / "src/CMakeLists.txt").read_text()))

    def faults(self) -> Iterator[Fault]:
        for line, (source, target, reason) in zip(self.edge_lines, self.edges):
            if not reason:
                yield Fault(self.path, line, "edge-reason", f"say why {source} needs {target} in `reason`")
            if {source, target} == {"gateway", "api"}:
                yield Fault(self.path, line, "edge-forbidden", "gateway and api never see each other; move what they share to edge")
            elif self.row.get(source) is None or self.row.get(source) != self.row.get(target):
                yield Fault(self.path, line, "edge-row", f"an edge joins two rooms of one row, and {source} and {target} are not in one")

    def refusal(self, source: str, target: str) -> str | None:
        """Why `source` may not include from `target`, with the remedy; None when it may."""
        if target not in self.row:
            return f"`{target}` is no room; include by room (`room/file.h`) or add it to a row of {self.path}"
        if source == target:
            return None
        if source in self.only:
            if target in self.only[source]:
                return None
            return f"{source} may use only {', '.join(sorted(self.only[source]))}; go through one of these"
        if self.row[target] < self.row[source] or any(edge[:2] == (source, target) for edge in self.edges):
            return None
        if self.row[target] > self.row[source]:
            return f"{target} comes after {source}; pass what is needed in, or move what they share to an earlier room"
        return f"{source} and {target} share a row; name what they share in an earlier room, or write the edge in {self.path} with its reason"


def code_lines(path: Path) -> list[str]:
    """The lines of a file without `//` comments; line numbers are kept."""
    return [re.sub(r"(?<!:)//.*", "", line) for line in path.read_text(errors="replace").splitlines()]


def check_include(plan: Plan, path: Path, line: int, quoted: bool, name: str) -> Iterator[Fault]:
    inside = path.relative_to("src").as_posix()
    room = inside.split("/")[0]
    if quoted:
        if reason := plan.refusal(room, name.split("/")[0]):
            yield Fault(path, line, "direction", reason)
        for folder in plan.adapters:
            if name.startswith(folder) and room != "app" and not inside.startswith(folder):
                yield Fault(path, line, "adapter", f"only app may include {folder}; take the port from storage instead")
    if room in plan.pure and (name in IMPURE or name.startswith(("netinet/", "arpa/"))):
        yield Fault(path, line, "pure", f"{room} does no I/O; {IMPURE.get(name, IMPURE['sys/socket.h'])}")
    if name.startswith("boost/asio") and room not in plan.http:
        yield Fault(path, line, "asio", f"{room} is no HTTP room; use net's types, or mark the room HTTP in src/CMakeLists.txt")


def check_source(plan: Plan, root: Path, path: Path) -> Iterator[Fault]:
    relative = path.relative_to(root)
    room = relative.parts[1]
    lines = code_lines(path)
    if room not in plan.row:
        yield Fault(relative, 1, "room", f"add `{room}` to a row of {plan.path}")
        return
    if len(lines) > LINES_FAIL:
        yield Fault(relative, LINES_FAIL + 1, "size", f"{len(lines)} lines; split it by what its parts are about")
    elif len(lines) > LINES_WARN:
        yield Fault(relative, LINES_WARN + 1, "size", f"{len(lines)} lines; look for a second thing in it", True)
    for number, line in enumerate(lines, 1):
        if match := INCLUDE.match(line):
            yield from check_include(plan, relative, number, match[1] == '"', match[2])
        if CLOCK_NOW.search(line) and relative.as_posix() != "src/base/clock.cc":
            yield Fault(relative, number, "clock", "take a `const Clock&` (base/clock.h), so that tests can drive time")
        if relative.suffix == ".h" and BOOL_PARAMETER.search(line):
            yield Fault(relative, number, "bool-parameter", "name the two cases in an `enum class`", True)
        if "PermitMaker" in line and relative.as_posix() != "src/tenancy/permit.h":
            yield Fault(relative, number, "test-permit", "only identity::Gatekeeper makes permits here; PermitMaker is for tests")


def check_unit_test(root: Path, path: Path) -> Iterator[Fault]:
    """A test is named after a source of its room; `sub_file_test.cc` may also stand for `sub/file.cc`."""
    relative = path.relative_to(root)
    room = relative.parts[2]
    if not path.stem.endswith("_test"):
        yield Fault(relative, 1, "test-name", "name it `<file>_test.cc` after the source it tests; helpers live in tests/support")
        return
    wanted = path.stem.removesuffix("_test")
    folder = root / "src" / room
    sources = [source.relative_to(folder) for source in folder.rglob("*") if source.suffix in SOURCE_SUFFIXES]
    names = {source.stem for source in sources} | {"_".join(source.with_suffix("").parts) for source in sources}
    if wanted not in names:
        yield Fault(relative, 1, "orphan-test", f"src/{room}/{wanted}.cc and .h do not exist; name the test after what it tests")


def check(root: Path) -> list[Fault]:
    plan = Plan(root)
    faults = list(plan.faults())
    for path in sorted((root / "src").rglob("*")):
        if path.suffix in SOURCE_SUFFIXES and len(path.relative_to(root).parts) > 2:
            faults += check_source(plan, root, path)
    for path in sorted((root / "tests/unit").glob("*/**/*.cc")):
        faults += check_unit_test(root, path)
    return faults


# rule → file to plant → its text. A rule that some text here does not set off fails the self-test.
PLANTED = [
    ("direction", "src/base/planted.h", '#include "tenancy/tenant_id.h"\n'),
    ("direction", "src/gateway/planted.h", '#include "api/routes.h"\n'),
    ("direction", "src/cli/planted.h", '#include "identity/gatekeeper.h"\n'),
    ("direction", "src/base/planted_flat.h", '#include "result.h"\n'),
    ("adapter", "src/ledger/planted.h", '#include "storage/sqlite/statement.h"\n'),
    ("pure", "src/metering/planted.cc", "#include <thread>\n"),
    ("pure", "src/policy/planted.cc", "#include <netinet/in.h>\n"),
    ("asio", "src/storage/planted.cc", "#include <boost/asio/post.hpp>\n"),
    ("clock", "src/routing/planted.cc", "auto t = std::chrono::steady_clock::now();\n"),
    ("size", "src/base/planted_long.cc", "\n" * 900),
    ("size", "src/base/planted_longish.cc", "\n" * 500),
    ("bool-parameter", "src/base/planted_bool.h", "void open(int mode, bool create = false);\n"),
    ("test-permit", "src/runs/planted.h", "namespace bailiwick::testing_support { struct PermitMaker {}; }\n"),
    ("room", "src/attic/planted.cc", "int x;\n"),
    ("orphan-test", "tests/unit/base/nowhere_test.cc", "\n"),
    ("test-name", "tests/unit/base/helpers.cc", "\n"),
]
PLANTED_EDGES = [
    ("edge-reason", 'from = "crypto"\nto = "config"'),
    ("edge-forbidden", 'from = "gateway"\nto = "api"\nreason = "haste"'),
    ("edge-row", 'from = "base"\nto = "api"\nreason = "haste"'),
]
INNOCENT = [  # what looks like a violation and is none
    ("src/app/innocent.cc", '#include "storage/sqlite/statement.h"\n#include "gateway/routes.h"\n'),
    ("src/storage/sqlite/innocent.cc", '#include "storage/sqlite/statement.h"\n'),
    ("src/base/innocent.h", "// never steady_clock::now()\nstruct Options {\n  bool verbose = false;\n};\nbool open(int mode);\n"),
    ("tests/unit/storage/sqlite_innocent_test.cc", '#include "storage/sqlite/innocent.h"\n'),
]


def selftest(project: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "src").mkdir()
        (root / "tools").mkdir()
        shutil.copy(project / "src/CMakeLists.txt", root / "src")
        rooms = (project / "tools/rooms.toml").read_text()
        for name, text in INNOCENT + [(name, text) for _, name, text in PLANTED]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        (root / "tools/rooms.toml").write_text(rooms + "".join(f"\n[[edge]]\n{text}\n" for _, text in PLANTED_EDGES))
        # The planted gateway→api edge would excuse the planted include, so includes are judged by the real table.
        edge_rules = {fault.rule for fault in Plan(root).faults()}
        (root / "tools/rooms.toml").write_text(rooms)
        found = {(fault.rule, fault.path.as_posix()) for fault in check(root)}
    missed = [f"{rule} in {name}" for rule, name, _ in PLANTED if (rule, name) not in found]
    missed += [f"{rule} in tools/rooms.toml" for rule, _ in PLANTED_EDGES if rule not in edge_rules]
    wrong = [f"{rule} in {name}" for rule, name in sorted(found - {(rule, name) for rule, name, _ in PLANTED})]
    for text in missed:
        print(f"selftest: not found: {text}")
    for text in wrong:
        print(f"selftest: found where there is none: {text}")
    print(f"selftest: {len(PLANTED) + len(PLANTED_EDGES)} violations planted, {len(missed)} missed, {len(wrong)} false")
    return 1 if missed or wrong else 0


def main(arguments: list[str]) -> int:
    project = Path(__file__).resolve().parent.parent
    if arguments == ["--selftest"]:
        return selftest(project)
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    faults = check(Path(arguments[0]).resolve() if arguments else project)
    for fault in faults:
        print(fault)
    failed = sum(not fault.warning for fault in faults)
    print(f"rooms: {failed} faults, {len(faults) - failed} warnings", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
