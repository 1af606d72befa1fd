"""What is loaded before anybody asks, and what is loaded once only."""

from pathlib import Path

import pytest

from lens import Library
from lens.models import loaded
from lens.models.encoders.onnx import OnnxNetwork
from tests.fakes import ColourEncoder


def test_a_warm_library_loads_no_network_at_the_first_search(
    library: Library, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos], "builtin")
    again, loads = Library.open(library.uri), []
    real = OnnxNetwork._load
    monkeypatch.setattr(OnnxNetwork, "_load", lambda network, threads: loads.append(threads) or real(network, threads))
    again.warm()
    assert len(loads) == 1
    assert again.search("a red thing", top=4)
    assert len(loads) == 1


def test_what_would_take_torch_is_left_to_the_search(
    library: Library, photos: Path, encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.index([photos], encoder)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(loaded, "load", never)
    Library.open(library.uri).warm()


def test_without_an_index_there_is_nothing_to_warm(library: Library) -> None:
    library.warm()


def test_prepared_words_are_loaded_once(encoder: ColourEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = []
    monkeypatch.setattr(loaded, "load_words", lambda name: loads.append(name) or (encoder if len(loads) > 1 else None))
    monkeypatch.setattr(loaded, "load", lambda name, **_: encoder)
    words = loaded.LoadedEncoders().words
    assert [words("colour") for _ in range(4)] == [None, encoder, encoder, encoder]
    assert loads == ["colour"] * 2  # not there the first time, and prepared meanwhile
