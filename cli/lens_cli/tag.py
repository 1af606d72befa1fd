"""`lens tag`: tag photos with the words of a vocabulary."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lens_cli.console import (
    IndexOption,
    JsonOption,
    QuietOption,
    WhereArgument,
    photos,
    print_json,
    print_line,
    progress_bar,
    say,
)
from lens_cli.search import EncoderOption

if TYPE_CHECKING:
    from lens.tagging import PhotoTags
    from lens.tagging.sidecars import Sidecars


def tag(
    where: WhereArgument = None,
    vocabulary: Annotated[
        str, typer.Option("--vocabulary", "-v", metavar="NAME|FILE", help="What to tag with; see docs/TAGS.md.")
    ] = "everyday",
    top: Annotated[
        int, typer.Option("-t", "--top", min=1, metavar="N", help="Tags of a photo at the most, beside their parents.")
    ] = 10,
    min_score: Annotated[
        float | None,
        typer.Option("--min-score", min=0, max=1, metavar="S", help="Smallest score. [default: what is likely]"),
    ] = None,
    write_xmp: Annotated[
        bool, typer.Option("--write-xmp", help="Also put the tags into XMP side-cars, beside what these hold.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the tags; write nothing.")] = False,
    encoder: EncoderOption = None,
    index: IndexOption = None,
    quiet: QuietOption = False,
    json: JsonOption = False,
) -> None:
    """Tag photos with the words of a vocabulary, from their vectors; tag:NAME in a query finds them.

    The score is a probability from 0 to 1, or for vocabularies of which only one category is true a share of all.
    Tagging again replaces what the same vocabulary said; keywords in the photos' own files stay apart. May be stopped
    and started again at any moment.
    """
    from lens import Library
    from lens.errors import QueryError

    with progress_bar(quiet=quiet, doing="Tagging") as report:
        done = Library.open(index).tags.tag(
            where, vocabulary=vocabulary, top=top, min_score=min_score, encoder=encoder, dry_run=dry_run,
            write_xmp=write_xmp, on_progress=report,
        )  # fmt: skip
    if where and not done.photos:
        raise QueryError(f"No photo that has vectors answers {' '.join(where)}: nothing was tagged.")
    show(done.photos, json=json)
    tell_sidecars(done.sidecars, dry_run=dry_run, quiet=quiet)
    if not quiet:
        before = f"; {done.already:,} were tagged before" if done.already else ""
        say(f"{'Would tag' if dry_run else 'Tagged'} {done.tagged:,} of {photos(len(done.photos))}{before}.")


def tell_sidecars(sidecars: "Sidecars", *, dry_run: bool, quiet: bool) -> None:
    """Say which side-cars were written, and which were not."""
    for photo, why in sidecars.refused:
        say(f"no side-car for {photo}: {why}.")
    if quiet:
        return
    if dry_run:
        for each in sidecars.written:
            say(f"would {'write' if each.new else 'add to'} {each.file}")
    elif sidecars.written or sidecars.unchanged:
        say(f"Side-cars: {len(sidecars.written):,} written, {sidecars.unchanged:,} had all tags.")


def show(tagged: "tuple[PhotoTags, ...]", *, json: bool) -> None:
    """Print the photos that have tags, each with its tags, the surest first."""
    if json:
        print_json([row(photo) for photo in tagged])
        return
    for photo in tagged:
        if photo.tags:
            print_line(f"{photo.path}  {', '.join(f'{each.name} {each.score:.2f}' for each in photo.tags)}")


def row(photo: "PhotoTags") -> dict[str, Any]:
    """A photo as JSON has it."""
    tags = [{"tag": each.name, "score": round(each.score, 4), "path": list(each.path)} for each in photo.tags]
    return {"path": photo.path, "id": photo.id, "tags": tags}
