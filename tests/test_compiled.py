"""Compiled templates are kept between two starts, and taken only from a folder that nobody else can write to."""

import os
import stat
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from webapp.compiled import open_cache


def render(folder: Path, text: str) -> str:
    cache = open_cache(folder)
    assert cache is not None
    return Environment(loader=DictLoader({"page.html": text}), bytecode_cache=cache).get_template("page.html").render(name="loss")


def test_a_template_is_compiled_once_and_anew_when_it_changes(tmp_path: Path) -> None:
    folder = tmp_path / "cache" / "templates"
    assert render(folder, "{{ name }}!") == "loss!"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (kept,) = folder.iterdir()
    before = kept.stat().st_ino
    assert render(folder, "{{ name }}!") == "loss!"
    assert [entry.stat().st_ino for entry in folder.iterdir()] == [before]
    assert render(folder, "{{ name }}?") == "loss?"


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o722])
def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, mode: int) -> None:
    tmp_path.chmod(mode)
    assert open_cache(tmp_path) is None


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
        assert open_cache(tmp_path) is None
    else:
        assert open_cache(Path("/")) is None


def test_where_no_folder_can_be_made_templates_are_compiled_at_every_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert open_cache(tmp_path / "file" / "templates") is None


def test_a_cache_that_cannot_be_written_to_breaks_no_page(tmp_path: Path) -> None:
    cache = open_cache(tmp_path / "templates")
    (tmp_path / "templates").rmdir()
    assert Environment(loader=DictLoader({"p": "{{ 1 + 1 }}"}), bytecode_cache=cache).get_template("p").render() == "2"
