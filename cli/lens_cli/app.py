"""The `lens` program."""

import errno
import os
import sys
from typing import Annotated

import typer

from lens_cli import (
    album,
    backup,
    caption_score,
    cluster,
    compare,
    doctor,
    dups,
    encoders,
    evaluating,
    export,
    forget,
    gui,
    importing,
    index,
    label,
    meta,
    models,
    move_root,
    objects,
    optimize,
    pick,
    quality,
    repair,
    review,
    saved,
    search,
    serve,
    similar,
    skipped,
    sources,
    status,
    tag,
    teach,
    tune,
    unusual,
    verify,
)
from lens_cli.console import harmless

FAILED, INTERRUPTED = 1, 130
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

app = typer.Typer(
    name="lens",
    help="Find the photos on your own disk, by words or by example. Nothing leaves this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("index")(index.index)
app.command("search")(search.search)
app.command("similar")(similar.similar)
app.command("dups")(dups.dups)
app.command("quality")(quality.quality)
app.command("cluster")(cluster.cluster)
app.command("unusual")(unusual.unusual)
app.command("pick")(pick.pick)
app.command("export")(export.export)
app.command("review")(review.review)
app.command("compare")(compare.compare)
app.command("tag")(tag.tag)
app.command("teach", cls=teach.ManyValues)(teach.teach)
app.command("tune")(tune.tune)
app.command("label")(label.label)
app.command("objects")(objects.objects)
app.command("import")(importing.import_file)
app.command("serve")(serve.serve)
app.command("gui")(gui.gui)
app.command("status")(status.status)
app.command("skipped")(skipped.skipped)
app.command("forget")(forget.forget)
app.command("move-root")(move_root.move_root)
app.command("verify")(verify.verify)
app.command("repair")(repair.repair)
app.command("optimize")(optimize.optimize)
app.command("backup")(backup.backup)
app.command("doctor")(doctor.doctor)
app.command("caption-score")(caption_score.caption_score)
app.add_typer(saved.app, name="saved")
app.add_typer(album.app, name="album")
app.add_typer(meta.app, name="meta")
app.add_typer(sources.app, name="sources")
app.add_typer(encoders.app, name="encoders")
app.add_typer(models.app, name="models")
app.add_typer(evaluating.app, name="eval")


def _version(asked: bool) -> None:
    if asked:
        from lens import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def lens(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network. [env var: LENS_OFFLINE]")] = False,
) -> None:
    """Find the photos on your own disk, by words or by example. Nothing leaves this machine."""
    if offline:
        os.environ["LENS_OFFLINE"] = "1"
    if os.environ.get("LENS_OFFLINE"):
        os.environ["HF_HUB_OFFLINE"] = os.environ["LENS_OFFLINE"]  # read when huggingface_hub is first imported


def main() -> None:
    """Run the program: what a user can act on is one line, a bug keeps its traceback.

    Exit status: 0 done, 1 failed, 2 wrong usage, 3 files were skipped under --strict, 4 an encoder is
    not better and was not adopted, 130 interrupted.
    """
    try:
        try:
            app(prog_name="lens")
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except SystemExit as leaving:
        if leaving.code == INTERRUPTED:
            print("lens: interrupted. What was finished is kept; run the same command to go on.", file=sys.stderr)
        raise
    except BrokenPipeError:  # whoever read it has gone
        _let_go_of_stdout()
        sys.exit(FAILED)
    except Exception as error:
        from lens.errors import LensError

        no_room = isinstance(error, OSError) and error.errno in NO_ROOM
        if not (no_room or isinstance(error, LensError)) or os.environ.get("LENS_DEBUG"):
            raise
        said = str(error)
        if no_room:
            _let_go_of_stdout()
            said = f"{getattr(error, 'filename', None) or 'the answer'} cannot be written: no space is left."
        print(f"lens: {harmless(said)}", file=sys.stderr)
        sys.exit(FAILED)


def _let_go_of_stdout() -> None:
    """What is left to be written there is not tried again when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
