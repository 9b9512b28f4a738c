"""Golden logs: what the parser reads from every log under tests/logs, as JSON beside it.

`python -m tests.goldens` shows the differences; `--rewrite` rewrites the files. Read a golden by eye before it is
committed: it says what is right, not what the parser happens to do.
"""

import difflib
import json
import sys
from pathlib import Path

from parser import parse_file
from webapp.metrics_json import metrics_json

LOGS = Path(__file__).parent / "logs"
LISTED = 40  # points a metric written out; of longer series the first, some of the middle and the last


def golden_of(log: Path) -> str:
    """The golden text of a log: per metric its origin, its step source and its points as [step, value]."""
    read = parse_file(log)
    points = metrics_json(read.points, read.series)
    metrics = {}
    for name, rows in points.items():
        info = read.series[name]
        pairs = [[row["step"], row["value"]] for row in rows]
        if len(pairs) > LISTED:
            pairs = [*pairs[: LISTED // 2], ["…", len(pairs) - LISTED], *pairs[-LISTED // 2 :]]
        metrics[name] = {"printed": info.printed, "format": info.format, "step_source": info.rule.source, "points": pairs}
    lines = ["{"]
    for number, (name, one) in enumerate(metrics.items()):
        lines.append(
            f" {json.dumps(name, ensure_ascii=False)}: {json.dumps(one, ensure_ascii=False)}{',' if number + 1 < len(metrics) else ''}"
        )
    return "\n".join([*lines, "}"]) + "\n"


def golden_path(log: Path) -> Path:
    return log.with_suffix(".points.json")


def logs_with_goldens() -> list[Path]:
    """Every log that has a golden, and every log of a format's folder that should have one."""
    return sorted(log for log in LOGS.rglob("*.log") if golden_path(log).exists())


def main() -> int:
    write = "--rewrite" in sys.argv
    different = 0
    for log in sorted(LOGS.rglob("*.log")) if write else logs_with_goldens():
        path, text = golden_path(log), golden_of(log)
        old = path.read_text("utf-8") if path.exists() else ""
        if old == text:
            continue
        different += 1
        if write:
            path.write_text(text, "utf-8")
        print("\n".join(difflib.unified_diff(old.splitlines(), text.splitlines(), str(path), "now", lineterm="", n=0))[:4000])
    print(f"{different} different")
    return 0 if write or not different else 1


if __name__ == "__main__":
    sys.exit(main())
