# The planner reads how `aws-exports` and this module are configured, for a pull request's plan: anyone who can push a
# branch can be it.

locals {
  bucket_arn = "arn:${local.partition}:s3:::${var.export_bucket}"
  keys_arn   = "arn:${local.partition}:kms:*:${local.account}:key/*"

  roles_arn = "${local.iam}:role/kura-*"
  users_arn = "${local.iam}:user/kura-*"

  # What Terraform reads of each resource. None of these actions reads what is in a file.
  read_statements = [
    {
      Sid    = "ReadBucket"
      Effect = "Allow"
      Action = [
        "s3:GetAccelerateConfiguration",
        "s3:GetBucket*",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:ListBucket", # to see whether the bucket is there; it also shows the names of files
        "s3:ListTagsForResource",
      ]
      Resource = local.bucket_arn
    },
    {
      Sid       = "ReadKey"
      Effect    = "Allow"
      Action    = ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"]
      Resource  = local.keys_arn
      Condition = local.our_key
    },
    {
      Sid      = "ReadAliases"
      Effect   = "Allow"
      Action   = "kms:ListAliases"
      Resource = "*" # it knows no other
    },
    {
      Sid    = "ReadIdentities"
      Effect = "Allow"
      Action = [
        "iam:GetOpenIDConnectProvider",
        "iam:GetPolicy",
        "iam:GetPolicyVersion",
        "iam:GetRole",
        "iam:GetRolePolicy",
        "iam:GetUser",
        "iam:GetUserPolicy",
        "iam:ListAttachedRolePolicies",
        "iam:ListGroupsForUser",
        "iam:ListInstanceProfilesForRole",
        "iam:ListPolicyVersions",
        "iam:ListRolePolicies",
      ]
      Resource = [
        local.roles_arn,
        local.users_arn,
        aws_iam_policy.boundary.arn,
        aws_iam_openid_connect_provider.github.arn,
      ]
    },
    {
      # The policies of bucket, key and roles can name anybody, so it is not enough to be allowed nothing here.
      Sid    = "NoData"
      Effect = "Deny"
      Action = [
        "kms:CreateGrant",
        "kms:Decrypt",
        "kms:GenerateDataKey*",
        "kms:ReEncrypt*",
        "s3:DeleteObject*",
        "s3:GetObject*",
        "s3:PutObject*",
        "sts:AssumeRole",
      ]
      Resource = "*"
    },
  ]
}

resource "aws_iam_role" "planner" {
  name               = "kura-planner"
  description        = "GitHub Actions, on pull requests: plans, reads no data."
  assume_role_policy = local.trust.planner
}

resource "aws_iam_role_policy" "planner" {
  name = "read-configuration"
  role = aws_iam_role.planner.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.read_statements
  })
}
