# How workflows of GitHub log in to the AWS account: by GitHub's ID token, without a key. There are two roles, one to
# deploy and one to plan.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  iam       = "arn:${local.partition}:iam::${local.account}"

  # Written out, since the policies of a role cannot refer to the role itself.
  role_arns = { for duty in ["deployer", "planner"] : duty => "${local.iam}:role/kura-${duty}" }

  issuer   = "token.actions.githubusercontent.com"
  audience = "sts.amazonaws.com"

  # GitHub puts ids into the subject for repositories made, renamed or transferred since 15 July 2026, and for those
  # that chose it. Both forms are of our repository, which its id says as well.
  owner = split("/", var.github_repository)[0]
  name  = split("/", var.github_repository)[1]
  heads = [
    "repo:${local.owner}@${var.github_owner_id}/${local.name}@${var.github_repository_id}",
    "repo:${var.github_repository}",
  ]

  # What of a token must be as it says here. Whatever is missing in a token refuses it.
  claims = {
    deployer = {
      "${local.issuer}:aud"           = local.audience
      "${local.issuer}:sub"           = [for head in local.heads : "${head}:environment:${var.github_environment}"]
      "${local.issuer}:repository_id" = var.github_repository_id
      # A pull request can change a workflow so that it names the environment, but its reference is its own.
      "${local.issuer}:ref" = var.github_ref
    }
    planner = {
      "${local.issuer}:aud"           = local.audience
      "${local.issuer}:sub"           = [for head in local.heads : "${head}:environment:${var.github_plan_environment}"]
      "${local.issuer}:repository_id" = var.github_repository_id
    }
  }

  trust = {
    for duty, claims in local.claims : duty => jsonencode({
      Version = "2012-10-17"
      Statement = [{
        Effect    = "Allow"
        Principal = { Federated = aws_iam_openid_connect_provider.github.arn }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = { StringEquals = claims }
      }]
    })
  }
}

# No thumbprints: AWS checks GitHub's certificate against its own list of authorities.
resource "aws_iam_openid_connect_provider" "github" {
  url            = "https://${local.issuer}"
  client_id_list = [local.audience]
}
