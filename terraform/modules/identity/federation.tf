# Workload identity federation: GitHub's workflows, and roles of AWS where some are named. A pool for each, so that the
# subjects of one cannot be mistaken for those of the other.

locals {
  github = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.github.name}"

  # What a job is there for. Both conditions of deploying in one attribute, since a principal set is of one attribute
  # only. A pull request never deploys, whatever environment its changed workflow names. The claim `environment` is
  # missing in jobs without one, and reading a missing claim is an error.
  duty = join(" ", [
    "assertion.event_name == 'pull_request' ? 'planner' :",
    "(assertion.event_name in ['push', 'workflow_dispatch']",
    "&& assertion.ref == '${var.github_ref}'",
    "&& has(assertion.environment) && assertion.environment == '${var.github_environment}') ? 'deployer' : 'none'",
  ])

  aws_roles = [for name in var.aws_roles : "arn:aws:sts::${var.aws_account_id}:assumed-role/${name}"]
}

resource "google_iam_workload_identity_pool" "github" {
  project                   = var.project
  workload_identity_pool_id = "github-actions"
  display_name              = "GitHub Actions"
  description               = "Workflows of ${var.github_repository}."
}

resource "google_iam_workload_identity_pool_provider" "github" {
  #checkov:skip=CKV_GCP_125:It wants a condition on the subject, which changes with event and environment; the repository's id and name are tied instead.
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.github.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub"

  # GitHub has one issuer for all its users: without this condition every repository of the world would be let in.
  attribute_condition = "assertion.repository_id == '${var.github_repository_id}' && assertion.repository == '${var.github_repository}'"

  attribute_mapping = {
    "google.subject" = "assertion.sub"
    "attribute.duty" = local.duty
  }

  oidc {
    issuer_uri = "https://token.actions.githubusercontent.com"
  }
}

resource "google_iam_workload_identity_pool" "aws" {
  count = length(var.aws_roles) == 0 ? 0 : 1

  project                   = var.project
  workload_identity_pool_id = "aws-roles"
  display_name              = "AWS roles"
  description               = "Roles of AWS that are the loader."
}

resource "google_iam_workload_identity_pool_provider" "aws" {
  #checkov:skip=CKV_GCP_125:This is AWS's provider, and no workflow of GitHub can use it.
  count = length(var.aws_roles) == 0 ? 0 : 1

  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.aws[0].workload_identity_pool_id
  workload_identity_pool_provider_id = "aws-account"
  display_name                       = "AWS"

  attribute_condition = "attribute.aws_role in [${join(", ", [for role in local.aws_roles : "'${role}'"])}]"

  # The default mapping, written out because the condition reads it: an assumed role without its session's name.
  attribute_mapping = {
    "google.subject"     = "assertion.arn"
    "attribute.aws_role" = "assertion.arn.contains('assumed-role') ? assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') : assertion.arn"
  }

  aws {
    account_id = var.aws_account_id
  }
}
