"""A file to the site: an op for pipelines of your own, and a job that does just that.

It writes to the site, and runs only when somebody starts it.
"""

import time

import dagster as dg

from shotgrid_dagster.defs.resources import ShotGridResource
from shotgrid_dagster.errors import ShotGridDagsterError
from shotgrid_dagster.site.uploads import upload
from shotgrid_dagster.source.connect import connected

UPLOAD_TO_SITE = "upload_to_site"
"""The name of the job."""


class UploadConfig(dg.Config):
    """Which file goes where."""

    entity_type: str
    """Of the row, as in `Version`."""
    id: int
    """Of the row."""
    file: str
    """A path on the machine that the run is on."""
    field: str | None = None
    """The field that gets the file; without one it is one more attachment of the row."""
    display_name: str | None = None
    """What the attachment is called on the site; the file's name by default."""


# Without a retry policy on purpose: what may be tried again is, inside; an upload whose outcome is
# not known would put the file there twice.
@dg.op(out=dg.Out(int, description="The bytes of the file."))
def upload_file(
    context: dg.OpExecutionContext, config: UploadConfig, shotgrid: ShotGridResource
) -> int:
    """Put a file on a row of the site, and prove that it arrived by fetching it back."""
    started = time.monotonic()
    try:
        with connected(shotgrid.settings()) as site:
            done = upload(
                site,
                config.entity_type,
                config.id,
                config.file,
                config.field,
                display_name=config.display_name,
            )
    except ShotGridDagsterError as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    where = f"{done.entity_type} {done.id}"
    to = f"field {done.field} of {where}" if done.field else f"{where}, as one more attachment"
    context.log.info(f"{config.file} ({done.size:,} bytes) went to {to}. Proof: {done.proof}.")
    context.add_output_metadata(
        {
            "file": config.file,
            "row": f"{done.entity_type} {done.id}",
            "field": done.field or "none: one more attachment",
            "attachment_id": done.attachment_id or "none: a picture of the row",
            "bytes": done.size,
            "parts": done.parts,
            "proof": done.proof,
            "requests": site.stats.requests,
            "retries": site.stats.retries,
            "seconds": round(time.monotonic() - started, 3),
        }
    )
    return done.size


@dg.job(
    name=UPLOAD_TO_SITE,
    description="Put one file on one row of the site. It runs only when somebody starts it.",
)
def upload_job() -> None:
    """Put one file on one row of the site."""
    upload_file()
