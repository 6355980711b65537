from __future__ import annotations

import jsonschema
import msgspec
import pytest

from clusterbench.store.schemas import schemas
from support.factories import run_record, trial_record
from support.repository import ROOT

FOLDER = ROOT / "orchestrator" / "schema"


@pytest.mark.parametrize("name", sorted(schemas()))
def test_the_schema_files_are_those_of_the_classes(name: str) -> None:
    assert (FOLDER / name).read_bytes() == schemas()[name], "run `clusterbench schema` and commit"


def test_no_other_schema_lies_there() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(schemas())


@pytest.mark.parametrize(("name", "record"), [("run", run_record()), ("trial", trial_record())])
def test_what_is_written_fits_its_schema_and_what_is_broken_does_not(
    name: str, record: object
) -> None:
    schema = msgspec.json.decode((FOLDER / f"{name}.schema.json").read_bytes())
    value = msgspec.json.decode(msgspec.json.encode(record))
    jsonschema.validate(value, schema)
    del value["id"]
    with pytest.raises(jsonschema.ValidationError, match="'id' is a required property"):
        jsonschema.validate(value, schema)
