"""Service account keys: making one, and knowing those that may ask for tokens."""

import json
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True)
class KnownKey:
    """The public half of a service account key."""

    email: str
    account_id: str
    key_id: str
    public_key: str  # PEM
    token_uri: str


def write_service_account_key(path: Path, email: str, project: str, token_uri: str) -> None:
    """Writes a new RSA key in Google's key file format, readable by its owner only; google.auth.default() takes it.

    `token_uri` is the sandbox's token endpoint, e.g. http://127.0.0.1:8123/oauth/token.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    content = {
        "type": "service_account",
        "project_id": project,
        "private_key_id": uuid.uuid4().hex,
        "private_key": private_key.decode(),
        "client_email": email,
        "client_id": str(uuid.uuid5(uuid.NAMESPACE_URL, email).int)[:21],
        "token_uri": token_uri,
        "universe_domain": "googleapis.com",
    }
    unfinished = path.with_name(path.name + ".unfinished")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(content, file, indent=2)
    unfinished.replace(path)


def known_keys(directory: Path) -> dict[str, KnownKey]:
    """The service account keys in a directory by e-mail address. Other JSON files there are passed over."""
    found = {}
    for path in sorted(directory.glob("*.json")):
        try:
            content = json.loads(path.read_text())
        except ValueError:  # a file that another process is about to write
            continue
        if not isinstance(content, dict) or content.get("type") != "service_account":
            continue
        private_key = serialization.load_pem_private_key(content["private_key"].encode(), password=None)
        public_key = private_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        email = content["client_email"]
        found[email] = KnownKey(
            email, content["client_id"], content["private_key_id"], public_key.decode(), content["token_uri"]
        )
    return found
