"""Which photos a scan finds, and what it says of the rest."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lens.errors import FolderError
from lens.photos import RAW_SUFFIXES, FoundPhoto, Unreadable, check_folder, scan


def make(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * len(name))
    return root


def found(root: Path, **options: object) -> list[str]:
    return [item.relative for item in scan(root, **options) if isinstance(item, FoundPhoto)]  # type: ignore[arg-type]


def unreadable(root: Path) -> dict[str, Unreadable]:
    return {item.relative: item for item in scan(root) if isinstance(item, Unreadable)}


def test_finds_photos_in_all_folders_in_the_order_of_names(tmp_path: Path) -> None:
    make(tmp_path, "b/z.jpg", "a.JPG", "b/c/d.png", "a/x.webp", "z.heic", "readme.md", "film.mp4", "jpg")
    assert found(tmp_path) == ["a.JPG", "z.heic", "a/x.webp", "b/z.jpg", "b/c/d.png"]


def test_says_where_how_large_and_how_old(tmp_path: Path) -> None:
    make(tmp_path, "a/b.jpg")
    os.utime(tmp_path / "a/b.jpg", ns=(5, 1_700_000_000_123_456_700))
    assert list(scan(tmp_path)) == [FoundPhoto(str(tmp_path / "a/b.jpg"), "a/b.jpg", 7, 1_700_000_000_123_456_700)]


def test_paths_are_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "in/a.jpg")
    monkeypatch.chdir(tmp_path)
    assert [item.path for item in scan(Path("in")) if isinstance(item, FoundPhoto)] == [tmp_path / "in/a.jpg"]


def test_finds_raw_and_empty_files(tmp_path: Path) -> None:
    make(tmp_path, *(f"photo{suffix}" for suffix in RAW_SUFFIXES))
    (tmp_path / "empty.jpg").touch()
    assert len(found(tmp_path)) == len(RAW_SUFFIXES) + 1


@pytest.mark.parametrize(
    "name", ["@eaDir/a.jpg", "node_modules/m/a.png", ".git/a.jpg", "System Volume Information/a.jpg", "b/._a.jpg"]
)
def test_never_finds_what_no_person_put_there(tmp_path: Path, name: str) -> None:
    make(tmp_path, name, "b/a.jpg")
    assert found(tmp_path, include_hidden=True) == ["b/a.jpg"]


def test_finds_hidden_photos_when_asked(tmp_path: Path) -> None:
    make(tmp_path, ".h/a.jpg", ".b.jpg", "c.jpg")
    assert found(tmp_path) == ["c.jpg"]
    assert found(tmp_path, include_hidden=True) == [".b.jpg", "c.jpg", ".h/a.jpg"]


@pytest.mark.parametrize(
    ("pattern", "left"),
    [
        ("*.png", ["a.jpg", "in/a.jpg", "in/deep/a.jpg"]),
        ("deep", ["a.jpg", "b.png", "in/a.jpg", "in/b.png"]),
        ("in/deep/", ["a.jpg", "b.png", "in/a.jpg", "in/b.png"]),
        ("in/*.jpg", ["a.jpg", "b.png", "in/b.png"]),
        ("[ab].*", []),
        ("i", ["a.jpg", "b.png", "in/a.jpg", "in/b.png", "in/deep/a.jpg"]),
    ],
)
def test_leaves_out_what_a_pattern_names(tmp_path: Path, pattern: str, left: list[str]) -> None:
    make(tmp_path, "a.jpg", "b.png", "in/a.jpg", "in/b.png", "in/deep/a.jpg")
    assert found(tmp_path, exclude=[pattern, "*.none"]) == left


def test_scans_one_folder_with_paths_from_the_root(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "in/b.jpg", "in/deep/c.jpg", "other/d.jpg")
    assert found(tmp_path, folder=tmp_path / "in") == ["in/b.jpg", "in/deep/c.jpg"]
    with pytest.raises(ValueError, match="is not in"):
        list(scan(tmp_path / "in", folder=tmp_path / "other"))


def test_survives_loops_of_links_and_visits_each_folder_once(tmp_path: Path) -> None:
    make(tmp_path, "real/a.jpg", "z/b.jpg")
    (tmp_path / "real/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "real/here").symlink_to(".", target_is_directory=True)
    (tmp_path / "again").symlink_to("z", target_is_directory=True)  # sorts before what it leads to
    assert found(tmp_path) == ["real/a.jpg", "z/b.jpg"]
    assert unreadable(tmp_path) == {}


def test_follows_links_that_lead_elsewhere(tmp_path: Path) -> None:
    make(tmp_path, "elsewhere/in/a.jpg", "elsewhere/b.jpg", "photos/c.jpg")
    (tmp_path / "photos/album").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (tmp_path / "photos/one.jpg").symlink_to(tmp_path / "elsewhere/b.jpg")
    assert found(tmp_path / "photos") == ["c.jpg", "one.jpg", "album/b.jpg", "album/in/a.jpg"]


def test_reports_broken_links(tmp_path: Path) -> None:
    (tmp_path / "gone.jpg").symlink_to("nothing.jpg")
    (tmp_path / "album").symlink_to("not-mounted")
    (tmp_path / "self.jpg").symlink_to("self.jpg")
    told = unreadable(tmp_path)
    assert {name: item.is_folder for name, item in told.items()} == {
        "album": True,
        "gone.jpg": False,
        "self.jpg": False,
    }
    assert told["gone.jpg"].reason == "a link to nothing"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep such names")
def test_reports_names_that_are_not_utf8(tmp_path: Path) -> None:
    base = os.fsencode(tmp_path)
    os.mkdir(base + b"/h\xfctte")  # noqa: PTH102 - bytes
    for name in (b"caf\xe9.jpg", b"h\xfctte/a.jpg", b"notes \xe9.txt"):
        with open(base + b"/" + name, "wb") as file:  # noqa: PTH123 - bytes
            file.write(b"1234")
    told = unreadable(tmp_path)
    assert set(told) == {"caf\\xe9.jpg", "h\\xfctte"}
    assert (told["caf\\xe9.jpg"].size, told["caf\\xe9.jpg"].is_folder) == (4, False)
    assert told["caf\\xe9.jpg"].mtime_ns > 0
    assert told["h\\xfctte"].is_folder
    assert all("rename" in item.reason for item in told.values())
    assert found(tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no such files here")
def test_reports_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert unreadable(tmp_path)["pipe.jpg"].reason == "not a regular file"


def test_reports_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "closed/a.jpg", "open/b.jpg")
    listing = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert list(unreadable(tmp_path).values()) == [Unreadable("closed", "permission denied", True, 0, 0)]
    assert found(tmp_path) == ["open/b.jpg"]
    with pytest.raises(FolderError, match="permission denied"):
        check_folder(tmp_path / "closed")


def test_a_root_that_is_gone_is_one_unreadable_folder(tmp_path: Path) -> None:
    (item,) = scan(tmp_path / "gone")
    assert item == Unreadable(".", "no such file or directory", True, 0, 0)


def test_a_folder_that_vanishes_meanwhile_is_reported(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b/c.jpg")
    items = scan(tmp_path)
    next(items)
    (tmp_path / "b/c.jpg").unlink()
    (tmp_path / "b").rmdir()
    assert [(item.relative, type(item)) for item in items] == [("b", Unreadable)]


def test_folders_deeper_than_the_recursion_limit(tmp_path: Path) -> None:
    code = f"""
