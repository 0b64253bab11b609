"""The lines that each destination needs in `.dlt/secrets.toml`, with values to put one's own for.

`.dlt/secrets.toml.example` has the same blocks, for whoever has the project's folder; this is for
the sentences, and for whoever has the package alone.
"""

from __future__ import annotations

BLOCKS = {
    "duckdb": "[destination.duckdb]",
    "motherduck": """
[destination.motherduck.credentials]
database = "shotgrid"
password = "the service token"
""",
    "ducklake": """
[destination.ducklake.credentials]
ducklake_name = "shotgrid"
catalog = "postgres://loader:the-password@db.studio.example:5432/shotgrid"
storage = "s3://your-bucket/shotgrid"
""",
    "postgres": """
[destination.postgres.credentials]
host = "db.studio.example"
port = 5432
database = "shotgrid"
username = "loader"
password = "the password"
""",
    "snowflake": """
[destination.snowflake.credentials]
host = "the account, as in abc-xy12345"
database = "SHOTGRID"
warehouse = "COMPUTE_WH"
role = "LOADER"
username = "loader"
password = "the password"
""",
    "bigquery": """
[destination.bigquery]
location = "EU"
[destination.bigquery.credentials]
project_id = "your-project"
client_email = "loader@your-project.iam.gserviceaccount.com"
private_key = "the private key of the service account"
""",
    "redshift": """
[destination.redshift.credentials]
host = "your-cluster.abc123.eu-west-1.redshift.amazonaws.com"
port = 5439
database = "shotgrid"
username = "loader"
password = "the password"
""",
    "databricks": """
[destination.databricks.credentials]
server_hostname = "adb-1234567890.1.azuredatabricks.net"
http_path = "/sql/1.0/warehouses/abc123"
catalog = "shotgrid"
access_token = "the access token"
""",
    "clickhouse": """
[destination.clickhouse.credentials]
host = "clickhouse.studio.example"
port = 9440
http_port = 8443
database = "shotgrid"
username = "loader"
password = "the password"
""",
    "filesystem": """
[destination.filesystem]
bucket_url = "s3://your-bucket/shotgrid"
[destination.filesystem.credentials]
aws_access_key_id = "the id of the access key"
aws_secret_access_key = "the access key"
""",
}
"""dlt's type of destination -> TOML. duckdb needs nothing: its file is in the data folder."""


def lines_for(destination_type: str, name: str) -> str:
    """The block of a destination that is called `name` in the settings; empty: there is none."""
    block = BLOCKS.get(destination_type, "").strip()
    return block.replace(f"[destination.{destination_type}", f"[destination.{name}")
