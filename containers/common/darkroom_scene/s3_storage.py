"""Scenes in a bucket of S3, or of anything that speaks its protocol (`AWS_ENDPOINT_URL`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from urllib3.exceptions import HTTPError

from darkroom_scene.errors import Problem, StageError
from darkroom_scene.file_problem import file_problem
from darkroom_scene.object_path import checked_path
from darkroom_scene.s3_problem import error_code, s3_problem
from darkroom_scene.storage import Document, Interrupted, ObjectStream, StoredObject

WORKERS = 8
READ = 1 << 16
"""Bytes read at a time: what is lost of an answer that breaks."""

PART = 8 << 20
"""Bytes of one part of a multipart upload."""

MOST_PARTS = 10_000
DELETED_AT_ONCE = 1000
"""Limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html and DeleteObjects."""

TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
GONE = {"NoSuchKey", "404", "NotFound"}
BEYOND = {"InvalidRange", "416"}

ATTEMPTS = 4
"""How often an answer that broke in its middle is asked for."""


class S3Storage:
    """Objects below `prefix` of `bucket`; credentials and endpoint come from AWS's environment variables."""

    workers = WORKERS

    def __init__(self, bucket: str, prefix: str) -> None:
        """Prepare a client; nothing is asked yet."""
        self._bucket = bucket
        self._prefix = f"{checked_path(prefix)}/" if prefix else ""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 8},
            connect_timeout=10,
            read_timeout=60,
            max_pool_connections=WORKERS + 2,
        )
        region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._client: Any = boto3.session.Session().client("s3", region_name=region, config=config)

    @property
    def url(self) -> str:
        """Bucket and prefix, for people."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def objects(self, prefix: str) -> Iterator[StoredObject]:
        """Every object below `prefix`, sorted; the empty objects that stand for folders are left out."""
        problems: list[Problem] = []
        found = []
        for page in self._pages("list_objects_v2", prefix):
            for one in page.get("Contents", []):
                path = one["Key"].removeprefix(self._prefix)
                if path.endswith("/"):
                    continue
                try:
                    found.append(StoredObject(checked_path(path), one["Size"], one["ETag"]))
                except StageError as error:
                    problems.extend(error.problems)
        if problems:
            raise StageError.of(problems)
        yield from found

    @contextmanager
    def read(self, path: str, start: int = 0) -> Iterator[ObjectStream]:
        """The bytes of an object from `start` on."""
        answer = self._get(path, start)
        if answer is None:
            yield ObjectStream(self._size(path), iter(()))
            return
        body = answer["Body"]
        size = int(answer["ContentRange"].rpartition("/")[2]) if start else answer["ContentLength"]
        try:
            yield ObjectStream(size, _chunks(body))
        finally:
            body.close()

    def write_file(self, path: str, source: Path) -> None:
        """Upload a file, in parts when it is large; parts of an upload that failed are removed."""
        part = max(PART, -(-source.stat().st_size // MOST_PARTS))
        config = TransferConfig(multipart_threshold=part, multipart_chunksize=part, use_threads=False)
        try:
            self._ask(
                "upload_file", "writing", path, Filename=str(source), Key=self._key(path), Config=config
            )
        except OSError as error:
            raise file_problem(error, "reading", source) from error

    def read_document(self, path: str) -> Document | None:
        """A small object, or nothing when there is none."""
        for attempt in range(ATTEMPTS):
            answer = self._ask("get_object", "reading", path, missing=GONE, Key=self._key(path))
            if answer is None:
                return None
            try:
                return Document(b"".join(_chunks(answer["Body"])), answer["ETag"], _age(answer))
            except Interrupted as error:
                if attempt == ATTEMPTS - 1:
                    raise s3_problem(error, "reading", f"{self.url}/{path}") from error
        raise AssertionError("unreachable")

    def write_document(self, path: str, data: bytes) -> None:
        """Store a small object."""
        self._ask("put_object", "writing", path, Key=self._key(path), Body=data)

    def write_if(self, path: str, data: bytes, version: str | None) -> str | None:
        """Store a small object by a conditional PUT.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        answer = self._ask(
            "put_object", "writing", path, missing=TAKEN | GONE, Key=self._key(path), Body=data, **condition
        )
        return None if answer is None else str(answer["ETag"])

    def delete(self, paths: Iterable[str]) -> None:
        """Remove objects."""
        keys = [{"Key": self._key(path)} for path in paths]
        for start in range(0, len(keys), DELETED_AT_ONCE):
            some = keys[start : start + DELETED_AT_ONCE]
            answer = self._ask(
                "delete_objects", "removing", some[0]["Key"], Delete={"Objects": some, "Quiet": True}
            )
            problems = [
                Problem(
                    "storage/failed", f"removing s3://{self._bucket}/{one['Key']} failed: {one.get('Code')}"
                )
                for one in answer.get("Errors", [])
            ]
            if problems:
                raise StageError.of(problems)

    def sweep(self, prefix: str) -> None:
        """Give up multipart uploads below `prefix` that were never finished; their parts cost money."""
        try:
            for page in self._pages("list_multipart_uploads", prefix):
                for one in page.get("Uploads", []):
                    upload = {"Key": one["Key"], "UploadId": one["UploadId"]}
                    self._ask(
                        "abort_multipart_upload", "removing", prefix, missing={"NoSuchUpload"}, **upload
                    )
        except StageError:
            return  # tidying only: an account may lack the right to list uploads

    def _get(self, path: str, start: int) -> Any:  # noqa: ANN401
        """The answer of GetObject, or None when the object ends before `start`."""
        condition = {"Range": f"bytes={start}-"} if start else {}
        return self._ask("get_object", "reading", path, missing=BEYOND, Key=self._key(path), **condition)

    def _size(self, path: str) -> int:
        return int(self._ask("head_object", "reading", path, Key=self._key(path))["ContentLength"])

    def _pages(self, operation: str, prefix: str) -> Iterator[Any]:
        """Every page of a listing."""
        next_page: dict[str, Any] = {}
        while True:
            page = self._ask(operation, "listing", prefix, Prefix=self._prefix + prefix, **next_page)
            yield page
            names = ("KeyMarker", "UploadIdMarker") if "Uploads" in page else ("ContinuationToken",)
            next_page = {name: page[f"Next{name}"] for name in names if page.get(f"Next{name}")}
            if not page.get("IsTruncated") or not next_page:
                return

    def _ask(
        self,
        operation: str,
        doing: str,
        path: str,
        *,
        missing: Set[str] = frozenset(),
        **arguments: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """The answer of one operation, or None when S3 refuses it with a code in `missing`.

        botocore asks again after most failures; not when a refusal of GetObject breaks in the middle, nor
        when an upload is not known any more because the answer to its completion was lost.
        """
        for attempt in range(ATTEMPTS):
            try:
                return getattr(self._client, operation)(Bucket=self._bucket, **arguments)
            except (ClientError, BotoCoreError, Boto3Error, HTTPError) as error:
                code = error_code(error)
                if code in missing:
                    return None
                if attempt == ATTEMPTS - 1 or not (isinstance(error, HTTPError) or code == "NoSuchUpload"):
                    raise s3_problem(error, doing, f"{self.url}/{path}") from error
                time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable")

    def _key(self, path: str) -> str:
        return self._prefix + checked_path(path)


def _chunks(body: Any) -> Iterator[bytes]:  # noqa: ANN401
    try:
        yield from body.iter_chunks(READ)
    except (HTTPClientError, IncompleteReadError, FlexibleChecksumError, OSError) as error:
        raise Interrupted(str(error)) from error


def _age(answer: Any) -> float:  # noqa: ANN401
    """Seconds since the object was written, by the server's own clock: ours may be wrong."""
    written: datetime = answer["LastModified"]
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    now = parsedate_to_datetime(date).timestamp() if date else time.time()
    return max(0.0, now - written.timestamp())
