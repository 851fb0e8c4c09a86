"""Random streams that depend only on the seed and on what they are used for."""

import random
from hashlib import sha256
from uuid import UUID

import numpy

BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's alphabet: sorts as the numbers do."""
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def stream(seed: int, *purpose: str | int) -> random.Random:
    """A stream for objects made one by one."""
    return random.Random(_digest(seed, purpose))


def array_stream(seed: int, *purpose: str | int) -> numpy.random.Generator:
    """A stream for values made by the thousand."""
    return numpy.random.Generator(numpy.random.PCG64(_digest(seed, purpose)))


def uuid(chance: random.Random) -> UUID:
    """A version 4 UUID."""
    return UUID(int=chance.getrandbits(128), version=4)


def zipf_weights(count: int, exponent: float) -> numpy.ndarray:
    """Weights that sum to 1: the n-th is proportional to `n ** -exponent`."""
    weights = numpy.arange(1, count + 1, dtype=float) ** -exponent
    return weights / weights.sum()


def _digest(seed: int, purpose: tuple[str | int, ...]) -> int:
    return int.from_bytes(sha256("/".join(map(str, (seed, *purpose))).encode()).digest()[:16])
