"""Commands as they are typed, in a folder of their own; and logs to give them."""

import contextlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from webapp.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests" / "logs"


@dataclass(frozen=True)
class Answer:
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Shell:
    """Runs `lossboard`; data, state and spool lie below `home`."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        own = {name: text for name, text in os.environ.items() if not name.startswith(("LOSSBOARD_", "XDG_"))}
        return own | {"HOME": str(self.home), "PYTHONPATH": str(ROOT)}

    def run(self, *words: object, input: bytes | None = None, code: int = 0) -> Answer:
        """The command in this process, which is many times faster than one of its own.

        In a thread: a browser that other tests have open keeps an event loop in the main one, and `import` wants one for itself.
        """
        unset = {name: None for name in os.environ if name.startswith(("LOSSBOARD_", "XDG_"))}
        environment, arguments = unset | {"HOME": str(self.home)}, [str(word) for word in words]
        with contextlib.chdir(self.home), ThreadPoolExecutor(1) as threads:
            result = threads.submit(CliRunner().invoke, main, arguments, input=input, env=environment).result(120)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return self.check(Answer(result.exit_code, result.stdout, result.stderr), code)

    def start(self, *words: object, code: int = 0, **environment: str) -> Answer:
        """The command in a process of its own."""
        command = [sys.executable, "-P", "-m", "webapp.cli.main", *map(str, words)]
        done = subprocess.run(command, env=self.environment | environment, capture_output=True, text=True, timeout=120, cwd=self.home)
        assert "Traceback" not in done.stderr
        return self.check(Answer(done.returncode, done.stdout, done.stderr), code)

    @staticmethod
    def check(answer: Answer, code: int) -> Answer:
        assert answer.code == code, f"exit {answer.code}: {answer.stderr}{answer.stdout[-2000:]}"
        return answer

    def write_log(self, name: str, steps: int = 100, start: float = 3.0) -> Path:
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [
            f"{{'loss': {start / (1 + step / 20):.4f}, 'grad_norm': 0.5, 'learning_rate': 1e-05, 'step': {step}}}"
            for step in range(1, steps + 1)
        ]
        path.write_text("\n".join(lines) + "\n")
        return path
