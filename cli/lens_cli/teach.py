"""`lens teach`: tags learned from examples."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from lens_cli.console import IndexOption, JsonOption, photos, print_json, print_line, say

if TYPE_CHECKING:
    from lens.tagging import Lesson, Teaching

MANY = ("--yes", "--no")


class ManyValues(TyperCommand):
    """A command whose --yes and --no take all values up to the next option."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """`--yes a.jpg b.jpg` as `--yes a.jpg --yes b.jpg`."""
        spread: list[str] = []
        option = None
        for each in args:
            if each.startswith("-"):
                option = each if each in MANY else None
                spread += [] if option else [each]
            else:
                spread += [option, each] if option else [each]
        return super().parse_args(ctx, spread)


def teach(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The tag.")] = None,
    yes: Annotated[
        list[Path] | None, typer.Option("--yes", metavar="PHOTO...", help="Photos of the index that show it.")
    ] = None,
    no: Annotated[list[Path] | None, typer.Option("--no", metavar="PHOTO...", help="Photos that do not.")] = None,
    following: Annotated[
        int | None, typer.Option("--next", min=1, metavar="N", help="Show the photos that it is least sure of.")
    ] = None,
    drop: Annotated[bool, typer.Option("--drop", help="Forget the tag and its examples.")] = False,
    every: Annotated[bool, typer.Option("--list", help="List the tags that were taught.")] = False,
    index: IndexOption = None,
    json: JsonOption = False,
) -> None:
    """Teach a tag by examples: a linear model of the photos' vectors takes over from its words, in tag: and lens tag.

    Accuracy is the share right among examples that were left out, the mean of both sides; beside it that of the words.
    """
    from lens import Library

    if every == bool(name) or sum(map(bool, (yes or no, following, drop, every))) != 1:
        raise typer.BadParameter("give --list, or a NAME and one of --yes and --no, --next or --drop")
    learned = Library.open(index).tags.learned
    if every or name is None:
        show_all(learned, json=json)
    elif following:
        found = learned.uncertain(name, following)
        if json:
            print_json(found)
        else:
            for each in found:
                print_line(f"{each.likelihood:.2f}  {each.path}")
    elif drop:
        say(f"Forgot {name}, which had {learned.drop(name):,} examples.")
    else:
        tell(learned.teach(name, yes or (), no or ()), json=json)


def show_all(learned: "Teaching", *, json: bool) -> None:
    """Print the tags that were taught."""
    every = learned.all()
    if json:
        print_json(every)
        return
    for each in every:
        print(f"{each.name}: {each.yes} yes, {each.no} no, {photos(each.photos)}")


def tell(lesson: "Lesson", *, json: bool) -> None:
    """Print what was learned."""
    if json:
        print_json(lesson)
        return
    given = f"{lesson.yes} yes, {lesson.no} no, {lesson.weak} others taken for no"
    print(f"{lesson.name}: {given}; {photos(lesson.tagged)} tagged")
    if lesson.accuracy is None:
        say("Two examples of either kind are needed to say how good it is.")
    else:
        words = "" if lesson.by_words is None else f"; by its words alone {100 * lesson.by_words:.0f} %"
        say(f"Right on examples that were left out: {100 * lesson.accuracy:.0f} %{words}.")
