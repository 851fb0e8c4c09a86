"""Incremental exports: one line for each item that changed within the window."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

BEFORE = {"id": {"S": "kept"}, "n": {"N": "1"}}


def window(minutes: float = 20, view: str = "NEW_AND_OLD_IMAGES") -> dict[str, Any]:
    """The parameters of an incremental export of the last minutes."""
    now = datetime.now(UTC)
    specification = {"ExportFromTime": now - timedelta(minutes=minutes), "ExportToTime": now, "ExportViewType": view}
    return {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": specification}


def make(server: Any, bucket: str, name: str) -> None:
    """A table with one item of each fate; the imported ones existed before any window."""
    existing = [BEFORE, *({"id": {"S": fate}, "n": {"N": "1"}} for fate in ("updated", "deleted", "remade"))]
    server.import_table(name, bucket, existing, "id:S")

    def put(fate: str, number: str) -> None:
        server.dynamodb.put_item(TableName=name, Item={"id": {"S": fate}, "n": {"N": number}})

    def delete(fate: str) -> None:
        server.dynamodb.delete_item(TableName=name, Key={"id": {"S": fate}})

    put("created", "1")
    put("updated", "2")
    put("updated", "3")
    delete("deleted")
    delete("remade")
    put("remade", "2")
    put("passing", "1")
    delete("passing")


def by_id(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The lines by item, without their times."""
    assert len({line["Keys"]["id"]["S"] for line in lines}) == len(lines)
    return {line["Keys"]["id"]["S"]: {key: line[key] for key in line if key.endswith("Image")} for line in lines}


def test_changes_are_exported_with_both_images(server: Any, bucket: str) -> None:
    begun = time.time_ns() // 1000
    make(server, bucket, "images")
    export = server.export("images", bucket, **window())

    def image(fate: str, number: str) -> dict[str, Any]:
        return {"id": {"S": fate}, "n": {"N": number}}

    assert by_id(export.lines) == {
        "created": {"NewImage": image("created", "1")},
        "updated": {"OldImage": image("updated", "1"), "NewImage": image("updated", "3")},
        "deleted": {"OldImage": image("deleted", "1")},
        "remade": {"OldImage": image("remade", "1"), "NewImage": image("remade", "2")},
    }
    for line in export.lines:
        assert begun <= int(line["Metadata"]["WriteTimestampMicros"]["N"]) <= time.time_ns() // 1000
    assert export.description["ItemCount"] == 4


def test_changes_are_exported_with_new_images_only(server: Any, bucket: str) -> None:
    make(server, bucket, "newimages")
    export = server.export("newimages", bucket, **window(view="NEW_IMAGE"))
    images = by_id(export.lines)
    assert images["deleted"] == {}
    assert images["updated"] == {"NewImage": {"id": {"S": "updated"}, "n": {"N": "3"}}}
    assert export.summary["outputView"] == "NEW_IMAGE"


def test_incremental_exports_share_a_folder_of_data(server: Any, bucket: str) -> None:
    make(server, bucket, "folder")
    export = server.export("folder", bucket, **window())
    assert all(file["dataFileS3Key"].startswith("exports/AWSDynamoDB/data/") for file in export.files)
    summary, specification = export.summary, export.description["IncrementalExportSpecification"]
    assert summary["exportType"] == export.description["ExportType"] == "INCREMENTAL_EXPORT"
    assert specification["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    assert "exportFromTime" in summary
    assert "exportToTime" in summary


def test_the_last_full_export_and_the_changes_since_make_the_present_state(server: Any, bucket: str) -> None:
    make(server, bucket, "chain")
    to = datetime.now(UTC)
    start = to - timedelta(minutes=30)
    state = {line["id"]["S"]: line for line in server.export("chain", bucket, ExportTime=start).items}
    specification = {"ExportFromTime": start, "ExportToTime": to}
    changes = server.export(
        "chain", bucket, ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=specification
    )
    for line in changes.lines:
        state.pop(line["Keys"]["id"]["S"], None)
        if "NewImage" in line:
            state[line["Keys"]["id"]["S"]] = line["NewImage"]
    present = server.export("chain", bucket).items
    assert sorted(state.values(), key=str) == sorted(present, key=str)


def test_keys_of_two_parts_are_exported_both(server: Any, bucket: str) -> None:
    server.import_table("pairs", bucket, [{"user": {"N": "1"}, "at": {"S": "a"}}], "user:N", "at:S")
    server.dynamodb.delete_item(TableName="pairs", Key={"user": {"N": "1"}, "at": {"S": "a"}})
    [line] = server.export("pairs", bucket, **window()).lines
    assert line["Keys"] == {"user": {"N": "1"}, "at": {"S": "a"}}


@pytest.mark.parametrize("minutes", [14, 25 * 60], ids=["too short", "too long"])
def test_a_window_of_the_wrong_length_is_refused(server: Any, bucket: str, minutes: float) -> None:
    name = f"length{minutes}"
    server.import_table(name, bucket, [BEFORE], "id:S")
    with pytest.raises(ClientError, match="between 15 minutes and 24 hours"):
        server.export(name, bucket, **window(minutes))
