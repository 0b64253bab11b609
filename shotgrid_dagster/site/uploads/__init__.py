"""Files to a site, and back: all that writes to it.

The uploads know the client, not the other way round.
"""

from shotgrid_dagster.site.uploads.media import holds
from shotgrid_dagster.site.uploads.replacement import replace_file
from shotgrid_dagster.site.uploads.retirement import retire
from shotgrid_dagster.site.uploads.upload import upload

__all__ = ["holds", "replace_file", "retire", "upload"]
