"""AWS without keys: boto3's clients, with the role of AWS_ROLE_ARN where our only identity is Google's.

    identity token of the loader ─ AssumeRoleWithWebIdentity ─▶ credentials for an hour, replaced before they end

Only the last resort is added to where botocore looks: keys in variables or files, and AWS_WEB_IDENTITY_TOKEN_FILE, come
before it. The role trusts `accounts.google.com` where `:aud` and `:sub` are the numeric id of the loader's account (AWS
takes the token's `azp` for `aud`) and `:oaud` is the audience that is asked for here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
"""

import functools
import os
import threading
from typing import Any, Final

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleWithWebIdentityCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)

from extract.outside import AWS_CONFIG, aws
from orchestration.environment import OPTIONAL, Environment
from orchestration.identities import identity_token

SESSION: Final = "kura"
_making: Final = threading.Lock()
"""boto3 makes no clients in several threads at once."""


def client(environment: Environment, service: str, config: Config = AWS_CONFIG) -> Any:
    """boto3's client of a service; the role is assumed with the first request. Terminal when there is no region."""
    with _making, aws(f"preparing the client of {service}"):
        session: Any = boto3
        region = environment.aws_region or None
        if environment.aws_role_arn:
            session = _session(
                environment.aws_role_arn, environment.aws_audience, environment.loader_credentials, region
            )
        return session.client(service, region_name=region, config=config)


@functools.cache
def _session(role: str, audience: str, loader: str, region: str | None) -> boto3.Session:
    """One session for all clients, which thereby share the role's credentials."""
    core = botocore.session.get_session()
    if region:
        core.set_config_variable("region", region)  # that of the token service, which is asked in the same region
    resolver = core.get_component("credential_provider")
    resolver.insert_after("assume-role-with-web-identity", _GoogleIdentity(core, role, audience, loader))
    return boto3.Session(botocore_session=core)


class _GoogleIdentity(CredentialProvider):
    METHOD = "google-identity"

    def __init__(self, core: botocore.session.Session, role: str, audience: str, loader: str) -> None:
        super().__init__()
        variable, _ = OPTIONAL["loader_credentials"]
        self._fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
            client_creator=core.create_client,
            web_identity_token_loader=lambda: identity_token(variable, loader, audience),
            role_arn=role,
            extra_args={"RoleSessionName": os.environ.get("AWS_ROLE_SESSION_NAME", SESSION)},
        )

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)
