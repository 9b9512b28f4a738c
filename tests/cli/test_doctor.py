from pathlib import Path

from tests.cli.test_main import lossboard
from webapp.store.database import open_database
from webapp.store.place import file_system


def test_a_diagnosis_names_versions_address_and_database(tmp_path: Path) -> None:
    open_database(tmp_path / "board.db").close()
    answer = lossboard("doctor", "--database", str(tmp_path / "board.db"), HOME=str(tmp_path), LOSSBOARD_PORT="0")
    assert (answer.returncode, answer.stderr) == (0, "")
    for fact in ("lossboard ", "python ", "sqlite ", "litestar ", "127.0.0.1:0: free", "LOSSBOARD_PORT=0", "check ok"):
        assert fact in answer.stdout


def test_a_diagnosis_works_before_there_is_a_database_and_makes_none(tmp_path: Path) -> None:
    answer = lossboard("doctor", HOME=str(tmp_path), SECRET_TOKEN="hunter2")
    assert answer.returncode == 0
    assert "not made yet" in answer.stdout
    assert "hunter2" not in answer.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_file_system_of_a_folder_is_named() -> None:
    assert file_system(Path("/proc")) == "proc"
