"""The schema of report.json, and the check against it."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

import fastjsonschema


class ReportProblem(Exception):
    """A document is no report; the message names the field and what was expected."""


def check_report(document: object) -> None:
    """Do nothing when `document` is a report.

    Raises:
        ReportProblem: it is not, and why.
    """
    try:
        _validator()(document)
    except fastjsonschema.JsonSchemaValueException as error:
        raise ReportProblem(str(error.message).replace("data", "the report", 1)) from error


@cache
def _validator() -> Any:  # noqa: ANN401
    schema = json.loads(resources.files("view").joinpath("report.schema.json").read_text())
    return fastjsonschema.compile(schema, use_default=False)
