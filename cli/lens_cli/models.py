"""`lens models`: which models there are, and which are on this machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lens_cli.console import DeviceOption, IndexOption, JsonOption, confirm, photos, print_json, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lens.advice import Candidate
    from lens.evaluation import Share

app = typer.Typer(help="List, get, check and remove models.", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A model; `lens models list` names them.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command("list")
def list_models(json: JsonOption = False) -> None:
    """List the models Lens knows and those you imported, with what is published and measured of each."""
    from lens.models.files import size
    from lens.models.listing import listed

    models = listed()
    if json:
        print_json(models)
        return
    wide = max(len(model.name) for model in models)
    head = f"{'task':9} {'size':>7} {'licence':14} {'input':>5} {'dim':>4} {'accuracy':>9} {'photos/s':>8}"
    print(f"  {'name':{wide}} {head}")
    for model in models:
        mark = {"yes": "*", "no": " "}.get(model.installed, "!")
        accuracy = f"{figure:.1f} %" if (figure := model.zero_shot or model.measured) else "–"
        speed = f"{model.photos_per_second:.0f}" if model.photos_per_second else "–"
        weight = size(model.bytes) if model.bytes is not None else "–"
        print(
            f"{mark} {model.name:{wide}} {model.task:9} {weight:>7} {model.licence or 'not known':14} "
            f"{model.input_side or '–':>5} {model.dim or '–':>4} {accuracy:>9} {speed:>8}"
        )
    say(
        "* on this machine, ! damaged. Accuracy: published zero-shot top-1 on ImageNet-1k; of builtin's detector AP50, "
        "of its segmenter IoU of masks, both measured on COCO photos; --json names the sources. "
        "Get a model: lens models pull NAME"
    )


@app.command("pull")
def pull(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A model of the list, or hf:organisation/repository.")],
    revision: Annotated[
        str | None, typer.Option("--revision", help="A commit, tag or branch. [default: as pulled before, else main]")
    ] = None,
    yes: YesOption = False,
) -> None:
    """Download a model from the hub; goes on where an earlier download broke off."""
    from lens.models.files import size
    from lens.models.pulling import plan, pull

    planned = plan(name, revision)
    total = sum(file.bytes for file in planned.files)
    come = f"{size(planned.bytes)} to download" if planned.bytes else "all of it is in the cache"
    say(f"{planned.name}: {size(total)} from {planned.repo} at {planned.commit[:12]}, {come}.")
    if planned.bytes and not yes:
        if not sys.stdin.isatty():
            raise typer.BadParameter("there is no terminal to ask on: add --yes", param_hint="pull")
        confirm("Download it?")
    manifest = pull(planned, progress=sys.stderr.isatty())
    say(f"{manifest.name} is here, {len(manifest.files)} files checked.")
    say(f"Use it: {_use(manifest.name)}")


@app.command("choose")
def choose(
    aim: Annotated[
        str | None, typer.Argument(metavar="TASK", help="words, similar, boxes, masks or phrases. [default: all]")
    ] = None,
    any_licence: Annotated[
        bool, typer.Option("--any-licence", help="Others than Apache-2.0 and MIT too: read them before use.")
    ] = False,
    most: Annotated[int | None, typer.Option("--most", min=1, metavar="MB", help="The most to download.")] = None,
    installed: Annotated[
        bool, typer.Option("--installed", help="Only what is on this machine; so with --offline.")
    ] = False,
    device: DeviceOption = None,
    json: JsonOption = False,
) -> None:
    """Say which model to take for what, and why: by what was measured on your photos, else by what is published."""
    from lens.advice import AIMS, advise

    found = [
        advise(
            each,
            any_licence=any_licence,
            most_bytes=most and most * 1_000_000,
            installed_only=installed or None,
            device=device,
        )
        for each in ([aim] if aim else AIMS)
    ]
    if json:
        print_json(found)
        return
    for advice in found:
        print(f"{advice.aim}: {advice.model}, for {advice.about}: {'; '.join(advice.reasons)}.")
        say(f"  {advice.command}")
    if aim:
        _tell_candidates(found[0].candidates)


def _tell_candidates(candidates: "Sequence[Candidate]") -> None:
    from lens.models.files import size

    print(f"\n  {'name':18} {'size':>7} {'licence':14} {'published':>9} {'your photos':12} {'photos/s':>8}")
    for each in candidates:
        weight = size(each.bytes) if each.bytes is not None else "–"
        published = f"{each.published:.1f} %" if each.published else "–"
        speed = f"{each.photos_per_second:.0f}" if each.photos_per_second else "–"
        print(
            f"{'*' if each.installed else ' '} {each.name:18} {weight:>7} {each.licence or 'not known':14} "
            f"{published:>9} {_shown(each.measured):12} {speed:>8}  {each.left_out or ''}".rstrip()
        )
    say(
        "* on this machine. Published: zero-shot top-1 on ImageNet-1k; --json names the sources. Your photos: "
        "lens models bench, percent."
    )


@app.command("bench")
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Encoders. [default: all that are installed]")
    ] = None,
    index: IndexOption = None,
    count: Annotated[int, typer.Option("--photos", min=10, metavar="N", help="How many photos to try them on.")] = 200,
    device: DeviceOption = None,
    json: JsonOption = False,
) -> None:
    """Compare installed encoders on photos of your index: speed, and how well they know your folders and file names.

    Folders and names are weak labels: they say which encoder sorts these photos more as you did, and nothing else.
    """
    from lens import Library
    from lens.comparison import compare_on, installed_encoders, recommendation

    photos = Library.open(index).photos()
    chosen = names or installed_encoders()
    say(f"Trying {', '.join(chosen)} on {min(count, len(photos))} of {len(photos):,} photos.")
    found = compare_on(photos, chosen, count=count, device=device)
    advice = recommendation(found, len(photos))
    if json:
        print_json({"encoders": found, "recommendation": advice})
        return
    print(f"{'encoder':20} {'photos/s':>8}  {'folder of 5 nearest':22} {'found by file name':22}")
    for each in found:
        print(f"{each.encoder:20} {each.photos_per_second:8.0f}  {_shown(each.folders):22} {_shown(each.names):22}")
    chance = found[0].chance
    say("Percent, with 95 % intervals over photos." + (f" Folders by chance: {100 * chance:.0f}." if chance else ""))
    say(advice)


def _use(name: str) -> str:
    from lens.models.files import find

    task = find(name).model.task
    return f"lens {'index FOLDER' if task == 'encoder' else 'label PHRASES'} --{task} {name}"


def _shown(share: "Share | None") -> str:
    if share is None:
        return "–"
    return f"{100 * share.value:.0f} ({100 * share.low:.0f}–{100 * share.high:.0f})"


@app.command("verify")
def verify(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="A model; by default all that Lens installed.")
    ] = None,
) -> None:
    """Read every file again and compare it with what it was; exit status 1 if one differs."""
    from lens.models.verifying import verify

    results = verify(name)
    for result in results:
        for problem in result.problems:
            print(f"{result.name}: {problem}")
        if not result.problems:
            say(f"{result.name}: {result.files} files as they should be.")
    if not results:
        say("No model is installed; builtin comes with Lens.")
    if any(result.problems for result in results):
        raise typer.Exit(1)


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A model's folder, or one file of weights.")],
    name: Annotated[str, typer.Option("--name", help="What to call it: lower case, digits, - and .")],
    architecture: Annotated[
        str | None, typer.Option("--architecture", help="For a file: open_clip's name of the network, e.g. ViT-B-32.")
    ] = None,
) -> None:
    """Copy a model of your own: a folder of open_clip's or transformers', open_clip's weights, or a SAM checkpoint."""
    from lens.models.imported import import_model

    manifest = import_model(source.expanduser(), name, architecture)
    say(f"Imported {manifest.name}. Use it: {_use(manifest.name)}")


