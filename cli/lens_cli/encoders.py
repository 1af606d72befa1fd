"""`lens encoders`: whose vectors an index holds."""

from typing import Annotated

import typer

from lens_cli.console import (
    BackendOption,
    BatchOption,
    DeviceOption,
    IndexOption,
    JsonOption,
    PrecisionOption,
    photos,
    print_json,
    progress_bar,
    say,
)
from lens_cli.index import show_log, tell

app = typer.Typer(help="Say, add, drop or choose the encoders of the index.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="An encoder; `lens models list` names them.")]


@app.command("list")
def list_encoders(index: IndexOption = None, json: JsonOption = False) -> None:
    """List the encoders of the index, the one that searches use marked with a star."""
    from lens import Library

    encoders = Library.open(index).status().encoders
    if json:
        print_json(encoders)
        return
    for encoder in encoders:
        star = "*" if encoder.default else " "
        print(f"{star} {encoder.name}: {photos(encoder.photos)}, {encoder.model}, revision {encoder.revision[:12]}")


@app.command("add")
def add(
    name: NameArgument,
    index: IndexOption = None,
    device: DeviceOption = None,
    precision: PrecisionOption = None,
    batch: BatchOption = None,
    backend: BackendOption = None,
) -> None:
    """Encode every photo of the index with one more encoder; may be stopped and started again."""
    from lens import Library

    show_log()
    library = Library.open(index, device=device, precision=precision, batch=batch, backend=backend)
    with progress_bar(quiet=False) as report_progress:
        report = library.index(library.status().folders, name, on_progress=report_progress)
    tell(report)


@app.command("drop")
def drop(
    name: NameArgument,
    index: IndexOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove the vectors of an encoder from the index."""
    from lens import Library

    library = Library.open(index)
    held = next((encoder for encoder in library.status().encoders if encoder.name == name), None)
    if held and not yes:
        typer.confirm(f"Drop the vectors of {name} for {photos(held.photos)}?", abort=True, err=True)
    library.drop_encoder(name)
    say(f"Dropped {name}.")


@app.command("default")
def default(name: NameArgument, index: IndexOption = None) -> None:
    """Choose the encoder that searches use when none is named."""
    from lens import Library

    Library.open(index).set_default_encoder(name)
    say(f"Searches now use {name}.")
