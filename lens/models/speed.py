"""How many photos a second each encoder managed on this machine."""

import json
from pathlib import Path

from lens.config import cache_folder


def record_speed(name: str, photos_per_second: float) -> None:
    """Remember what an encoder managed; a cache that cannot be written is no reason to fail."""
    speeds = _speeds() | {name: round(photos_per_second, 1)}
    file = _file()
    being_written = file.with_suffix(".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        being_written.write_text(json.dumps(speeds), encoding="utf-8")
        being_written.replace(file)
    except OSError:
        return  # it is measured again on the next run


def measured_speed(name: str) -> float | None:
    """Photos a second, as last measured; None if it never was."""
    return _speeds().get(name)


def _speeds() -> dict[str, float]:
    try:
        held = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(held, dict):
        return {}
    return {name: float(speed) for name, speed in held.items() if isinstance(speed, int | float)}


def _file() -> Path:
    return cache_folder() / "speed.json"
