"""`make bench`: every figure the project promises, measured here and now, beside its goal.

Each `tests/bench_*.py` yields its figures; this driver runs them one after another, so that none disturbs the next, and prints one table.
Leaves with 1 where a goal is missed. CPU times and ratios can be compared between machines, wall times hardly.
"""

import argparse
import importlib
import sys
from pathlib import Path

from tests.figures import Figure, number, table

PARTS = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))


def main() -> int:
    choice = argparse.ArgumentParser(description=__doc__)
    choice.add_argument("parts", nargs="*", default=PARTS, help=f"which figures: {' '.join(PARTS)}; all by default")
    choice.add_argument("--skip-install", action="store_true", help="leave out the slow one")
    given = choice.parse_args()
    figures: list[Figure] = []
    for part in given.parts:
        if part == "install" and given.skip_install:
            continue
        print(f"measuring {part} …", file=sys.stderr)
        for figure in importlib.import_module(f"tests.bench_{part}").figures():
            print(f"  {figure.name}: {number(figure.measured)} {figure.unit}", file=sys.stderr)
            figures.append(figure)
    print(table(figures))
    return 0 if all(figure.reached for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
