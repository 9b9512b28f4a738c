import http.cookiejar
import re
import urllib.parse
import urllib.request
from pathlib import Path

from tests.cli.boards import fetch, running
from tests.cli.test_main import lossboard
from tests.packaging.readme import README


def token(tmp_path: Path, *arguments: str) -> tuple[int, str, str]:
    answer = lossboard("token", *arguments, HOME=str(tmp_path))
    return answer.returncode, answer.stdout, answer.stderr


def test_a_token_opens_the_api_and_ends_when_it_is_revoked(tmp_path: Path) -> None:
    """T51"""
    code, printed, told = token(tmp_path, "create", "notebook")
    secret = printed.strip()
    assert (code, len(secret)) == (0, 43)
    assert told == "Token notebook may read. It is shown only now:\n"
    (tmp_path / "runs").mkdir()
    with running("serve", tmp_path / "runs", "--port", "0", home=tmp_path) as board:
        api = board.url.partition("login")[0] + "api/v1/runs"
        assert fetch(api)[0] == 401
        assert fetch(api, Authorization=f"Bearer {secret}")[0] == 200
    assert token(tmp_path, "list")[1] == "notebook  read\n"
    assert token(tmp_path, "revoke", "notebook")[0] == 0
    assert token(tmp_path, "list")[1] == ""
    assert token(tmp_path, "revoke", "notebook") == (
        2,
        "",
        "There is no token of that name.\nnotebook\n`lossboard token list` shows them.\n",
    )


def test_a_running_board_takes_a_new_token_and_a_revoked_one_ends(tmp_path: Path) -> None:
    """T51"""
    with running("serve", "--port", "0", home=tmp_path) as board:
        origin = board.url.partition("login")[0]
        api, secrets = origin + "api/v1/runs", {}
        for name in ("first", "second", "second"):
            code, printed, told = token(tmp_path, "create", name, "--scope", "admin")
            assert (code, told) == (0, f"Token {name} may admin. It is shown only now:\n")
            secrets.setdefault(name, []).append(printed.strip())
        assert token(tmp_path, "list")[1] == "first  admin\nsecond  admin\n"
        assert token(tmp_path, "revoke", "first")[0] == 0
        assert token(tmp_path, "revoke", "first")[0] == 2
        assert token(tmp_path, "list")[1] == "second  admin\n"
        older, newer = secrets["second"]
        assert [fetch(api, Authorization=f"Bearer {secret}")[0] for secret in (*secrets["first"], older, newer)] == [401, 401, 200]
        assert token(tmp_path, "list")[1] == "second  admin\n"  # now by the database
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        assert browser.open(origin + "login", urllib.parse.urlencode({"token": newer}).encode(), timeout=30).url == origin
        assert not any(newer in line for line in board.printed)
    assert token(tmp_path, "list")[1] == "second  admin\n"


def test_a_token_is_revoked_while_a_board_locks_its_database(tmp_path: Path) -> None:
    """T51"""
    database = str(tmp_path / "board.db")
    with running("serve", "--port", "0", "--journal", "delete", home=tmp_path, LOSSBOARD_DATABASE=database) as board:
        api = board.url.partition("login")[0] + "api/v1/runs"
        secret = token(tmp_path, "create", "me", "--database", database)[1].strip()
        code, printed, told = token(tmp_path, "revoke", "me", "--database", database)
        assert (code, printed) == (0, "")
        assert told == "The board keeps its database locked, so it is not known whether there was a token me; there is none now.\n"
        assert fetch(api, Authorization=f"Bearer {secret}")[0] == 401


def test_the_secret_stands_in_no_file(tmp_path: Path) -> None:
    """T51"""
    secret = token(tmp_path, "create", "ci", "--scope", "push", "--scope", "read")[1].strip().encode()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(secret in path.read_bytes() for path in files)
    assert token(tmp_path, "list")[1] == "ci  push read\n"


def test_a_name_that_would_confuse_a_terminal_is_refused(tmp_path: Path) -> None:
    code, _, told = token(tmp_path, "create", "a\x1b[31mb")
    assert (code, told) == (2, "A token's name is 1 to 100 printable characters.\na␛[31mb\n")


def test_the_token_that_the_readme_makes_for_a_service_logs_in(tmp_path: Path) -> None:
    """T51"""
    text = README.read_text(encoding="utf-8")
    database = re.search(r"^Environment=LOSSBOARD_DATABASE=(\S+)", text, re.M)
    words = re.search(r"^sudo \S+/lossboard (token create .*)$", text, re.M)
    container = re.search(r"^docker run --rm --entrypoint lossboard .* lossboard (token create .*)$", text, re.M)
    assert database
    assert words
    assert container
    assert words[1] == f"{container[1]} --database {database[1]}"
    own = tmp_path / "state" / "lossboard.db"
    with running("serve", "--port", "0", home=tmp_path, LOSSBOARD_DATABASE=str(own)) as board:
        code, printed, _ = token(tmp_path, *words[1].replace(database[1], str(own)).split()[1:])
        assert code == 0
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
        origin = board.url.partition("login")[0]
        assert browser.open(origin + "login", urllib.parse.urlencode({"token": printed.strip()}).encode(), timeout=30).url == origin
        assert browser.open(origin + "api/v1/runs", timeout=30).status == 200
