"""Small files that are written aside."""

from pathlib import Path

import pytest

from lens.export.texts import WAITING, written_aside


def test_all_files_are_there_at_the_end(tmp_path: Path) -> None:
    with written_aside() as write:
        for number in range(3 * WAITING):
            write(tmp_path / f"{number}.txt", f"é {number}\n")
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert found == {f"{number}.txt": f"é {number}\n" for number in range(3 * WAITING)}


@pytest.mark.parametrize("last", [True, False], ids=["at the end", "on the way"])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, last: bool) -> None:
    with pytest.raises(FileNotFoundError), written_aside() as write:
        write(tmp_path / "no folder" / "a.txt", "a")
        for number in range(0 if last else 2 * WAITING):
            write(tmp_path / f"{number}.txt", "b")
            assert number <= WAITING, "goes on as if nothing had happened"
