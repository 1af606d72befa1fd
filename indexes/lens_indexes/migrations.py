"""Older indexes brought up to the present schema, in place, when they are opened for writing.

A migration only ever adds columns, and columns without values cost no data: it is over in milliseconds, however large
the index. The version is written last, so one that was killed is done again. Readers need none of it.

The table as it was stays under the tag `schema-N` for a week (`lens_indexes.maintenance`); to go back to it:
`lancedb.connect(INDEX).open_table("photos").restore("schema-N")`. What was indexed since then is indexed again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lens_indexes.errors import IndexTooNew
from lens_indexes.failures import told_clearly
from lens_indexes.schema import ADDED, SCHEMA_VERSION, VERSION_KEY, photo_schema

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)


def check_version(uri: str, schema: pa.Schema) -> int:
    """The schema version of a `photos` table.

    Raises:
        IndexTooNew: a newer Lens made it.
    """
    version = int((schema.field("id").metadata or {}).get(VERSION_KEY.encode(), 1))
    if version > SCHEMA_VERSION:
        raise IndexTooNew(
            f"The index {uri} was made by a newer Lens (schema {version}; this Lens knows {SCHEMA_VERSION}). "
            "Nothing was changed: upgrade with `pip install -U lens-photos`."
        )
    return version


def migrate(uri: str, photos: Any) -> None:
    """Bring the table `photos` up to the present schema; the caller holds the index as its one writer.

    Raises:
        IndexTooNew: a newer Lens made it, perhaps since it was opened.
    """
    with told_clearly(uri):
        for version in range(check_version(uri, photos.schema), SCHEMA_VERSION):
            _add_columns(photos, version + 1)
            log.debug("stage migrate")
            photos.update_field_metadata({"path": "id", "metadata": {VERSION_KEY: str(version + 1)}})


def _add_columns(photos: Any, version: int) -> None:
    """Add the columns that came with a version, all in one commit."""
    import pyarrow as pa

    log.debug("stage migrate")
    if set(ADDED[version]) <= set(photos.schema.names):
        return  # killed before the version was written
    tag = f"schema-{version - 1}"
    if tag in photos.tags.list():
        photos.tags.update(tag, photos.version)
    else:
        photos.tags.create(tag, photos.version)
    log.debug("stage migrate")
    schema = photo_schema()
    photos.add_columns(pa.schema([schema.field(name) for name in ADDED[version]]))
