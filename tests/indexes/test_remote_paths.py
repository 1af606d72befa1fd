"""A path on an object store is a path like any other, prints as its URI, and is only read."""

import errno
import pickle
import sys
from pathlib import Path

import pytest

from lens_indexes.remote import RemotePath, is_remote, path_of
from lens_indexes.roots import Root, innermost
from lens_indexes.stores import mtime_ns_of, store_of
from tests.stores import put


@pytest.mark.parametrize("written", ["s3://bucket/2023/a b#1.jpg", "s3:/bucket/2023/a b#1.jpg"])
def test_it_prints_as_its_uri_however_it_came(written):
    photo = path_of(Path(written))
    assert (str(photo), f"{photo}", photo.name, photo.suffix) == ("s3://bucket/2023/a b#1.jpg",) * 2 + (
        "a b#1.jpg",
        ".jpg",
    )
    assert type(path_of(photo)) is RemotePath
    assert photo == path_of(photo) == path_of(str(photo)) == pickle.loads(pickle.dumps(photo))
    assert str(photo.parent) == "s3://bucket/2023"
    assert str(photo.with_name("b.xmp")) == "s3://bucket/2023/b.xmp"
    assert photo.relative_to(photo.parent.parent).as_posix() == "2023/a b#1.jpg"
    assert photo.absolute() == photo.expanduser() == photo.resolve() == photo
    assert is_remote(photo)
    assert isinstance(photo, Path)


def test_paths_of_this_machine_are_what_they_were():
    for written in ("/photos/a.jpg", "photos/s3:/a.jpg", "C:/photos", "file:///a.jpg", "http://host/a.jpg"):
        path = path_of(written)
        assert type(path) is type(Path(written))
        assert not is_remote(path)


def test_it_lies_below_roots_of_its_store_alone():
    roots = [Root("here", Path("/")), Root("all", path_of("s3://bucket")), Root("year", path_of("s3://bucket/2023"))]
    held = innermost(roots, path_of("s3://bucket/2023/a/b.jpg"))
    assert held is not None
    assert (held[0].name, held[1]) == ("year", "a/b.jpg")
    assert innermost(roots, path_of("s3://other/2023/b.jpg")) is None
    here = innermost(roots, Path("/bucket/2023/b.jpg"))
    assert here is not None
    assert here[0].name == "here"
    assert sorted([path_of("s3://b/x"), Path("/a"), path_of("gs://b/x")]) == [
        Path("/a"),
        path_of("gs://b/x"),
        path_of("s3://b/x"),
    ]


def test_nothing_is_written_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = path_of("s3://bucket/new/a.jpg")
    writes = [
        path.unlink,
        path.mkdir,
        path.touch,
        lambda: path.parent.mkdir(parents=True),
        lambda: path.write_bytes(b""),
        lambda: path.open("wb"),
        lambda: path.rename("a.jpg"),
        lambda: path.symlink_to("a.jpg"),
    ]
    for write in writes:
        with pytest.raises(OSError, match="writes nothing to a store"):
            write()
    assert not list(tmp_path.iterdir())


def test_what_keeps_it_from_being_asked_is_told(monkeypatch):
    store_of.cache_clear()
    with pytest.raises(PermissionError, match="must hold no key") as caught:
        path_of("s3://user:mysecret@bucket/a.jpg").read_bytes()
    assert "mysecret" not in str(caught.value)
    with pytest.raises(FileNotFoundError, match="names no bucket"):
        path_of("s3:///").stat()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "fsspec", None)
        with pytest.raises(OSError, match=r"s3:// needs: pip install 'lens-photos\[s3\]'"):
            path_of("s3://bucket/a.jpg").stat()
    monkeypatch.setenv("LENS_OFFLINE", "1")
    with pytest.raises(OSError, match="stay offline"):
        path_of("s3://bucket/a.jpg").stat()
    assert not path_of("s3://bucket").is_dir()


def test_the_time_of_an_object_tells_two_of_one_second_apart():
    before, after = ({"mtime": 1700000000.25, "ETag": tag} for tag in ('"one"', '"two"'))
    assert mtime_ns_of(before) != mtime_ns_of(after)
    assert mtime_ns_of(before) == mtime_ns_of({"LastModified": "2023-11-14T22:13:20+00:00", "ETag": "one"})
    assert mtime_ns_of(before) // 10**9 == 1700000000
    assert mtime_ns_of({"mtime": 1700000000}) == 1700000000_000000000


def test_it_is_read_whole_or_in_parts(bucket):
    pytest.importorskip("s3fs")
    data = bytes(range(256)) * 2000
    put(f"{bucket}/2023/a.bin", data)
    put(f"{bucket}/2023/list.txt", "ä\nb\n".encode())
    path = path_of(f"{bucket}/2023/a.bin")
    assert path.read_bytes() == data
    assert (path.is_file(), path.is_dir(), path.exists()) == (True, False, True)
    assert (path.parent.is_file(), path.parent.is_dir()) == (False, True)
    assert path.stat().st_size == len(data)
    [listed, _] = path.parent.iterdir()
    assert (listed, listed.stat()) == (path, path.stat())
    with path.open("rb") as file:
        assert file.seek(-300, 2) == len(data) - 300
        assert file.read() == data[-300:]
        assert file.read() == b""
        file.seek(1000)
        assert file.read(5) == data[1000:1005]
    with path.with_name("list.txt").open(encoding="utf-8") as lines:
        assert list(lines) == ["ä\n", "b\n"]


def test_only_what_the_store_says_it_has_not_is_not_there(bucket, monkeypatch):
    pytest.importorskip("s3fs")
    with pytest.raises(FileNotFoundError):
        path_of(f"{bucket}/none.jpg").stat()
    with pytest.raises(FileNotFoundError):
        path_of(f"{bucket}/none.jpg").read_bytes()
    for ask in (RemotePath.stat, RemotePath.read_bytes, RemotePath.entries):
        with pytest.raises(OSError, match="bucket does not exist") as caught:
            ask(path_of("s3://lens-none-such/a.jpg"))
        assert caught.value.errno == errno.EIO
        assert not isinstance(caught.value, FileNotFoundError)
