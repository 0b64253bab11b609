"""An embedded ShotGrid site: a studio's data in SQLite, behind the REST API of a real site.

`start(data_dir)` runs it as a process beside this one, `python -m shotgrid_dagster.sandbox` on
its own.
"""

from shotgrid_dagster.sandbox.http.server import RunningSandbox, SandboxDidNotStart, start

__all__ = ["RunningSandbox", "SandboxDidNotStart", "start"]
