"""An object store on this machine: moto's S3 server, in a process of the tests."""

import os
from collections.abc import Iterator

import pytest

BUCKET = "lens-tests"
KEY, SECRET = "AKIA0KEYOFTHETESTS00", "0secret0of0the0tests0"


@pytest.fixture(scope="session")
def store() -> Iterator[str]:
    """Where the server answers."""
    import logging

    import boto3
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=KEY, aws_secret_access_key=SECRET
    )
    client.create_bucket(Bucket=BUCKET)
    yield url
    server.stop()


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
    return f"s3://{BUCKET}/{abs(hash(request.node.nodeid))}"


def objects(uri: str) -> dict[str, bytes]:
    """Everything at a place in the store, by key."""
    import boto3

    client = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=uri.removeprefix(f"s3://{BUCKET}/"))
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    return {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}
