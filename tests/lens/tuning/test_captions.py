"""Where captions of photos come from, and what is done with them."""

import json

import pytest
from PIL import Image

from lens import Library
from lens.curation.collection import load
from lens.errors import MetaError, TuneError
from lens.evaluation.held_out import held_out
from lens.indexing.report import nothing_to_tell
from lens.models.encoders.builtin import BuiltinEncoder
from lens.models.loading import load as load_encoder
from lens.models.manifest import models_folder
from lens.photos.descriptions import descriptions_of
from lens.tuning.captions import FILE, NAMES, XMP, gather
from lens.tuning.runs import begun
from tests.lens.photos.test_photos_xmp import bag, packet, resource

pytest.importorskip("lightly")

DESCRIPTION = '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>'


def described(text: str) -> bytes:
    return packet(DESCRIPTION.format(text))


@pytest.fixture(scope="module")
def place(tmp_path_factory, samples):
    """The sample photos by their names, one with a side-car, with an index and a file of captions of half of them."""
    folder = tmp_path_factory.mktemp("captions")
    photos = folder / "2019"
    photos.mkdir()
    files = sorted(samples.rglob("*.jpg"))
    for file in files:
        (photos / file.name).write_bytes(file.read_bytes())
    (photos / f"{files[0].name}.xmp").write_bytes(described("what a side-car says"))
    rows = [f'"2019/{file.name}","this is photo {number}, once"\n' for number, file in enumerate(files[::2])]
    rows += [f'"2019/{file.name}","this is photo {number}, twice"\n' for number, file in enumerate(files[::2])]
    (folder / "captions.csv").write_text("file,caption\n" + "".join(rows), encoding="utf-8")
    Library.open(folder / "index").index([photos])
    return folder


@pytest.fixture
def library(place):
    return Library.open(place / "index", device="cpu")


def test_descriptions_in_photos_and_beside_them(tmp_path):
    photo = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(photo, xmp=described("inside it"))
    assert descriptions_of(photo) == ("inside it",)
    plain = photo.read_bytes()
    caption = b"in IPTC"
    photo.write_bytes(plain[:2] + resource(b"\x1c\x02\x78" + len(caption).to_bytes(2, "big") + caption) + plain[2:])
    (tmp_path / "a.xmp").write_bytes(described("beside it"))
    assert descriptions_of(photo) == ("beside it", "inside it", "in IPTC")
    photo.write_bytes(b"nonsense")
    assert descriptions_of(photo) == ("beside it",)
    assert descriptions_of(tmp_path / "none.jpg") == ()


def test_keywords_are_no_descriptions(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", xmp=packet(bag("dc:subject", "dog")))
    assert descriptions_of(tmp_path / "a.jpg") == ()


def test_each_photo_speaks_by_its_first_source(library, place):
    index = library._index()
    every = load(index)
    captions = gather(every, index, place / "captions.csv", [NAMES, FILE, XMP], nothing_to_tell)
    by_name = {photo.path.name: photo.id for photo in every}
    told = (place / "captions.csv").read_text(encoding="utf-8")
    first = next(iter(told.splitlines()[1:])).split('"')[1].removeprefix("2019/")
    assert captions.of[by_name[first]] == ("this is photo 0, once", "this is photo 0, twice")
    by_file = {name for name, id_ in by_name.items() if captions.source.get(id_) == FILE}
    assert by_file == {name for name in by_name if f"/{name}" in told}
    judging = held_out([photo.content_hash for photo in every])
    assert captions.judging == {photo.id for photo, judges in zip(every, judging, strict=True) if judges}
    assert not set(captions.taught) & captions.judging
    assert set(captions.judged) == captions.judging & set(captions.of)
    without = gather(every, index, None, None, nothing_to_tell)
    assert without.of[by_name[first]] == ("what a side-car says",)
    assert without.found == {XMP: 1, NAMES: len(without.of) - 1}
    assert list(gather(every, index, place / "captions.csv", None, nothing_to_tell).found) == [FILE]


def test_what_cannot_be_learned_from_is_said(library, place, tmp_path):
    index = library._index()

    def found(*sources: str):
        return gather([], index, None, sources, nothing_to_tell)

    with pytest.raises(TuneError, match="do not come from 'web'"):
        found("web")
    with pytest.raises(TuneError, match="Captions from a file need one"):
        found(FILE)
    with pytest.raises(TuneError, match=r"None of the \d+ photos held out has a caption"):
        found(XMP)
    plan = library.tuning.plan
    with pytest.raises(TuneError, match=r"photos with captions are too few to train on: at least 128"):
        plan("clip", captions=place / "captions.csv")
    with pytest.raises(TuneError, match="knows no words"):
        plan("siglip", backbone="timm:resnet18")
    with pytest.raises(MetaError, match="cannot be read"):
        gather([], index, tmp_path / "none.csv", None, nothing_to_tell)


def test_another_lock_or_another_caption_is_another_run(library, place):
    small = {"captions": place / "captions.csv", "batch": 2}
    plan = library.tuning.plan("clip", **small)
    others = [
        library.tuning.plan("clip", lock="image", **small),
        library.tuning.plan("siglip", **small),
        library.tuning.plan("clip", batch=2, sources=[NAMES]),
    ]
    assert len({each.run for each in [plan, *others]}) == 4
    assert f"--captions {place / 'captions.csv'} --lock image" in others[0].command
    assert begun(others[0], 4, 10).command == others[0].command  # what else would go on with it
    assert others[2].command.endswith("--from names --lock none")


@pytest.mark.slow
def test_what_is_learned_is_kept_judged_and_found_again(library):
    plan = library.tuning.plan("clip", sources=[NAMES], batch=4, side=64, epochs=1, name="by-names")
    report = library.tuning.train(plan)
    assert report.finished
    encoder = load_encoder("by-names")
    assert isinstance(encoder, BuiltinEncoder)
    assert encoder.info.revision != load_encoder("builtin").info.revision
    verdict = library.adoption.judge("by-names", captions=plan.captions.said, by_captions=True)
    assert verdict.decides == "captions, first 5"
    assert verdict.found.differences.keys() >= {"captions, first 1", "captions, first 5", "captions, first 10"}
    assert "20 are needed" in verdict.reasons[0]
    facts = json.loads((models_folder() / "by-names" / "lens_tuned.json").read_text(encoding="utf-8"))
    assert facts["recipe"]["captions"] == plan.captions.found
