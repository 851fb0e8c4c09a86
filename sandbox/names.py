"""The names that the sandbox gives to its cloud resources, as Terraform gives them in a cloud."""

from typing import Literal

PROJECT = "koe-sandbox"
LOCATION = "US"
PLATFORM = f"platform@{PROJECT}.iam.gserviceaccount.com"
ANALYST = f"analyst@{PROJECT}.iam.gserviceaccount.com"
MASKED_ANALYST = f"masked-analyst@{PROJECT}.iam.gserviceaccount.com"
LOADER = f"loader@{PROJECT}.iam.gserviceaccount.com"

LANDING_BUCKET = f"{PROJECT}-landing"
EXPORT_BUCKET = f"{PROJECT}-exports"
SEED_BUCKET = f"{PROJECT}-seed"
AWS_REGION: Literal["ap-northeast-1"] = "ap-northeast-1"
AWS_ACCOUNT = "123456789012"
LOADER_ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/kura-loader"
AWS_AUDIENCE = "sts.amazonaws.com"
EXPORT_ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/kura-rds-export"
EXPORT_KMS_KEY = f"arn:aws:kms:{AWS_REGION}:{AWS_ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
AURORA_CLUSTER = "koe"
AURORA_DATABASE = "koe"
DYNAMODB_PREFIX = "koe-"
STRIPE_KEY = "sk_test_koe"

RAW_DATASETS = ("raw_dynamodb", "raw_aurora", "raw_stripe", "raw_sheets")
PRIVATE_DATASETS = (*RAW_DATASETS, "staging", "build", "ops")
PUBLISHED_DATASET = "marts"

TAGS = ("restricted", "pii", "financial")


def policy_tag(name: str) -> str:
    """The resource name of a logical policy tag."""
    return f"projects/{PROJECT}/locations/us/taxonomies/kura/policyTags/{name}"


def data_policy(name: str) -> str:
    """The resource name of a data policy, which masks what has a policy tag."""
    return f"projects/{PROJECT}/locations/us/dataPolicies/{name}"
