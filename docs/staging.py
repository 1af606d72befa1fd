"""What there is to see in the pictures of the window: photos twice there, tags, two sources of labels, trainings."""

import shutil
from pathlib import Path

from PIL import Image, ImageEnhance

from lens import Library
from lens.indexing.report import Progress
from lens.tuning.page import save_page
from lens.tuning.runs import keep_verdict
from lens_indexes import Index

__all__ = ["again", "give_second_source", "train"]

EVERY_FOURTH = 4
SMALL = {"batch": 4, "side": 64}


def again(folder: Path, to: Path) -> Path:
    """Copy the photos of a folder, and put some of them there once more, edited: where they are."""
    shutil.copytree(folder, to)
    for file in sorted(to.rglob("*.jpg"))[::EVERY_FOURTH]:
        with Image.open(file) as image:
            smaller = image.convert("RGB").resize((image.width * 2 // 3, image.height * 2 // 3))
            ImageEnhance.Brightness(smaller).enhance(1.15).save(file.with_stem(f"{file.stem}-edited"), quality=80)
    return to


def give_second_source(library: Library) -> None:
    """Draw what was found once more by hand: some of it is left out, some moved, some called otherwise."""
    index = Index.open(library.uri)
    ids = [photo.id for photo in index.photos.each()]
    found = index.regions.of_photos(ids)
    categories = sorted({region.category for region in found})
    for number, region in enumerate(found):
        x0, y0, x1, y1 = region.box
        aside = (x1 - x0) / (2 if number % 7 == 0 else 20)
        box = (x0, y0, max(x1 - aside, x0 + 1), y1)
        other = categories[(categories.index(region.category) + 1) % len(categories)]
        if number % EVERY_FOURTH:
            called = other if number % 5 == 0 else region.category
            library.reviewing.draw(region.photo, box, (region.width, region.height), called)


def train(library: Library) -> None:
    """Train an encoder to its end, and another to its middle."""
    tuning = library.tuning
    plan = tuning.plan("simclr", epochs=6, name="mine", **SMALL)
    report = tuning.train(plan)
    verdict = library.adoption.judge(plan.name, against=plan.before)
    keep_verdict(plan.run, verdict, save_page(plan, report, verdict))

    def stop(progress: Progress) -> None:
        if progress.total and progress.done > progress.total / 2:
            raise KeyboardInterrupt

    tuning.train(tuning.plan("dino", epochs=8, **SMALL), stop)
