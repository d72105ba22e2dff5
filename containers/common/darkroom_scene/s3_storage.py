"""Scenes in a bucket of S3, or of anything that speaks its protocol (`AWS_ENDPOINT_URL`)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)

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
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        problems: list[Problem] = []
        found = []
        with self._telling("listing", prefix):
            for page in pages:
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
        with self._telling("writing", path):
            try:
                self._client.upload_file(str(source), self._bucket, self._key(path), Config=config)
            except OSError as error:
                raise file_problem(error, "reading", source) from error

    def read_document(self, path: str) -> Document | None:
        """A small object, or nothing when there is none."""
        with self._telling("reading", path):
            for last in (False, False, True):
                try:
                    answer = self._client.get_object(Bucket=self._bucket, Key=self._key(path))
                    data = b"".join(_chunks(answer["Body"]))
                    return Document(data, answer["ETag"], _age(answer))
                except Interrupted as error:
                    if last:
                        raise s3_problem(error, "reading", f"{self.url}/{path}") from error
                except ClientError as error:
                    if error_code(error) in GONE:
                        return None
                    raise
        raise AssertionError("unreachable")

    def write_document(self, path: str, data: bytes) -> None:
        """Store a small object."""
        with self._telling("writing", path):
            self._client.put_object(Bucket=self._bucket, Key=self._key(path), Body=data)

    def write_if(self, path: str, data: bytes, version: str | None) -> str | None:
        """Store a small object by a conditional PUT.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        with self._telling("writing", path):
            try:
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=self._key(path), Body=data, **condition
                )
            except ClientError as error:
                if error_code(error) in TAKEN | GONE:
                    return None
                raise
        return str(answer["ETag"])

    def delete(self, paths: Iterable[str]) -> None:
        """Remove objects."""
        keys = [{"Key": self._key(path)} for path in paths]
        for start in range(0, len(keys), DELETED_AT_ONCE):
            some = keys[start : start + DELETED_AT_ONCE]
            with self._telling("removing", some[0]["Key"]):
                answer = self._client.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": some, "Quiet": True}
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
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for one in page.get("Uploads", []):
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=one["Key"], UploadId=one["UploadId"]
                    )
        except ClientError:
            return  # tidying only: an account may lack the right to list uploads

    def _get(self, path: str, start: int) -> Any:  # noqa: ANN401
        """The answer of GetObject, or None when the object ends before `start`."""
        condition = {"Range": f"bytes={start}-"} if start else {}
        with self._telling("reading", path):
            try:
                return self._client.get_object(Bucket=self._bucket, Key=self._key(path), **condition)
            except ClientError as error:
                if error_code(error) in ("InvalidRange", "416"):
                    return None
                raise

    def _size(self, path: str) -> int:
        with self._telling("reading", path):
            return int(self._client.head_object(Bucket=self._bucket, Key=self._key(path))["ContentLength"])

    def _key(self, path: str) -> str:
        return self._prefix + checked_path(path)

    @contextmanager
    def _telling(self, doing: str, path: str) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise s3_problem(error, doing, f"{self.url}/{path}") from error


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
