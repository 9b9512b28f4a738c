"""Sessions, one-time codes and tokens: what lets somebody in, and for how long."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from webapp.store.access import (
    create_login_code,
    create_session,
    create_token,
    delete_session,
    delete_token,
    find_session,
    find_token,
    list_tokens,
    note_session,
    use_login_code,
)
from webapp.store.database import Database
from webapp.store.models import login_codes, login_sessions, now
from webapp.store.rows import SessionRow


def age(database: Database, table, column: str, by: timedelta) -> None:
    with database.write() as connection:
        connection.execute(update(table).values({column: now() - by}))


def test_a_session_lets_in_until_it_is_deleted(database: Database) -> None:
    """T52"""
    create_session(database, "one")
    assert find_session(database, "one")
    assert not find_session(database, "another")
    delete_session(database, "one")
    assert not find_session(database, "one")


def test_a_session_ends_after_seven_idle_days_and_after_thirty_in_all(database: Database) -> None:
    """T52"""
    create_session(database, "one")
    age(database, login_sessions, "seen_at", timedelta(days=6))
    assert find_session(database, "one")
    age(database, login_sessions, "seen_at", timedelta(days=8))
    assert not find_session(database, "one")
    age(database, login_sessions, "seen_at", timedelta(0))
    age(database, login_sessions, "created_at", timedelta(days=31))
    assert not find_session(database, "one")


def test_the_use_of_a_session_is_to_be_noted_every_ten_minutes(database: Database) -> None:
    create_session(database, "one")
    assert find_session(database, "one") == SessionRow(to_note=False)
    age(database, login_sessions, "seen_at", timedelta(minutes=11))
    assert find_session(database, "one") == SessionRow(to_note=True)
    note_session(database, "one")
    assert find_session(database, "one") == SessionRow(to_note=False)


def test_the_next_login_clears_sessions_that_have_ended(database: Database) -> None:
    create_session(database, "old")
    age(database, login_sessions, "seen_at", timedelta(days=8))
    create_session(database, "new")
    with database.read() as connection:
        assert [row.hashed for row in connection.execute(login_sessions.select())] == ["new"]


def test_an_unknown_session_stores_nothing(database: Database) -> None:
    """T52"""
    for n in range(100):
        assert not find_session(database, f"junk{n}")
    with database.read() as connection:
        assert connection.execute(login_sessions.select()).all() == []


def test_a_login_code_is_good_once_and_for_ten_minutes(database: Database) -> None:
    create_login_code(database, "code")
    assert not use_login_code(database, "other")
    assert use_login_code(database, "code")
    assert not use_login_code(database, "code")
    create_login_code(database, "late")
    age(database, login_codes, "created_at", timedelta(minutes=11))
    assert not use_login_code(database, "late")


@pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=365)])
def test_what_was_made_while_the_clock_was_ahead_does_not_last_for_longer(database: Database, ahead: timedelta) -> None:
    """T14"""
    create_login_code(database, "code")
    age(database, login_codes, "created_at", -ahead)
    assert not use_login_code(database, "code")
    create_session(database, "one")
    age(database, login_sessions, "created_at", -ahead)
    assert bool(find_session(database, "one")) == (ahead < timedelta(days=30))
    create_session(database, "two")
    age(database, login_sessions, "seen_at", -ahead)
    assert bool(find_session(database, "two")) == (ahead < timedelta(days=7))


def test_every_browser_is_logged_out_with_a_token_that_may_log_in(database: Database) -> None:
    """T51, T52: it may have been let in by that token."""
    create_token(database, "me", "first", ["admin"])
    create_token(database, "ci", "other", ["read", "push"])
    create_session(database, "one")
    delete_token(database, "ci")
    delete_token(database, "nobody")
    assert find_session(database, "one")
    create_token(database, "me", "second", ["admin"])
    assert not find_session(database, "one")
    create_session(database, "two")
    delete_token(database, "me")
    assert not find_session(database, "two")


def test_a_token_has_a_name_and_scopes_and_its_name_is_used_once(database: Database) -> None:
    create_token(database, "ci", "first", ["read", "push"])
    assert find_token(database, "first").scopes == ("read", "push")
    create_token(database, "ci", "second", ["read"])
    assert find_token(database, "first") is None
    assert [(token.name, token.scopes) for token in list_tokens(database)] == [("ci", ("read",))]
    assert delete_token(database, "ci")
    assert not delete_token(database, "ci")
