"""Who is asking: login by one-time link, session cookie, bearer token.

The browser proves itself by a random session id in a cookie made by us at login; programs send a token. Only sha256 digests are stored,
through `webapp.store.access`. A cookie that we did not make is nobody and stores nothing. No signed cookies: they could not be revoked.

The database may be slow or locked, so no look into it happens on the event loop, and no request waits for a note of its session's use.
"""

import asyncio
import contextlib
import hashlib
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from webapp.settings import Settings
from webapp.store import access as store
from webapp.store.database import Database
from webapp.store.faults import StorageError
from webapp.store.token_box import take_changes

SESSION_CACHE_S = 30.0  # a session or token that ended elsewhere is let in for at most this long
SESSION_CACHE_SIZE = 1000
SESSION_MAX_AGE_S = 7 * 24 * 3600
LOGIN_TRIES = 10  # failures a minute, over all clients: the board has one or few users
LOGIN_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Who:
    """The caller: a name for the log, what it may do (scopes read, push, admin), and whether its browser is to keep its cookie longer."""

    name: str
    scopes: frozenset[str]
    renew: bool = False

    @property
    def may_read(self) -> bool:
        return bool(self.scopes & {"read", "admin"})

    @property
    def may_write(self) -> bool:
        return "admin" in self.scopes


OWNER = Who("owner", frozenset({"read", "push", "admin"}))


def digest(secret: str) -> str:
    """What the database keeps of a secret. The secrets are 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class Access:
    """Answers `who` for every request; sessions are looked up once and remembered for `SESSION_CACHE_S`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.open = not settings.token_required
        self.cookie = f"lossboard_{settings.port}"
        self.database = database
        self.known: dict[str, tuple[Who, float]] = {}
        self.tries: deque[float] = deque()
        self.lock = threading.Lock()
        self.notes = ThreadPoolExecutor(1, "lossboard-sessions")  # one thread: while the database is locked, it waits and no other

    async def who(self, cookies: dict[str, str], authorization: bytes) -> Who | None:
        """The caller, or None where login is required and neither cookie nor token is ours.

        Raises StorageError where the database does not tell.
        """
        if authorization.startswith(b"Bearer "):
            return await self.remember("token:" + digest(authorization[7:].strip().decode("latin-1")), self.find_token)
        if self.open:
            return OWNER
        session = cookies.get(self.cookie, "")
        return await self.remember("session:" + digest(session), self.find_session) if session else None

    async def remember(self, key: str, find: Callable[[str], "Who | None"]) -> Who | None:
        now = time.monotonic()
        found = self.known.get(key)
        if found and found[1] > now:
            return found[0]
        who = await asyncio.to_thread(find, key.partition(":")[2])
        if who is None:
            self.known.pop(key, None)
            return None
        if len(self.known) >= SESSION_CACHE_SIZE:
            self.known.clear()
        self.known[key] = (who, now + SESSION_CACHE_S)
        return who

    def find_session(self, hashed: str) -> Who | None:
        self.take_changes()
        session = store.find_session(self.database, hashed)
        if session and session.to_note:
            self.notes.submit(self.note_session, hashed)
        return replace(OWNER, renew=session.to_note) if session else None

    def note_session(self, hashed: str) -> None:
        """As well as the database can just now; else the session is looked up again after `SESSION_CACHE_S`, and noted then."""
        with contextlib.suppress(StorageError):
            store.note_session(self.database, hashed)

    def close(self) -> None:
        """No use is noted any more."""
        self.notes.shutdown(wait=False, cancel_futures=True)

    def find_token(self, hashed: str) -> Who | None:
        self.take_changes()
        token = store.find_token(self.database, hashed)
        return Who(token.name, frozenset(token.scopes)) if token else None

    def take_changes(self) -> None:
        """Tokens that were revoked let nobody in from now on, nor the sessions that end with them."""
        with contextlib.suppress(StorageError):  # a full disk keeps nobody who is known from his board
            take_changes(self.database)

    def log_in(self, *, once: str = "", token: str = "") -> str | None:
        """A new session id for who shows an unused one-time code or a token with the admin scope; None for everybody else."""
        valid = bool(once) and store.use_login_code(self.database, digest(once))
        if token and not valid:
            who = self.find_token(digest(token))
            valid = who is not None and who.may_write
        if not valid:
            return None
        session = secrets.token_urlsafe(32)
        store.create_session(self.database, digest(session))
        return session

    def set_cookie(self, session: str, *, secure: bool) -> str:
        """The header that has a browser keep a session for the seven days that it lives without use."""
        flags = "; Secure" if secure else ""
        return f"{self.cookie}={session}; HttpOnly; Max-Age={SESSION_MAX_AGE_S}; Path=/; SameSite=Strict{flags}"

    def log_out(self, session: str) -> None:
        self.known.pop("session:" + digest(session), None)
        store.delete_session(self.database, digest(session))

    def count_failure(self) -> float:
        """Counts a login that failed. 0 where it was one of the allowed ones; else the seconds until one is again."""
        now = time.monotonic()
        with self.lock:
            while self.tries and self.tries[0] <= now - LOGIN_WINDOW_S:
                self.tries.popleft()
            if len(self.tries) >= LOGIN_TRIES:
                return self.tries[0] + LOGIN_WINDOW_S - now
            self.tries.append(now)
            return 0.0


def new_login_link(settings: Settings, database: Database) -> str:
    """A link that logs one browser in, once, within ten minutes."""
    code = secrets.token_urlsafe(32)
    store.create_login_code(database, digest(code))
    host = "127.0.0.1" if settings.host in ("", "0.0.0.0", "::") else settings.host
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{settings.port}/login?once={code}"
