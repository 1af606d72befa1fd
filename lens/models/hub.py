"""The hub: what its cache holds, whether it may be asked, and what its answers mean.

Everything goes through huggingface_hub, so that `HF_HOME`, `HF_HUB_CACHE`, `HF_ENDPOINT`, `HF_TOKEN` and
`HF_HUB_OFFLINE` are obeyed, and what other programs downloaded is used as it lies.
"""

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lens.errors import ModelMissing


def cached(repo: str, configs: Iterable[str], revision: str | None = None) -> tuple[Path, str] | None:
    """The folder of a repository in the hub's cache and its commit; None if it is not there. Nothing is downloaded.

    Args:
        repo: organisation and name.
        configs: the names of configuration files of which one must be there.
        revision: branch, tag or commit; by default the main branch as it was last seen.
    """
    from huggingface_hub import try_to_load_from_cache

    for config in configs:
        file = try_to_load_from_cache(repo, config, revision=revision)
        if isinstance(file, str):
            return Path(file).parent, Path(file).parent.name
    return None


def cached_repos() -> list[str]:
    """The model repositories in the hub's cache."""
    from huggingface_hub import constants

    folders = Path(constants.HF_HUB_CACHE).glob("models--*--*")
    return sorted(folder.name.removeprefix("models--").replace("--", "/", 1) for folder in folders)


def offline() -> bool:
    """Whether the network must not be used: `LENS_OFFLINE`, `HF_HUB_OFFLINE` or `lens --offline`."""
    from huggingface_hub import constants

    return constants.is_offline_mode() or os.environ.get("LENS_OFFLINE", "").lower() in {"1", "true", "yes", "on"}


def endpoint() -> str:
    """The hub that is used."""
    from huggingface_hub import constants

    return constants.ENDPOINT


def no_room(repo: str, figures: str) -> str:
    """What to do where the disk is full."""
    from huggingface_hub import constants

    return (
        f"There is no room for {repo} in {constants.HF_HUB_CACHE} ({figures}): make room, or name another folder with "
        "HF_HOME; what has come is kept."
    )


@contextmanager
def explained(repo: str, revision: str) -> Iterator[None]:
    """Tell what the hub or the network answered, in one line."""
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    broken_off: type[Exception] = HfHubHTTPError.__mro__[1]  # the HTTP client's error, whichever client it is
    hub = endpoint()
    try:
        yield
    except GatedRepoError as error:
        raise ModelMissing(
            f"{repo} is given only to those who accept its licence: accept it at {hub}/{repo}, then set HF_TOKEN to a "
            f"token from {hub}/settings/tokens and pull again."
        ) from error
    except RepositoryNotFoundError as error:
        raise ModelMissing(f"{hub} has no model {repo}, or it is private: then set HF_TOKEN.") from error
    except RevisionNotFoundError as error:
        raise ModelMissing(f"{repo} has no revision {revision}: see {hub}/{repo}/commits/main.") from error
    except HFValidationError as error:
        raise ModelMissing(f"{repo} is no name of a repository: it looks like organisation/name.") from error
    except HfHubHTTPError as error:
        raise ModelMissing(f"{hub} answered {error.response.status_code} for {repo}: try again later.") from error
    except (broken_off, LocalEntryNotFoundError, ConnectionError) as error:
        raise ModelMissing(
            f"{hub} cannot be reached, or the connection broke ({_root(error)}). What has come is kept: run the same "
            "command again to go on."
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise ModelMissing(no_room(repo, "the disk is full")) from error
        if error.errno is None:  # huggingface_hub's own, such as a file that ended too early
            raise ModelMissing(f"{repo} did not come whole ({_root(error)}): run the same command again.") from error
        raise ModelMissing(f"{repo} cannot be kept: {error.filename}: {error.strerror}.") from error


def _root(error: BaseException) -> str:
    """The first line of what lies at the bottom of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    text = str(error).strip()
    return text.splitlines()[0].rstrip(".") if text else type(error).__name__
