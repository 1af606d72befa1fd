"""What the review screen shows of one region, and the same as JSON, in which it comes from another process."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lens_indexes import RegionRow, RegionState

__all__ = ["View", "told", "view_of"]


@dataclass(frozen=True)
class View:
    """One region of the queue, and the queue."""

    at: int
    """Its place in the queue, from 0."""
    total: int
    """Regions of the queue, looked at or not."""
    waiting: int
    """How many of them nobody has said anything of."""
    classes: Mapping[str, int]
    """How many regions of the queue each category has, without those that were rejected; always in one order."""
    note: str = ""
    """What was just done, in words; empty where that can be seen."""
    path: Path | None = None
    """Of its photo; None if the queue is empty."""
    content_hash: str = ""
    """Of the photo."""
    region: RegionRow | None = None
    disputed: bool = False
    """Whether sources disagree about it."""
    regions: tuple[RegionRow, ...] = ()
    """All that is known of the photo."""


def told(view: View) -> dict[str, Any]:
    """As JSON has it."""
    return vars(view) | {
        "path": None if view.path is None else str(view.path),
        "region": None if view.region is None else _told(view.region),
        "regions": [_told(region) for region in view.regions],
    }


def view_of(told: dict[str, Any]) -> View:
    """The same, of what was told."""
    return View(
        **told
        | {
            "path": None if told["path"] is None else Path(told["path"]),
            "region": None if told["region"] is None else _region(told["region"]),
            "regions": tuple(_region(each) for each in told["regions"]),
        }
    )


def _told(region: RegionRow) -> dict[str, Any]:
    return vars(region) | {
        "mask": None if region.mask is None else base64.b64encode(region.mask).decode(),
        "made_at": region.made_at.isoformat(),
        "changed_at": None if region.changed_at is None else region.changed_at.isoformat(),
    }


def _region(told: dict[str, Any]) -> RegionRow:
    return RegionRow(
        **told
        | {
            "box": tuple(told["box"]),
            "state": RegionState(told["state"]),
            "mask": None if told["mask"] is None else base64.b64decode(told["mask"]),
            "made_at": datetime.fromisoformat(told["made_at"]),
            "changed_at": None if told["changed_at"] is None else datetime.fromisoformat(told["changed_at"]),
        }
    )
