"""Generations: each request to read a text aloud. Made in chunks that do not depend on one another."""

from collections.abc import Iterator
from itertools import pairwise

import numpy

from sandbox.koe.attributes import Attribute, Item, binary, binary_set, hundredths
from sandbox.koe.chance import BASE32, array_stream
from sandbox.koe.history import DAY, HOUR, USUAL_DAYS, History
from sandbox.koe.phrases import FAILURES, LABELS, NOTES, SENTENCES
from sandbox.koe.usage import Usage
from sandbox.koe.voices import BUILT_IN

GENERATIONS = 200_000
"""At scale 1, in a history of the usual length."""
CHUNK = 10_000
LATE_SHARE = 0.01
LATE_DAYS = (1, 3)
FAILED_SHARE = 0.035
CANCELLED_SHARE = 0.015
MICROS_PER_CHARACTER = 1_600
MILLISECONDS_PER_CHARACTER = 150
FORMATS = tuple({"S": name} for name in ("mp3", "mp3", "mp3", "wav", "ogg", "flac"))
SAMPLE_RATES = tuple({"N": rate} for rate in ("16000", "24000", "24000", "48000"))
HUNDREDTHS = tuple(hundredths(count) for count in range(201))
SENTENCE_LENGTHS = numpy.array([len(sentence) for sentence in SENTENCES])
LETTERS = numpy.frombuffer(BASE32.encode(), dtype="S1")
ID_LENGTH = 26
BINARY_LENGTH = 32
"""Random bytes drawn for each item: 16 for the checksum, twice 8 for chunks."""


def chunks(scale: float, history: History) -> list[int]:
    """The number of generations in each chunk."""
    total = max(100, round(GENERATIONS * scale)) * history.days // USUAL_DAYS
    return [min(CHUNK, total - first) for first in range(0, total, CHUNK)]


def generations(seed: int, chunk: int, count: int, usage: Usage, history: History) -> Iterator[Item]:
    """One chunk's items."""
    draws = array_stream(seed, "generations", chunk)
    users = numpy.searchsorted(usage.user_shares, draws.random(count) * usage.user_shares[-1], side="right")
    created = _created(draws, usage, users)
    voices = _voices(draws, usage, users, created)
    projects = _projects(draws, usage, users, created)
    sentence_counts = draws.choice((1, 2, 3, 5), count, p=(0.72, 0.2, 0.06, 0.02))
    sentences = draws.integers(0, len(SENTENCES), int(sentence_counts.sum()))
    columns = zip(
        usage.user_ids[users].tolist(),
        _ids(draws, created).tolist(),
        _iso(created).tolist(),
        _iso(_recorded(draws, created, history)).tolist(),
        voices.tolist(),
        projects.tolist(),
        pairwise([0, *numpy.cumsum(sentence_counts).tolist()]),
        draws.choice((100, 100, 100, 90, 110, 125, 150, 75), count).tolist(),
        draws.integers(0, 101, count).tolist(),
        draws.random((count, 8)).tolist(),
        draws.integers(1, 100_000, (count, 4)).tolist(),
        draws.integers(0, 10**19, (count, 2), dtype=numpy.uint64).tolist(),
        strict=True,
    )
    noise = draws.bytes(count * BINARY_LENGTH)
    lengths: list[int] = SENTENCE_LENGTHS[sentences].tolist()
    texts = [SENTENCES[sentence] for sentence in sentences.tolist()]

    for index, column in enumerate(columns):
        user_id, generation_id, created_at, recorded_at, voice, project, (first, last), *column_rest = column
        speed, stability, shares, words, digits = column_rest
        segments = lengths[first:last]
        characters = sum(segments)
        some = noise[index * BINARY_LENGTH : (index + 1) * BINARY_LENGTH]
        item: Item = {
            "userId": {"N": str(user_id)},
            "generationId": {"S": generation_id},
            "voiceId": {"S": usage.voice_ids[voice]},
            "text": {"S": "".join(texts[first:last])},
            "characters": {"N": str(characters)},
            "createdAt": {"S": created_at},
            "recordedAt": {"S": recorded_at},
            "request": _request(shares[0], shares[1], speed, stability, segments),
            "checksum": binary(some[:16]),
            "costMicros": {"N": str(characters * MICROS_PER_CHARACTER)},
            "randomSeed": {"N": _random_seed(*digits)},
        }
        _outcome(item, shares[2], shares[3], characters, speed)
        if project >= 0:
            item["projectId"] = {"S": usage.project_ids[project]}
        if shares[4] < 0.2:
            item["labels"] = _labels(shares[4] / 0.2)
        if shares[5] < 0.2:
            item["wordIds"] = {"NS": [str(word) for word in dict.fromkeys(words)]}
        elif shares[5] > 0.85:
            item["chunks"] = binary_set([some[16:24], some[24:]])
        if shares[6] < 0.92:
            item["clientIp"] = {"S": _client_ip(shares[6], words)}
        if shares[7] < 0.08:
            item["note"] = _note(shares[7] / 0.08)
        yield item


