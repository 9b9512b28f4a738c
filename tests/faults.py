"""`make faults`: runs every test of a promised case in its long form, and ends with tables of what was asked and what was reached.

A case is reached when all its tests passed; one of which no test ran counts as a failure. The soak takes two hours and little of a core,
so it runs beside all others; what it prints comes last. Arguments go to pytest: `python -m tests.faults tests/wrapper` runs a part and
prints its rows.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.promises import CASES, PROMISES, THREATS


@dataclass(slots=True)
class Reached:
    """What came of the tests of one case. `figures` are what the tests measured."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    figures: list[str] = field(default_factory=list)

    def add(self, other: "Reached") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.seconds += other.seconds
        self.figures += other.figures

    @property
    def text(self) -> str:
        if not self.passed + self.failed + self.skipped:
            return "NO TEST RAN"
        failed = f"{self.failed} FAILED, " if self.failed else ""
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{failed}{self.passed} passed{skipped}, {self.seconds:.0f} s" + "".join(f"; {figure}" for figure in self.figures)

    @property
    def good(self) -> bool:
        return self.passed > 0 and not self.failed


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        soak, others = Path(folder) / "soak.xml", Path(folder) / "others.xml"
        with tempfile.TemporaryFile("w+") as printed:
            beside = subprocess.Popen(command("soak", soak, arguments), stdout=printed, stderr=subprocess.STDOUT)
            codes = {subprocess.run(command("(faults or promised) and not soak", others, arguments), check=False).returncode, beside.wait()}
            printed.seek(0)
            print(printed.read())
        reached = read_reached(test for path in (soak, others) if path.exists() for test in ElementTree.parse(path).iter("testcase"))
    print_tables(reached, whole=not arguments)
    codes -= {pytest.ExitCode.NO_TESTS_COLLECTED}  # a part has no soak, or is the soak
    return int(codes != {pytest.ExitCode.OK} or (not arguments and not all(found.good for found in reached.values())))


def command(marked: str, results: Path, arguments: list[str]) -> list[str]:
    """Runs the tests that are `marked` so, and writes what came of them to the file `results`."""
    return [sys.executable, "-m", "pytest", "-q", "-m", marked, "-o", "junit_family=xunit1", f"--junitxml={results}", *arguments]


def read_reached(tests: Iterable[ElementTree.Element]) -> dict[str, Reached]:
    """What was reached, by case."""
    reached = {case: Reached() for case in CASES}
    for test in tests:
        told = [(told.get("name"), told.get("value", "")) for told in test.iter("property")]
        failed = test.find("failure") is not None or test.find("error") is not None
        skipped = test.find("skipped") is not None
        one = Reached(
            int(not failed and not skipped), int(failed), int(skipped), float(test.get("time", 0)), [v for n, v in told if n == "reached"]
        )
        for case in {case for name, value in told if name == "cases" for case in value.split()}:
            reached[case].add(one)
    return reached


def print_tables(reached: Mapping[str, Reached], *, whole: bool) -> None:
    """The cases, the threats and the promises; of a part only the cases that ran."""
    print(f"\n{'case':<58}{'asked':<60}reached")
    for name, case in CASES.items():
        if whole or reached[name].text != "NO TEST RAN":
            print(f"{name} {case.what:<54}{case.asked:<60}{reached[name].text}")
    if not whole:
        return
    print(f"\n{'threat':<58}{'tests':<60}reached")
    for name, threat in THREATS.items():
        print(f"{name:<4}{threat.what:<54}{threat.cases:<60}{verdict(threat.cases, reached)}")
    print(f"\n{'promise':<58}{'tests':<34}{'asked':<60}reached")
    for name, promise in PROMISES.items():
        print(f"{name:<4}{promise.what:<54}{promise.cases:<34}{promise.asked:<60}{verdict(promise.cases, reached)}")


def verdict(cases: str, reached: Mapping[str, Reached]) -> str:
    """Whether all cases are reached, with the figures that their tests measured."""
    names = cases.split()
    bad = [case for case in names if not reached[case].good]
    said = f"NOT: {' '.join(bad)}" if bad else f"yes, {sum(reached[case].passed for case in names)} tests passed"
    return "; ".join([said, *(f"{case}: {', '.join(reached[case].figures)}" for case in names if reached[case].figures)])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
