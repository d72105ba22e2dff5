"""Storages to test on: a folder, and a bucket of moto's server behind a proxy that can misbehave."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from darkroom_scene.progress import Event, Progress
from darkroom_scene.stop_signal import StopSignal
from darkroom_scene.storage import Storage, open_storage
from tests.fault_proxy import FaultProxy, fault_proxy


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    """The address of a real S3 server, in memory."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@dataclass
class Bucket:
    """An empty bucket, a client past the proxy, and the proxy that everything else goes through."""

    name: str
    client: Any
    proxy: FaultProxy

    @property
    def url(self) -> str:
        """Its storage address."""
        return f"s3://{self.name}/library"


@pytest.fixture
def bucket(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket whose storage is reached through a proxy."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.client("s3", region_name="us-east-1", endpoint_url=moto_url)
    name = f"scenes-{secrets.token_hex(6)}"
    client.create_bucket(Bucket=name)
    with fault_proxy(moto_url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield Bucket(name, client, proxy)


@pytest.fixture(params=["file", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """Each kind of storage in turn, empty."""
    if request.param == "file":
        return open_storage(f"file://{tmp_path}/storage")
    return open_storage(request.getfixturevalue("bucket").url)


@pytest.fixture
def stop() -> StopSignal:
    """A signal that nobody has given."""
    return StopSignal()


@pytest.fixture
def events() -> list[Event]:
    """What the progress of the test has said."""
    return []


@pytest.fixture
def progress(events: list[Event]) -> Progress:
    """Progress into `events`."""
    return Progress("sfm", events.append)
