"""Templates and wildcards of Amazon S3 transfers, by the examples of the service's own pages."""

import datetime

import pytest

from sandbox.services.transfers import paths
from sandbox.services.transfers.errors import TransferError

MIDNIGHT = datetime.datetime(2018, 2, 15, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        ("mytable", "mytable"),
        ("mytable${run_date}", "mytable$20180215"),
        ('mytable_{run_time|"%Y%m%d"}', "mytable_20180215"),
        ('mytable_{run_time+25h|"%Y%m%d"}', "mytable_20180216"),
        ('mytable_{run_time-1h|"%Y%m%d"}', "mytable_20180214"),
        ('mytable_{run_time+1.5h|"%Y%m%d%H"}', "mytable_2018021501"),
        ('mytable_{run_time+90m|"%Y%m%d%H"}', "mytable_2018021501"),
        ('{run_time+97s|"%Y%m%d"}_mytable_{run_time+97s|"%H%M%S"}', "20180215_mytable_000137"),
    ],
)
def test_a_template_is_filled_with_the_runs_time(template: str, rendered: str) -> None:
    assert paths.render(template, MIDNIGHT) == rendered


@pytest.mark.parametrize("template", ["t_{run_hour}", '{run_time |"%Y"}', '{run_time+1d|"%Y"}', "{run_time}", "t}"])
def test_braces_that_are_no_parameter_are_refused(template: str) -> None:
    with pytest.raises(TransferError, match="Invalid template"):
        paths.render(template, MIDNIGHT)


@pytest.mark.parametrize("uri", ["gs://bucket/a", "s3://", "s3://buck*/a", "s3://{run_date}/a"])
def test_a_bucket_is_spelt_out(uri: str) -> None:
    with pytest.raises(TransferError, match="Invalid Amazon S3 URI"):
        paths.split(uri)


@pytest.mark.parametrize(
    ("path", "key", "matches"),
    [
        ("", "any/thing.csv", True),
        ("my-folder/my-file.csv", "my-folder/my-file.csv", True),
        ("my-folder/", "my-folder/my-file.csv", False),
        ("*.csv", "my-folder/my-subfolder/my-file.csv", True),
        ("logs/*", "logs/some-application/system_logs.log", True),
        ("*logs.csv", "some-application/logs.csv", True),
        ("*logs.csv", "system/users.csv", False),
        ("*/*.csv", "my-folder1/my-file1.csv", True),
        ("*/*.csv", "my-folder1/my-subfolder/my-file3.csv", False),
        ("a.c*", "abc", False),
    ],
)
def test_one_wildcard_spans_folders_and_several_do_not(path: str, key: str, matches: bool) -> None:
    assert paths.matches(path, key) is matches
