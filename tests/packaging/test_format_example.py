import re
from pathlib import Path

from parser.formats import check_samples, read_format
from tests.packaging.readme import ROOT


def test_the_format_of_the_guide_is_a_whole_one_and_reads_its_sample(tmp_path: Path) -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- format example -->\n```toml\n(.*?)```", guide, re.S)
    assert found
    (tmp_path / "acme.toml").write_text(found[1], encoding="utf-8")
    one = read_format(tmp_path / "acme.toml")
    assert found[1].count("\n") <= 11
    check_samples(one)
