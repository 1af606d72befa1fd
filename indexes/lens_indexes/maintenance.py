"""Keeping tables small and quick: small files joined, old versions removed."""

import logging
from datetime import datetime, timedelta
from typing import Any

log = logging.getLogger(__name__)

KEPT_BY_RUNS = timedelta(days=7)  # LanceDB's own choice
KEPT_BY_OPTIMIZE = timedelta(hours=1)  # longer than any search or backup that may still read them
KEPT_AFTER_MIGRATION = timedelta(days=7)
CLOCK_CHANGE = timedelta(hours=2)  # LanceDB tells local times, which jump twice a year


def compact(table: Any, keep: timedelta) -> None:
    """Join the small files of a table and remove its versions older than `keep`, which is never zero.

    Versions from before a migration, and all since, stay for a week after it: LanceDB refuses to remove what has a tag.
    """
    log.debug("stage optimize")
    now, tags = datetime.now(), table.tags.list()
    made = {version["version"]: version["timestamp"] for version in table.list_versions()} if tags else {}
    for tag, tagged in tags.items():
        migrated = min((made[version] for version in made if version > tagged["version"]), default=now)
        if now - migrated > KEPT_AFTER_MIGRATION:
            table.tags.delete(tag)
        else:
            keep = max(keep, now - made[tagged["version"]] + CLOCK_CHANGE)
    table.optimize(cleanup_older_than=keep)
