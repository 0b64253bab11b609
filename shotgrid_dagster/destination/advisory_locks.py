"""One writer a table on all machines, by Postgres' advisory locks.

They belong to a connection: when its process dies, the server frees them. The connection's name in
the server's list of connections says who holds them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from dlt.destinations.sql_client import SqlClientBase

PREFIX = "shotgrid_dagster: "
"""What the name of a connection that holds locks begins with."""

LONGEST_NAME = 63
"""Bytes of a connection's name that Postgres keeps."""


@contextmanager
def advisory_locks(
    client: SqlClientBase[object],
    tables: Sequence[str],
    who: str,
    on_progress: Callable[[str], object],
) -> Iterator[None]:
    """Hold the locks of some tables of the client's dataset, over a connection of their own.

    They are taken in the order of their names, so that two loads never wait for each other.
    """
    with client:
        name = f"{PREFIX}{who}".encode()[:LONGEST_NAME].decode(errors="ignore")
        client.execute_sql("select set_config('application_name', %s, false)", name)
        for table in sorted(tables):
            _take(client, table, who, on_progress)
        yield


def held_by(client: SqlClientBase[object], tables: Sequence[str]) -> list[str]:
    """Who holds the locks of these tables now, over a client that is open; it does not wait."""
    keys = {_key(f"{client.dataset_name}.{table}") for table in tables}
    held = client.execute_sql(
        "select (classid::bigint << 32) | objid::bigint, application_name "
        "from pg_stat_activity join pg_locks using (pid) "
        "where locktype = 'advisory' and granted and objsubid = 1"
    )
    return sorted({str(who).removeprefix(PREFIX) for key, who in held or () if key in keys})


def _take(
    client: SqlClientBase[object], table: str, who: str, on_progress: Callable[[str], object]
) -> None:
    key = _key(f"{client.dataset_name}.{table}")
    (free,) = (client.execute_sql("select pg_try_advisory_lock(%s)", key) or [(True,)])[0]
    if free:
        return
    holder = client.execute_sql(
        "select application_name from pg_stat_activity join pg_locks using (pid) "
        "where locktype = 'advisory' and granted and objsubid = 1 "
        "and ((classid::bigint << 32) | objid::bigint) = %s",
        key,
    )
    by = str(holder[0][0]).removeprefix(PREFIX) if holder else "another load"
    on_progress(f"{who} waits to load {table}: {by} is loading it")
    client.execute_sql("select pg_advisory_lock(%s)", key)


def _key(name: str) -> int:
    """A positive number of 63 bits, the same on every machine."""
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big") >> 1
