"""Who may come in: browser sessions, one-time login codes, tokens of programs. Only sha256 digests are stored, never a secret."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection, delete, insert, select, update

from webapp.store.database import Database
from webapp.store.models import login_codes, login_sessions, now, tokens
from webapp.store.rows import SessionRow, TokenRow

IDLE = timedelta(days=7)
OLDEST = timedelta(days=30)
CODE_LIFE = timedelta(minutes=10)
SEEN_STEP = timedelta(minutes=10)  # the use of a session is noted at most this often


def create_session(database: Database, hashed: str) -> None:
    """Keeps a new session and forgets those that have ended."""
    at = now()
    with database.write() as connection:
        old = (login_sessions.c.seen_at < at - IDLE) | (login_sessions.c.created_at < at - OLDEST)
        connection.execute(delete(login_sessions).where(old))
        connection.execute(insert(login_sessions).values(hashed=hashed, created_at=at, seen_at=at))


def find_session(database: Database, hashed: str) -> SessionRow | None:
    """The session if it is valid now: used within 7 days, made within 30."""
    at = now()
    with database.read() as connection:
        row = connection.execute(select(login_sessions).where(login_sessions.c.hashed == hashed)).first()
    if row is None or abs(at - row.seen_at) > IDLE or abs(at - row.created_at) > OLDEST:  # either way: the clock may have been ahead
        return None
    return SessionRow(to_note=row.seen_at < at - SEEN_STEP)


def note_session(database: Database, hashed: str) -> None:
    """Notes that the session is used now."""
    with database.write() as connection:
        connection.execute(update(login_sessions).where(login_sessions.c.hashed == hashed).values(seen_at=now()))


def delete_session(database: Database, hashed: str) -> None:
    with database.write() as connection:
        connection.execute(delete(login_sessions).where(login_sessions.c.hashed == hashed))


def create_login_code(database: Database, hashed: str) -> None:
    """Keeps a code that logs one browser in within ten minutes."""
    with database.write() as connection:
        connection.execute(delete(login_codes).where(login_codes.c.created_at < now() - CODE_LIFE))
        connection.execute(insert(login_codes).values(hashed=hashed, created_at=now()))


def use_login_code(database: Database, hashed: str) -> bool:
    """Whether the code was good; it is no more. A wrong one writes nothing, so that no flood of them holds up what is stored."""
    fresh = (login_codes.c.hashed == hashed) & login_codes.c.created_at.between(now() - CODE_LIFE, now() + CODE_LIFE)
    with database.read() as connection:
        if connection.execute(select(login_codes.c.hashed).where(fresh)).first() is None:
            return False
    with database.write() as connection:
        return connection.execute(delete(login_codes).where(fresh)).rowcount == 1


def create_token(database: Database, name: str, hashed: str, scopes: Iterable[str]) -> None:
    """Keeps a token under a name; a name that exists gets the new token in place of the old."""
    with database.write() as connection:
        _end_token(connection, name)
        connection.execute(insert(tokens).values(hashed=hashed, name=name, scopes=" ".join(scopes), created_at=now()))


def find_token(database: Database, hashed: str) -> TokenRow | None:
    with database.read() as connection:
        row = connection.execute(select(tokens.c.name, tokens.c.scopes).where(tokens.c.hashed == hashed)).first()
    return TokenRow(row.name, tuple(row.scopes.split())) if row else None


def list_tokens(database: Database) -> list[TokenRow]:
    with database.read() as connection:
        return [TokenRow(row.name, tuple(row.scopes.split())) for row in connection.execute(select(tokens).order_by(tokens.c.name))]


def delete_token(database: Database, name: str) -> bool:
    with database.write() as connection:
        return _end_token(connection, name)


def _end_token(connection: Connection, name: str) -> bool:
    """Whether there was one. With a token that may log in every session ends, since it may have been begun by that token."""
    scopes = connection.scalar(select(tokens.c.scopes).where(tokens.c.name == name))
    if scopes is None:
        return False
    connection.execute(delete(tokens).where(tokens.c.name == name))
    if "admin" in scopes.split():
        connection.execute(delete(login_sessions))
    return True
