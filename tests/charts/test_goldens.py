"""Charts are drawn to the byte as they were when somebody looked at them."""

import pytest

from tests.charts.goldens import CASES, FOLDER, path_of
from tests.charts.made import parse_chart


@pytest.mark.parametrize("name", CASES)
def test_a_chart_is_drawn_as_its_golden_is(name: str) -> None:
    assert CASES[name]() == path_of(name).read_text(), (
        f"look at it: python -m tests.charts.goldens --sheet sheet.html, then --rewrite ({name})"
    )


@pytest.mark.parametrize("name", [name for name in CASES if not name.startswith("file")])
def test_a_golden_holds_only_what_may_stand_in_a_chart(name: str) -> None:
    parse_chart(path_of(name).read_text())


def test_every_golden_belongs_to_a_case() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(CASES)
