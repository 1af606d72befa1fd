"""A hub of one repository on 127.0.0.1, and the program run against it; stops by itself."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from tests.checkpoints import open_clip_clip

REPO = "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"  # of clip-b32
COMMIT = "1234567890abcdef1234567890abcdef12345678"
WEIGHTS = "open_clip_model.safetensors"
SECONDS = 300


@cache
def model_files() -> dict[str, bytes]:
    """A repository as the hub has it: what is needed, and much that is not.

    The weights are 26 MB, since huggingface_hub keeps what came of a broken connection in pieces of 10 MiB.
    """
    with tempfile.TemporaryDirectory() as folder:
        open_clip_clip(Path(folder), width=128)
        needed = {file.name: file.read_bytes() for file in Path(folder).iterdir()}
    return needed | {
        "README.md": b"# A model\n",
        "tokenizer.json": b"{}",
        "open_clip_pytorch_model.bin": b"the same weights once more",
        "flax_model.msgpack": b"and once more",
    }


@dataclass
class FakeHub:
    """What the hub holds and how it misbehaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(model_files()))
    gated: bool = False
    cuts: int = 0
    """How many more times the connection breaks half way through the weights."""
    down: bool = False
    """Whether every further connection is closed without an answer; set by the last cut if `then_down`."""
    then_down: bool = False
    announced: dict[str, str] = field(default_factory=dict)
    """SHA-256 to announce in place of the true one, by file."""
    asked: list[str] = field(default_factory=list)
    """Method, path and range of every request."""
    url: str = ""

    def sha256(self, path: str) -> str:
        return self.announced.get(path) or hashlib.sha256(self.files[path]).hexdigest()

    def git_name(self, path: str) -> str:
        content = self.files[path]
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def large(self, path: str) -> bool:
        return path.endswith((".safetensors", ".bin", ".msgpack"))

    def resumed(self) -> bool:
        """Whether the weights were asked for from somewhere in their first half on."""
        starts = [line.rsplit("=", 1)[1].rstrip("-") for line in self.downloads() if f"{WEIGHTS} bytes=" in line]
        return any(0 < int(start) <= len(self.files[WEIGHTS]) // 2 for start in starts)

    def downloads(self) -> list[str]:
        return [line for line in self.asked if line.startswith("GET") and "/resolve/" in line]


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path = urlsplit(self.path).path
            hub.asked.append(f"{self.command} {path} {self.headers.get('Range', '')}".strip())
            if hub.down:
                self.close_connection = True
                return
            api = f"/api/models/{REPO}"
            if path.startswith(f"/{REPO}/resolve/{COMMIT}/"):
                self._file(path.rsplit("/", 1)[1], body)
            elif path in {api, f"{api}/revision/main", f"{api}/revision/{COMMIT}"}:
                siblings = [self._sibling(name) for name in hub.files]
                gated = "manual" if hub.gated else False
                self._json({"id": REPO, "sha": COMMIT, "gated": gated, "siblings": siblings})
            elif path == f"{api}/auth-check" and not hub.gated:
                self._json({})
            elif path == f"{api}/tree/{COMMIT}":
                self._json([self._leaf(name) for name in hub.files])
            elif hub.gated and path.startswith(api):
                self._refuse(403, "GatedRepo")
            elif path.startswith(f"{api}/revision/"):
                self._refuse(404, "RevisionNotFound")
            else:
                self._refuse(404, "RepoNotFound")

        def _sibling(self, name: str) -> dict[str, object]:
            sibling: dict[str, object] = {
                "rfilename": name,
                "size": len(hub.files[name]),
                "blobId": hub.git_name(name),
            }
            if hub.large(name):
                sibling["lfs"] = {"sha256": hub.sha256(name), "size": len(hub.files[name]), "pointerSize": 134}
            return sibling

        def _leaf(self, name: str) -> dict[str, object]:
            leaf: dict[str, object] = {
                "type": "file",
                "path": name,
                "size": len(hub.files[name]),
                "oid": hub.git_name(name),
            }
            if hub.large(name):
                leaf["lfs"] = {"oid": hub.sha256(name), "size": len(hub.files[name]), "pointerSize": 134}
            return leaf

        def _file(self, name: str, body: bool) -> None:
            if hub.gated:
                self._refuse(403, "GatedRepo")
                return
            content = hub.files[name]
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").split("-")[0])
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
            self.send_header("ETag", f'"{hub.sha256(name) if hub.large(name) else hub.git_name(name)}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if not body:
                return
            if hub.cuts and name == WEIGHTS:
                hub.cuts -= 1
                hub.down = hub.then_down and not hub.cuts
                self.wfile.write(content[start : start + (len(content) - start) // 2])
                self.close_connection = True
                return
            self.wfile.write(content[start:])

        def _json(self, value: object) -> None:
            content = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _refuse(self, status: int, code: str) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", "no")
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Answer on a port of this machine until the block ends, five minutes at most."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    answering = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    stop = threading.Timer(SECONDS, server.shutdown)
    stop.daemon = True
    answering.start()
    stop.start()
    try:
        yield hub
    finally:
        stop.cancel()
        server.shutdown()
        answering.join()
        server.server_close()


@dataclass(frozen=True)
class Machine:
    """A machine with a hub's cache, models and settings of its own."""

    folder: Path
    hub: FakeHub
    wrapper: tuple[str, ...] = ()
    """A program to run it in."""

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def snapshot(self) -> Path:
        return self.folder / "hf" / "hub" / f"models--{REPO.replace('/', '--')}" / "snapshots" / COMMIT

    def lens(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run the program there."""
        own = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "LENS_"))}
        own |= {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.folder / "hf"),
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "LENS_CACHE": str(self.folder / "cache"),
            "LENS_INDEX": str(self.folder / "index"),
            "LENS_MODELS": str(self.models),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "NO_PROXY": "*",
        }
        command = [*self.wrapper, sys.executable, "-c", "from lens_cli.app import main; main()", *arguments]
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
            env=own | env,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
        )

    def ok(self, *arguments: str, **env: str) -> str:
        done = self.lens(*arguments, **env)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    def fails(self, *arguments: str, status: int = 1, **env: str) -> str:
        """The last line of a failing command; nothing but it and the size may be said."""
        done = self.lens(*arguments, **env)
        assert done.returncode == status, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        lines = [line for line in done.stderr.splitlines() if not line.startswith("clip-b32: ")]
        assert len(lines) == 1, done.stderr
        return lines[0]
