import re

from tests.packaging.readme import README, ROOT, with_tables
from webapp.cli.main import COMMANDS, main
from webapp.settings import settings_table


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


def test_the_service_and_the_container_call_serve_as_it_is() -> None:
    text = README.read_text(encoding="utf-8")
    unit = re.search(r"^ExecStart=\S+/lossboard (.*)$", text, re.M)
    container = re.search(r'^ENTRYPOINT \["lossboard", (.*)\]$', text, re.M)
    assert unit
    assert container
    for line in (unit[1].split(), [word.strip('"') for word in container[1].split(", ")]):
        with main.make_context("lossboard", list(line)) as context:
            command = main.get_command(context, line[0])
            assert command
            command.make_context(line[0], line[1:]).close()  # raises for an option that is not there
    variables = {row.variable for row in settings_table()}
    assert set(re.findall(r"LOSSBOARD_[A-Z_]+", text)) <= variables
