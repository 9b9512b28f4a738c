"""`python -m webapp.demo live|finished FOLDER`: the training process of the demo, started by `lossboard demo`."""

import os
import sys
from pathlib import Path

from webapp.demo.runs import train_finished, train_live


def main(part: str, folder: Path) -> None:
    os.nice(5)  # the board comes first
    if part == "live":
        parent = os.getppid()
        train_live(folder, lambda: os.getppid() == parent)  # a killed board leaves no training behind
    else:
        train_finished(folder)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