def _created(draws: numpy.random.Generator, usage: Usage, users: numpy.ndarray) -> numpy.ndarray:
    """Epoch milliseconds, in busy hours, after the user's account was opened."""
    before = numpy.concatenate(([0.0], usage.hours))[usage.first_hour[users]]
    hours = numpy.searchsorted(usage.hours, before + (1 - before) * draws.random(len(users)), side="right")
    hours = numpy.minimum(hours, len(usage.hours) - 1)
    hours_start: numpy.ndarray = (usage.start + hours * HOUR) * 1000
    return hours_start + draws.integers(0, HOUR * 1000, len(users))


def _recorded(draws: numpy.random.Generator, created: numpy.ndarray, history: History) -> numpy.ndarray:
    """Mostly the same instant; some rows arrive days later, though never after the end of the history."""
    first, last = LATE_DAYS
    late = created + draws.integers(first * DAY * 1000, last * DAY * 1000, len(created))
    is_late = (draws.random(len(created)) < LATE_SHARE) & (late < history.end * 1000)
    return numpy.where(is_late, late, created)


def _voices(draws: numpy.random.Generator, usage: Usage, users: numpy.ndarray, created: numpy.ndarray) -> numpy.ndarray:
    """Indexes of voices: half of those who have a voice of their own use it; none is used before it exists."""
    popular = usage.shared_voices[numpy.searchsorted(usage.voice_shares[:-1], draws.random(len(users)), side="right")]
    own = usage.own_voice[users]
    chosen = numpy.where((own >= 0) & (draws.random(len(users)) < 0.5), own, popular)
    return numpy.where(usage.voice_created[chosen] <= created, chosen, popular % BUILT_IN)


def _projects(
    draws: numpy.random.Generator, usage: Usage, users: numpy.ndarray, created: numpy.ndarray
) -> numpy.ndarray:
    """Indexes of the user's own projects, or -1."""
    counts = usage.project_count[users]
    chosen = usage.first_project[users] + (draws.random(len(users)) * counts).astype(int)
    chosen = numpy.minimum(chosen, len(usage.project_ids) - 1)
    used = (counts > 0) & (draws.random(len(users)) < 0.7) & (usage.project_created[chosen] <= created)
    return numpy.where(used, chosen, -1)


def _ids(draws: numpy.random.Generator, created: numpy.ndarray) -> numpy.ndarray:
    """Ids that sort by time, as ULIDs do: 10 characters of time, 16 random ones."""
    time = created[:, None] >> numpy.arange(45, -1, -5) & 31
    digits = numpy.concatenate((time, draws.integers(0, 32, (len(created), ID_LENGTH - 10))), axis=1)
    ids: numpy.ndarray = LETTERS[digits].view(f"S{ID_LENGTH}").ravel().astype(str)
    return ids


def _iso(milliseconds: numpy.ndarray) -> numpy.ndarray:
    """As the product writes instants: `2026-10-01T12:34:56.789Z`."""
    return numpy.datetime_as_string(milliseconds.astype("datetime64[ms]"), unit="ms", timezone="UTC")


def _request(format_share: float, rate_share: float, speed: int, stability: int, segments: list[int]) -> Attribute:
    return {
        "M": {
            "format": FORMATS[int(format_share * len(FORMATS))],
            "sampleRate": SAMPLE_RATES[int(rate_share * len(SAMPLE_RATES))],
            "options": {"M": {"speed": HUNDREDTHS[speed], "stability": HUNDREDTHS[stability]}},
            "segments": {
                "L": [
                    {"M": {"index": {"N": str(index)}, "characters": {"N": str(characters)}}}
                    for index, characters in enumerate(segments)
                ]
            },
        }
    }


def _outcome(item: Item, status_share: float, error_share: float, characters: int, speed: int) -> None:
    """Status, and what goes with it: a failure has an error and no duration; others have a NULL error or none."""
    if status_share < FAILED_SHARE:
        code, message = FAILURES[int(error_share * len(FAILURES))]
        item["status"] = {"S": "failed"}
        item["error"] = {"M": {"code": {"S": code}, "message": {"S": message}}}
        return
    item["status"] = {"S": "cancelled" if status_share < FAILED_SHARE + CANCELLED_SHARE else "succeeded"}
    item["durationMs"] = {"N": str(characters * MILLISECONDS_PER_CHARACTER * 100 // speed)}
    if error_share < 0.5:
        item["error"] = {"NULL": True}


def _random_seed(high: int, low: int) -> str:
    """From 1 to 38 digits: two thirds have more than any 64-bit integer or float holds."""
    match high % 3:
        case 0:
            return str(10**37 + (high * 10**19 + low) % (9 * 10**37))
        case 1:
            return str(low >> high % 64)
        case _:
            return str(high * 10**19 + low)


def _labels(share: float) -> Attribute:
    start = int(share * 1000)
    return {"SS": [LABELS[(start + step) % len(LABELS)] for step in range(1 + int(share * 3))]}


def _client_ip(share: float, words: list[int]) -> str:
    """From the ranges kept for documentation."""
    if share < 0.1:
        return f"2001:db8::{words[0] & 0xFFFF:x}:{words[1] & 0xFFFF:x}"
    return f"{('192.0.2', '198.51.100', '203.0.113')[words[0] % 3]}.{words[1] % 254 + 1}"


def _note(share: float) -> Attribute:
    """Empty, NULL and filled: three different things."""
    if share < 0.4:
        return {"S": ""}
    if share < 0.6:
        return {"NULL": True}
    return {"S": NOTES[int(share * 1000) % len(NOTES)]}