@app.command("remove")
def remove(
    name: NameArgument,
    yes: YesOption = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete a model's files; indexes keep the vectors it made."""
    from lens.models.files import encoder_name, size
    from lens.models.removal import plan_removal, remove
    from lens.tuning.saving import run_behind

    removal = plan_removal(name)
    if used := _photos_encoded_by(encoder_name(name)):
        again = "trained" if run_behind(name)[0] else "pulled or imported"
        say(f"The index has vectors of it, of {photos(used)}: to search by them it must be {again} again.")
    if dry_run:
        say(f"Would delete {removal.folder}, {size(removal.bytes)}.")
        return
    if not yes:
        confirm(f"Delete {removal.folder}, {size(removal.bytes)}?")
    remove(name)
    say(f"Removed {name}, {size(removal.bytes)}.")


def _photos_encoded_by(name: str) -> int:
    """How many photos of the index in use have vectors of an encoder; 0 without an index that can be read."""
    from lens import Library
    from lens.errors import LensError

    try:
        held = Library.open().status().encoders
    except LensError:
        return 0
    return sum(encoder.photos for encoder in held if encoder.name == name)


@app.command("path")
def path(name: NameArgument) -> None:
    """Print the folder that holds a model's files."""
    from lens.errors import ModelError
    from lens.models.files import find

    folder = find(name).folder
    if folder is None:
        raise ModelError(f"{name} comes with Lens: its weights lie in Python packages.")
    print(folder)
