"""Client records in an SQLite file, so that clients outlive the process."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from conformance.reference_provider.registry import Client

_SCHEMA = """
create table if not exists client (
    tenant text not null,
    client_id text not null,
    registration_token text,
    revision integer not null,
    record text not null,
    primary key (tenant, client_id)
)
"""


class SqliteRegistry:
    """The clients of one tenant in a database that all tenants share."""

    def __init__(self, database: str | Path, tenant: str = "default") -> None:
        self._tenant = tenant
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            database, check_same_thread=False, isolation_level=None, timeout=5
        )
        self._connection.execute(_SCHEMA)

    def add(self, client: Client) -> None:
        """Keep a new client."""
        row = (self._tenant, client.client_id, *self._columns(client))
        self._execute("insert into client values (?, ?, ?, ?, ?)", row)

    def find(self, client_id: str) -> Client | None:
        """Return the client of that identifier, compared exactly."""
        return self._first(
            "select record from client where tenant = ? and client_id = ?", client_id
        )

    def find_by_token(self, token: str) -> Client | None:
        """Return the client to which a registration access token was issued."""
        return self._first(
            "select record from client where tenant = ? and registration_token = ?", token
        )

    def replace(self, previous: Client, updated: Client) -> bool:
        """Put ``updated`` in the place of ``previous``; False if that is no longer there."""
        changed = self._execute(
            "update client set registration_token = ?, revision = ?, record = ?"
            " where tenant = ? and client_id = ? and revision = ?",
            (*self._columns(updated), self._tenant, previous.client_id, previous.revision),
        )
        return changed == 1

    def remove(self, client_id: str) -> bool:
        """Forget a client; False if there was none."""
        removed = self._execute(
            "delete from client where tenant = ? and client_id = ?", (self._tenant, client_id)
        )
        return removed == 1

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def __iter__(self) -> Iterator[Client]:
        with self._lock:
            rows = self._connection.execute(
                "select record from client where tenant = ? order by rowid", (self._tenant,)
            ).fetchall()
        return (_client(record) for (record,) in rows)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _columns(self, client: Client) -> tuple[str | None, int, str]:
        return client.registration_token, client.revision, json.dumps(asdict(client))

    def _execute(self, statement: str, values: tuple[str | int | None, ...]) -> int:
        with self._lock:
            return self._connection.execute(statement, values).rowcount

    def _first(self, statement: str, value: str) -> Client | None:
        with self._lock:
            row = self._connection.execute(statement, (self._tenant, value)).fetchone()
        return _client(row[0]) if row else None


def _client(record: str) -> Client:
    return Client(**json.loads(record))
