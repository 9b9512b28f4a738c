"""Every case of reliability and security has a test that names it, and every name means a case."""

import ast
from pathlib import Path

from tests.conftest import CASE
from tests.promises import CASES, PROMISES, THREATS

TESTS = Path(__file__).parent


def named_cases() -> dict[str, set[str]]:
    """Cases named in the docstrings of tests and of their modules, and the files they stand in."""
    found: dict[str, set[str]] = {}
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        for node in (tree, *functions):
            for case in CASE.findall(ast.get_docstring(node) or ""):
                found.setdefault(case, set()).add(path.name)
    return found


def test_every_case_is_named_by_a_test() -> None:
    assert set(CASES) - set(named_cases()) == set()


def test_every_name_in_a_test_is_that_of_a_case() -> None:
    assert {case: files for case, files in named_cases().items() if case not in CASES} == {}


def test_every_case_shows_a_promise_or_meets_a_threat() -> None:
    shown = {case for claim in (*PROMISES.values(), *THREATS.values()) for case in claim.cases.split()}
    assert shown == set(CASES)
