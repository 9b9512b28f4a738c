"""Runs one target under Atheris, which looks for bytes that reach new code: `python -m tests.fuzz.atheris_run read_log`.

Our modules only are instrumented. Atheris ends the process with another code than 0 at the first error, and prints the bytes.
"""

import sys

import atheris

with atheris.instrument_imports(include=["parser", "webapp"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
