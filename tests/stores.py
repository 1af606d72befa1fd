"""An object store on this machine: moto's S3 server, in a process of the tests."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from lens_indexes.stores import store_of

App: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Any]
"""As WSGI has it."""

BUCKET = "lenstests"
KEY, SECRET = "AKIA0KEYOFTHETESTS00", "0secret0of0the0tests0"


@contextmanager
def serving(around: Callable[[App], App] = lambda app: app) -> Iterator[str]:
    """Such a server with an empty bucket: where it answers.

    Args:
        around: what stands before it.
    """
    import boto3
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, around(DomainDispatcherApplication(create_backend_app)), threaded=True)
    answering = threading.Thread(target=server.serve_forever, daemon=True)
    answering.start()
    url = f"http://127.0.0.1:{server.server_port}"
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)
    if BUCKET not in {each["Name"] for each in client.list_buckets()["Buckets"]}:  # servers of a process share them
        client.create_bucket(Bucket=BUCKET)
    try:
        yield url
    finally:
        server.shutdown()
        answering.join()
        server.server_close()


def failing(every: int, *, done: bool) -> Callable[[App], App]:
    """A server that says of one request in so many that it is too busy, having done what was asked or not."""
    numbers = count(1)

    def around(app: App) -> App:
        def busy(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            if next(numbers) % every:
                return app(environ, start)
            if done:
                list(app(environ, lambda *_: None))
            start("503 Slow Down", [("Content-Type", "application/xml")])
            return [b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"]

        return busy

    return around


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """Where a server answers."""
    with serving() as url:
        yield url


@pytest.fixture
def bucket(store: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """A place of the test's own in the store, whose keys are in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", store)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    store_of.cache_clear()
    return f"s3://{BUCKET}/{abs(hash(request.node.nodeid))}"


@pytest.fixture
def google_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A place in a store as Google's: moto knows its XML API, which is that of S3, but for keys and conditions."""
    with serving(_signed) as url:
        key = {"gcs_base_url": url, "disable_oauth": True, "client_email": "", "private_key": "", "private_key_id": ""}
        (tmp_path / "account.json").write_text(json.dumps(key))
        monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(tmp_path / "account.json"))
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")  # which Lance reads for every store
        yield f"gs://{BUCKET}/google"


def _signed(app: App) -> App:
    scope = "Credential=x/20260101/us-east-1/s3/aws4_request"
    key = f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"
    return lambda environ, start: app(environ | {"HTTP_AUTHORIZATION": key}, start)


@dataclass
class Asked:
    """What a server was asked for."""

    requests: list[str] = field(default_factory=list)
    """Each as `GET /bucket/key`."""
    sent: int = 0
    """Bytes of all answers."""

    def around(self, app: App) -> App:
        """A server that takes down what it is asked for."""

        def noting(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            self.requests.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
            answer = list(app(environ, start))
            self.sent += sum(map(len, answer)) if environ["REQUEST_METHOD"] == "GET" else 0
            return answer

        return noting


def put(uri: str, data: bytes) -> None:
    """Put an object into the store."""
    import boto3

    boto3.client("s3").put_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"), Body=data)


def remove(uri: str) -> None:
    """Take an object out of the store."""
    import boto3

    boto3.client("s3").delete_object(Bucket=BUCKET, Key=uri.removeprefix(f"s3://{BUCKET}/"))


def objects(uri: str) -> dict[str, bytes]:
    """Everything at a place in the store, by key."""
    import boto3

    client = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=uri.removeprefix(f"s3://{BUCKET}/"))
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}
