"""Voices: a small table with every DynamoDB type in it."""

from dataclasses import dataclass
from random import Random

from sandbox.koe.attributes import Item, binary, binary_set, hundredths
from sandbox.koe.chance import BASE32, stream
from sandbox.koe.history import History, iso_milliseconds
from sandbox.koe.people import Person
from sandbox.koe.phrases import STYLE_NAMES, TAGS, VOICE_DESCRIPTIONS, VOICE_NAMES

VOICES = 300
"""At every scale."""
BUILT_IN = 60
LANGUAGES = ("ja-JP",) * 7 + ("en-US", "zh-TW", "ko-KR", "fr-FR")
GENDERS = ("female", "male", "neutral")
SAMPLE_RATES = (8000, 16000, 22050, 24000, 44100, 48000)


@dataclass(frozen=True, slots=True)
class Voice:
    """What other records need to know of a voice. Instants are epoch milliseconds."""

    id: str
    owner_id: int | None
    """None for a built-in voice."""
    is_public: bool
    created_at: int
    item: Item


def voices(seed: int, everyone: list[Person], history: History) -> list[Voice]:
    """Built-in voices first. A voice never belongs to somebody whose account is deleted: it is deleted with it."""
    chance = stream(seed, "voices")
    owners = [person for person in everyone if person.deleted_at is None]
    owner_of = [None if index < BUILT_IN else chance.choice(owners) for index in range(VOICES)]
    return [_voice(chance, index, owner, history) for index, owner in enumerate(owner_of)]


def _voice(chance: Random, index: int, owner: Person | None, history: History) -> Voice:
    voice_id = "voice_" + "".join(chance.choices(BASE32, k=12)).lower()
    earliest = owner.created_at if owner else history.launch * 1000
    latest = history.end * 1000 if owner else history.start * 1000
    created_at = chance.randrange(earliest, latest)
    is_public = owner is None or chance.random() < 0.3
    item: Item = {
        "voiceId": {"S": voice_id},
        "name": {"S": f"{chance.choice(VOICE_NAMES)}{'' if index < len(VOICE_NAMES) else index}"},
        "language": {"S": chance.choice(LANGUAGES)},
        "tags": {"SS": chance.sample(TAGS, chance.randint(1, 4))},
        "sampleRates": {"NS": [str(rate) for rate in sorted(chance.sample(SAMPLE_RATES, chance.randint(1, 4)))]},
        "preview": binary(chance.randbytes(24)),
        "fingerprints": binary_set([chance.randbytes(16) for _ in range(chance.randint(1, 3))]),
        "settings": {
            "M": {
                "pitch": hundredths(chance.randint(-120, 120) * 10),
                "speed": hundredths(chance.randint(50, 200)),
                "style": {
                    "M": {"name": {"S": chance.choice(STYLE_NAMES)}, "strength": hundredths(chance.randint(0, 100))}
                },
            }
        },
        "isPublic": {"BOOL": is_public},
        "createdAt": {"S": iso_milliseconds(created_at)},
        "seedNumber": {"N": _number_of_38_digits(chance, index)},
    }
    if chance.random() < 0.85:
        item["gender"] = {"S": chance.choice(GENDERS)}
    match index % 10:
        case 7:
            item["description"] = {"S": ""}
        case 8:
            item["description"] = {"NULL": True}
        case 9:
            pass
        case _:
            item["description"] = {"S": chance.choice(VOICE_DESCRIPTIONS)}
    if owner:
        item["ownerUserId"] = {"N": str(owner.id)}
    return Voice(voice_id, owner.id if owner else None, is_public, created_at, item)


def _number_of_38_digits(chance: Random, index: int) -> str:
    """DynamoDB's longest numbers: 38 significant digits; a few negative, a few with a fraction."""
    digits = str(chance.randrange(10**37, 10**38 - 9) // 10 * 10 + chance.randint(1, 9))
    match index % 12:
        case 5:
            return "-" + digits
        case 11:
            return f"{digits[:20]}.{digits[20:]}"
        case _:
            return digits
