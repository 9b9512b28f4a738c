import re

from tests.packaging.readme import README, ROOT, with_tables
from webapp.cli.main import COMMANDS


def test_the_tables_of_the_readme_are_those_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "run `make docs`"


def test_every_command_the_documents_name_exists() -> None:
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        named = set(re.findall(r"^lossboard ([a-z]+)|`lossboard ([a-z]+)", text, re.M))
        assert {first or second for first, second in named} <= COMMANDS.keys(), name
        words = set(re.findall(r"^make ([a-z]+)|`make ([a-z]+)", text, re.M))
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        assert all(re.search(rf"^{first or second}:", makefile, re.M) for first, second in words), name
