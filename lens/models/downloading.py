"""Large files from the hub, so that a download which broke off goes on where it was, even days later.

huggingface_hub takes up a broken connection by itself but, since its version 2, drops what came when the program ends.
So the large files are fetched here, with its own reader, into the place in its cache where it looks for them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from filelock import FileLock

Arrived = Callable[[int], None]


def fetch(repo: str, path: str, commit: str, arrived: Arrived) -> None:
    """Put a file's content into the hub's cache; does nothing if it is there.

    Args:
        repo: organisation and name.
        path: the file in it.
        commit: of the repository.
        arrived: takes how many bytes have come since it was last called, those of an earlier download included.

    Raises:
        huggingface_hub's and the HTTP client's errors, OSError: it did not come whole; what came is kept.
    """
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
    from huggingface_hub.file_download import http_get, repo_folder_name
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, though not in __all__

    url = hf_hub_url(repo, path, revision=commit)
    there = get_hf_file_metadata(url)
    if there.etag is None or there.size is None:
        return  # a hub that does not name its content: left to huggingface_hub
    blobs = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model") / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    whole, partial = blobs / there.etag, blobs / f"{there.etag}.incomplete"
    headers = build_hf_headers()
    if urlsplit(there.location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is the hub's business, not that of the servers behind it
    with FileLock(blobs / f"{there.etag}.lock"):
        if whole.exists():
            return
        with partial.open("ab") as file:
            if file.tell() > there.size:
                file.truncate(0)
            arrived(file.tell())
            http_get(
                there.location,
                file,
                resume_size=file.tell(),
                headers=headers,
                expected_size=there.size,
                displayed_filename=path,
                tqdm_class=_bar(arrived),
            )
        partial.replace(whole)
    (blobs / f"{there.etag}.lock").unlink(missing_ok=True)


def _bar(arrived: Arrived) -> Any:
    """The hub's bar, which also tells what has come."""
    from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]  # public, though not in __all__

    class Bar(tqdm):
        def update(self, n: float | None = 1) -> Any:
            arrived(int(n or 0))
            return super().update(n)

    return Bar
