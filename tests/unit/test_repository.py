"""What holds of every file of the repository."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_file_has_the_marks_of_a_merge_that_was_not_finished() -> None:
    marks = ["git", "grep", "--line-number", "-I", "--extended-regexp", "-e", r"^(<{7}|>{7}) "]
    found = subprocess.run(marks, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout, found.stderr) == (1, "", "")