import os, sys
from pathlib import Path
from lens.photos import scan
root = Path({str(tmp_path)!r})
os.chdir(root)
for _ in range(300):
    os.mkdir("d"); os.chdir("d")
open("a.jpg", "w").close()
sys.setrecursionlimit(150)
print([item.relative.count("/") for item in scan(root)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[300]"


def test_check_folder_resolves(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real", target_is_directory=True)
    assert check_folder(tmp_path / "link" / ".." / "real") == (tmp_path / "real").resolve()


def test_check_folder_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    make(tmp_path, "in/a.jpg")
    (tmp_path / "loop").symlink_to("loop")
    for path, words in (
        (tmp_path / "in/a.jpg", f"is a file.*{tmp_path / 'in'}"),
        (tmp_path / "none", "no such folder"),
        (tmp_path / "in/a.jpg/deeper", "cannot be read"),
        (tmp_path / "loop", "cannot be read"),
        (tmp_path / "nul\0", "cannot be read"),
    ):
        with pytest.raises(FolderError, match=words) as caught:
            check_folder(path)
        assert "\n" not in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep such names")
def test_check_folder_refuses_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    with pytest.raises(FolderError, match=r"caf\\xe9: there is no such folder"):
        check_folder(path)
    path.mkdir()
    with pytest.raises(FolderError, match=r"caf\\xe9.*rename"):
        check_folder(path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="needs a socket file")
def test_a_socket_without_a_photos_name_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert list(scan(tmp_path)) == []
