"""Encoders judged on the photos of an index."""

import pytest

from lens import Library
from lens.errors import EvaluationError, MetaError, QueryError
from tests.fakes import FOLDERS, BlindEncoder, ColourEncoder, paint_folders


@pytest.fixture
def library(tmp_path) -> Library:
    """A hundred and twenty photos in three folders by colour, seen by an encoder of colours and by a blind one."""
    paint_folders(tmp_path / "photos", 40, dated=True)
    library = Library.open(tmp_path / "index")
    library.index([tmp_path / "photos"], [ColourEncoder("colour"), BlindEncoder("blind")])
    return library


@pytest.mark.parametrize("protocol", ["knn", "probe"])
def test_an_encoder_that_sees_beats_one_that_does_not(library, protocol):
    found = library.evaluation.classes(protocol, "colour", against="blind")
    seeing, blind = found.judgements
    assert (seeing.encoder, blind.encoder, found.classes) == ("colour", "blind", 3)
    assert seeing.share.value > 0.95
    assert blind.share.value < 0.6
    assert found.differences[protocol].shown
    assert found.learned + seeing.share.photos == 120
    assert 0 < found.chance < 0.6
    assert found.unlabelled == 0


def test_few_photos_of_each_class_tell_less(library):
    few = library.evaluation.classes("knn", "blind", shots=2)
    assert few.judgements[0].measure == "knn, 2 of each class"
    assert 0.1 < few.judgements[0].share.value < 0.6
    assert library.evaluation.classes("knn", "colour", shots=2).judgements[0].share.value > 0.8


def test_classes_from_a_file(library, tmp_path):
    file = tmp_path / "classes.csv"
    lines = [f"photos/{name}/{number}.png,{name == 'warm'}" for name in FOLDERS for number in range(30)]
    file.write_text("\n".join(["photo,class", *lines, "elsewhere.png,True", "photos/warm/31.png,"]))
    found = library.evaluation.classes("knn", "colour", labels=str(file))
    assert found.classes == 2
    assert found.unlabelled == 30
    assert found.judgements[0].share.value > 0.9


def test_what_cannot_be_judged_is_said(library, tmp_path):
    evaluation = library.evaluation
    with pytest.raises(EvaluationError, match="0 classes"):
        evaluation.classes("knn", "colour", labels="tags")
    with pytest.raises(QueryError, match="no vectors of dinov2"):
        evaluation.classes("knn", "dinov2")
    with pytest.raises(MetaError, match="cannot be read"):
        evaluation.classes("knn", "colour", labels=str(tmp_path / "none.csv"))
    three = tmp_path / "three.csv"
    three.write_text("photo,class,more\na.png,b,c\n")
    with pytest.raises(EvaluationError, match="two columns"):
        evaluation.classes("knn", "colour", labels=str(three))
    three.write_text("photo,class\na.png,b\n")
    with pytest.raises(EvaluationError, match="No photo"):
        evaluation.classes("knn", "colour", labels=str(three))


def test_photos_find_those_of_their_moment_and_themselves(library):
    seen = []
    found = library.evaluation.retrieval(
        ColourEncoder("colour"), against=BlindEncoder("blind"), on_progress=seen.append
    )
    shares = {(each.measure, each.encoder): each.share for each in found.judgements}
    assert shares["same moment", "colour"].value > 0.9  # a folder is a moment
    assert shares["same moment", "blind"].value < 0.6
    assert shares["same moment", "colour"].photos == len(seen) == seen[-1].total
    assert shares["another view", "colour"].value > shares["another view", "blind"].value
    assert set(found.differences) == {"same moment", "another view"}
    assert found.differences["same moment"].shown
    assert found.chance is None


def test_photos_are_found_by_their_captions(library, tmp_path):
    file = tmp_path / "captions.csv"
    lines = [f"photos/cold/{number}.png,a photo that is {word}" for number in range(40) for word in ("blue", "navy")]
    file.write_text("\n".join(["photo,caption", *lines]))
    found = library.evaluation.retrieval(ColourEncoder("colour"), captions=file)
    by_captions = [each for each in found.judgements if each.measure.startswith("captions")]
    assert [each.measure for each in by_captions] == ["captions, first 1", "captions, first 5", "captions, first 10"]
    values = [each.share.value for each in by_captions]
    assert values == sorted(values)
    assert 0 < values[-1] <= 1
    assert by_captions[0].share.photos < 20  # photos, not captions
    file.write_text("photo,caption\nphotos/cold/none.png,blue\n")
    with pytest.raises(EvaluationError, match="No photo"):
        library.evaluation.retrieval(ColourEncoder("colour"), captions=file)


def test_unreadable_photos_are_left_out_of_views(library, tmp_path):
    for photo in (tmp_path / "photos").rglob("*.png"):
        photo.unlink()
    found = library.evaluation.retrieval(ColourEncoder("colour"))
    assert {each.measure for each in found.judgements} == {"same moment"}


def test_the_default_encoder_is_compared_with_itself_only_once(library):
    assert len(library.evaluation.classes("knn", against="colour").judgements) == 1
