"""The tables of the README, made from the code: `make docs` writes them, a test keeps them current."""

import re
import tomllib
from pathlib import Path

from webapp.settings import settings_table

ROOT = Path(__file__).resolve().parent.parent.parent
README = ROOT / "README.md"


def settings_lines() -> str:
    rows = [f"| `{row.variable}` | {row.default} | {row.help} |" for row in settings_table()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def formats_lines() -> str:
    files = sorted((ROOT / "parser" / "formats").glob("*.toml"))
    formats = [tomllib.loads(path.read_text(encoding="utf-8")) for path in files]
    rows = [f"| [{one['title']}]({one['url']}) | {first_sentence(one['about'])} |" for one in formats]
    return "\n".join(["| format | what is read |", "|---|---|", *rows])


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[a-z`)])\. ", text, maxsplit=1)[0].rstrip(".").replace("|", "\\|") + "."


def with_tables(text: str) -> str:
    """The README with both tables as the code has them now."""
    for name, lines in (("settings", settings_lines()), ("formats", formats_lines())):
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        assert begin in text
        text = re.sub(f"{begin}.*?{end}", lambda _, lines=lines, begin=begin, end=end: f"{begin}\n{lines}\n{end}", text, flags=re.S)
    return text


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
