"""Errors of S3, in words."""

from __future__ import annotations

from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import (
    ClientError,
    NoCredentialsError,
    PartialCredentialsError,
)

from darkroom_scene.errors import StageError

FORBIDDEN = {
    "AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken",
    "InvalidToken", "RequestTimeTooSkewed", "AllAccessDisabled",
}  # fmt: skip
FULL = {"XMinioStorageFull", "QuotaExceeded", "InsufficientStorage", "507"}


def error_code(error: Exception) -> str:
    """The code S3 gave, `NoSuchKey` for example or an HTTP status; nothing when it gave none."""
    cause = _cause(error)
    return str(cause.response.get("Error", {}).get("Code", "")) if isinstance(cause, ClientError) else ""


def s3_problem(error: Exception, doing: str, place: str) -> StageError:
    """What went wrong while `doing` something at `place`, and what to do about it."""
    cause = _cause(error)
    if isinstance(cause, NoCredentialsError | PartialCredentialsError):
        return StageError(
            "storage/forbidden",
            f"there are no credentials for {place}",
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the task a role",
        )
    if isinstance(cause, ClientError):
        return _refusal(cause, doing, place)
    return StageError(
        "storage/unreachable",
        f"{doing} {place} failed: {str(cause)[:300]}",
        "check the network and AWS_ENDPOINT_URL, then run again: finished work is kept",
    )


def _cause(error: Exception) -> Exception:
    """What an upload failed for: boto3 wraps it."""
    wrapped = error.__context__ if isinstance(error, S3UploadFailedError) else None
    return wrapped if isinstance(wrapped, Exception) else error


def _refusal(error: ClientError, doing: str, place: str) -> StageError:
    code = error_code(error)
    text = str(error.response.get("Error", {}).get("Message", ""))[:300]
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"{doing} {place} failed: {code} {text}".rstrip()
    if code in ("NoSuchKey", "404", "NotFound"):
        return StageError("storage/missing", f"there is no {place}")
    if code == "NoSuchBucket":
        return StageError(
            "storage/no-bucket", f"there is no bucket of {place}", "make it, or correct the address"
        )
    if code in FORBIDDEN or status == 403:
        return StageError(
            "storage/forbidden",
            said,
            "give these credentials s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject there",
        )
    if code in FULL:
        return StageError(
            "storage/full", said, "free some space there, then run again: finished work is kept"
        )
    if code == "NotImplemented":
        return StageError(
            "storage/failed", said, "the endpoint must support conditional writes (If-None-Match)"
        )
    if status >= 500 or code in ("SlowDown", "RequestTimeout"):
        return StageError("storage/unreachable", said, "run again later: finished work is kept")
    return StageError("storage/failed", said)
