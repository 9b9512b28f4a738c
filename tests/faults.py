"""`make faults`: runs the long forms of the fault, attack and fuzz tests and ends with a table: promise, test, figure asked, reached.

A row is reached when every test of it passed; a row none of whose tests ran says so, and counts as a failure.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One promise: its words, where its tests are (parts of their names), and the figure that they hold."""

    promise: str
    tests: str
    asked: str


ROWS = (
    Row("Every line counted once, over kills", "tests.ingest.test_kill", "0 lost, 0 double"),
    Row("A replaced file is told apart", "tests.ingest.test_identity", "no line twice, none missing"),
    Row("Many live logs stay usable", "tests.ingest.test_load", "as the tests say"),
    Row("Damaged, full and locked databases", "tests.store.test_database", "no loss"),
    Row("The wrapper passes every byte", "tests.wrapper.test_bytes", "byte-equal"),
    Row("Log text never runs in a browser", "tests.security.test_xss", "0 dialogs, 0 violations, 0 requests"),
    Row("No made-up request is a fault", "tests.fuzz.test_schema", "0 answers of 500"),
    Row("No bytes break parser, terminal, guard", "tests.fuzz.test_targets", "0 errors in 10 minutes"),
)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        code = subprocess.run([sys.executable, "-m", "pytest", "-m", "faults", f"--junitxml={results}"], check=False).returncode
        cases = list(ElementTree.parse(results).iter("testcase")) if results.exists() else []  # written by the run above
    missing = print_table(cases)
    return code or int(missing)


def print_table(cases: list[ElementTree.Element]) -> bool:
    """Prints every row with what was reached; tells whether a row had no test."""
    missing = False
    print(f"\n{'promise':<42}{'test':<30}{'asked':<38}reached")
    for row in ROWS:
        mine = [case for case in cases if case.get("classname", "").startswith(row.tests)]
        bad = [case for case in mine if case.find("failure") is not None or case.find("error") is not None]
        skipped = [case for case in mine if case.find("skipped") is not None]
        missing = missing or len(mine) == len(skipped)
        seconds = sum(float(case.get("time", 0)) for case in mine)
        passed = len(mine) - len(bad) - len(skipped)
        reached = f"{passed} of {len(mine)} passed, {seconds:.0f} s" if mine else "no test ran"
        print(f"{row.promise:<42}{row.tests.removeprefix('tests.'):<30}{row.asked:<38}{reached}")
    return missing


if __name__ == "__main__":
    raise SystemExit(main())
