"""Everything that runs leave behind in a folder, as bytes to look for secrets in."""

from __future__ import annotations

import gzip
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}")
"""An access token of a site."""
SIGNATURE = re.compile(rb"X-Amz-(Signature|Credential)|[?&]Signature=")


def secrets_in(folder: Path, key: str) -> list[str]:
    """What was found where: `data/x.duckdb (shots.image): signature`."""
    found = []
    for where, content in _artefacts(folder):
        if key.encode() in content:
            found.append(f"{where}: key")
        if TOKEN.search(content):
            found.append(f"{where}: token")
        if SIGNATURE.search(content):
            found.append(f"{where}: signature")
    return sorted(set(found))


def _artefacts(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            where = str(path.relative_to(folder))
            content = path.read_bytes()
            yield where, content
            # What lies in these is packed, and so is not seen in their bytes.
            if content[:2] == b"\x1f\x8b":
                yield where, gzip.decompress(content)
            elif path.suffix == ".parquet":
                yield where, str(pq.read_table(path).to_pylist()).encode()
            elif path.suffix == ".duckdb":
                yield from _duckdb(path, where)
            elif content[:15] == b"SQLite format 3":
                yield from _sqlite(path, where)


def _duckdb(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = "
            "current_database()"
        ).fetchall()
        for schema, table in tables:
            rows = connection.execute(f'select cast(t as varchar) from "{schema}"."{table}" as t')
            while some := rows.fetchmany(1000):
                yield f"{where} ({table})", "\n".join(str(row[0]) for row in some).encode()


def _sqlite(path: Path, where: str) -> Iterator[tuple[str, bytes]]:
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'select * from "{table}"').fetchall()
            yield f"{where} ({table})", "\n".join(map(str, rows)).encode()
