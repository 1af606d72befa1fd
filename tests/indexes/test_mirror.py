"""A mirror is used only for the state of the index that it was made of, and says what the tables say."""

import json
from pathlib import Path

import numpy as np
import pytest

from lens_indexes import Index, VectorBlock, open_mirror, top_k
from lens_indexes import index as index_module
from lens_indexes.beside import MIRROR_FOLDER
from lens_indexes.mirror import HEADER
from lens_indexes.vectors import RowsChanged, read_block
from tests.rows import CLIP, DINO, names, row, unit


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(str(tmp_path / "index"))
    made.roots.add(Path("/photos"))
    made.photos.bind(CLIP)
    made.photos.bind(DINO)
    made.photos.add([row(number) for number in (3, 1, 2, 0)], {CLIP: unit(4, CLIP.dim), DINO: unit(4, DINO.dim)})
    return made


def kept(index: Index) -> VectorBlock | None:
    mirror = open_mirror(index.beside)
    return mirror.block(CLIP) if mirror else None


def same(one: VectorBlock, other: VectorBlock) -> bool:
    return names(one) == names(other) and np.array_equal(one.vectors, other.vectors)


def test_it_says_what_the_tables_say(index):
    assert kept(index) is None
    block = index.block(CLIP)
    assert isinstance(block.vectors, np.memmap)
    assert same(block, read_block(index.photos.table, CLIP.column, CLIP.dim, tuple(index.roots.all())))
    assert same(block, kept(index))
    np.testing.assert_array_equal(block.vectors, unit(4, CLIP.dim)[[3, 1, 2, 0]])


def test_several_encoders_share_it(index):
    index.block(CLIP)
    index.block(DINO)
    mirror = open_mirror(index.beside)
    assert mirror.default == "clip-b32"
    assert (mirror.block(CLIP).vectors.shape, mirror.block(DINO).vectors.shape) == ((4, CLIP.dim), (4, DINO.dim))


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index.photos.add([row(9)], {CLIP: unit(1, CLIP.dim, seed=9)}),
        lambda index: index.photos.mark_missing([row(1).id]),
        lambda index: index.photos.delete([row(2).id]),
        lambda index: index.photos.replace([row(0)], {CLIP: unit(1, CLIP.dim, seed=5)}),
        lambda index: index.photos.set_default("dinov2-s"),
        lambda index: index.photos.drop("dinov2-s"),
        lambda index: index.roots.add(Path("/more")),
    ],
)
def test_after_every_change_it_is_made_again(index, change):
    old = index.block(CLIP)
    before = names(old), old.vectors.copy()
    change(index)
    assert kept(index) is None
    fresh = index.block(CLIP)
    assert same(fresh, read_block(index.photos.table, CLIP.column, CLIP.dim, tuple(index.roots.all())))
    assert same(fresh, kept(index))
    assert (names(old), old.vectors.tolist()) == (before[0], before[1].tolist()), "a reader keeps what it had"


def test_old_files_do_not_pile_up(index):
    for number in range(5, 10):
        index.photos.add([row(number)], {CLIP: unit(1, CLIP.dim, seed=number)})
        index.block(CLIP)
    assert len(list((Path(index.uri) / MIRROR_FOLDER).iterdir())) == 5


def harm(folder: Path, how: str) -> None:
    file = next(folder.glob(f"*.{how}.np[yz]"))
    file.write_bytes(file.read_bytes()[:-4])


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: harm(folder, "vectors"),
        lambda folder: harm(folder, "entries"),
        lambda folder: harm(folder, "ends"),
        lambda folder: harm(folder, "facts"),
        lambda folder: next(folder.glob("*.facts.npz")).write_bytes(b""),
        lambda folder: next(folder.glob("*.ends.npy")).unlink(),
        lambda folder: next(folder.glob("*.facts.npz")).unlink(),
        lambda folder: (folder / HEADER).write_text("{"),
        lambda folder: (folder / HEADER).write_text(json.dumps({"format": 99})),
    ],
)
def test_a_damaged_one_is_not_used(index, damage):
    whole = index.block(CLIP)
    expected = names(whole), whole.vectors.copy()
    damage(Path(index.uri) / MIRROR_FOLDER)
    assert kept(index) is None
    again = Index.open(index.uri).block(CLIP)
    assert names(again) == expected[0]
    np.testing.assert_array_equal(again.vectors, expected[1])


def test_another_revision_finds_nothing_in_it(index):
    index.block(CLIP)
    other = type(CLIP)(CLIP.name, CLIP.model, "r2", CLIP.dim)
    assert open_mirror(index.beside).block(other) is None


def test_without_room_for_it_the_vectors_are_read_into_memory(index, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(index_module, "write_mirror", full)
    block = index.block(CLIP)
    assert not isinstance(block.vectors, np.memmap)
    assert names(block) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]


def test_a_change_under_way_is_noticed_and_read_again(index, monkeypatch):
    whole, calls = index_module.write_mirror, []

    def disturbed(*arguments):
        calls.append(1)
        if len(calls) == 1:
            raise RowsChanged
        whole(*arguments)

    monkeypatch.setattr(index_module, "write_mirror", disturbed)
    assert names(index.block(CLIP)) == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]
    assert len(calls) == 2


def test_many_rows_in_many_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr("lens_indexes.vectors.ROWS_AT_ONCE", 7)
    index = Index.create(str(tmp_path / "index"))
    index.roots.add(Path("/photos"))
    index.photos.bind(CLIP)
    order = np.random.default_rng(1).permutation(100)
    vectors = unit(100, CLIP.dim)
    for part in np.split(order, 10):
        index.photos.add([row(int(number)) for number in part], {CLIP: vectors[part]})
    block = index.block(CLIP)
    by_name = sorted(range(100), key=lambda number: f"{number}.jpg")
    np.testing.assert_array_equal(block.vectors, vectors[by_name])
    rows, _ = top_k(vectors[[17]], block.vectors, 1)
    assert block.path(rows[0, 0]) == Path("/photos/17.jpg")
    assert [block.row_of(Path(f"/photos/{number}.jpg")) for number in by_name] == list(range(100))


def test_an_empty_index_has_an_empty_block(tmp_path):
    index = Index.create(str(tmp_path / "index"))
    index.photos.bind(CLIP)
    assert len(index.block(CLIP)) == 0
    assert index.block(CLIP).vectors.shape == (0, CLIP.dim)
