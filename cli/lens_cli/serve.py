"""`lens serve`: keep a search warm."""

from pathlib import Path

from lens_cli.console import DeviceOption, IndexOption, PrecisionOption, say


def serve(index: IndexOption = None, device: DeviceOption = None, precision: PrecisionOption = None) -> None:
    """Stay in memory and answer `lens search` at once, until interrupted.

    Only programs of the same user on this machine can ask.
    """
    from lens import Library
    from lens.serving import serve

    def ready(place: Path) -> None:
        say(f"Ready: `lens search` uses this process from now on ({place}). Stop it with Ctrl-C.")

    serve(Library.open(index, device=device, precision=precision), ready)
