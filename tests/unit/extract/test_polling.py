import itertools

import pytest

from extract import polling


def test_pauses_begin_short_grow_and_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, pauses = [0.0], []

    def pass_by(seconds: float) -> None:
        pauses.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr("extract.polling.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("extract.polling.time.sleep", pass_by)
    waited = list(polling.ticks(300))
    assert waited[0] == 0
    assert pauses[0] == pytest.approx(0.2)
    assert all(earlier < later for earlier, later in itertools.pairwise(waited))
    assert max(pauses) == pytest.approx(20, abs=0.01)
    assert 299 < clock[0] < 301
