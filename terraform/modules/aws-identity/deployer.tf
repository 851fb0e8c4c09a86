# The deployer applies `aws-exports`. Of this module it changes nothing, as it could then let in and allow whom it
# wanted: who deploys is changed by a person. Nor does it make or delete bucket, key and alias: the first apply is a
# person's, and they are there to stay.

resource "aws_iam_role" "deployer" {
  name               = "kura-deployer"
  description        = "GitHub Actions, deploying: applies Terraform, reads no data."
  assume_role_policy = local.trust.deployer
}

resource "aws_iam_role_policy" "deployer" {
  name = "manage-exports"
  role = aws_iam_role.deployer.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.read_statements, [
      {
        Sid    = "ManageBucket"
        Effect = "Allow"
        Action = [
          "s3:PutBucketLogging",
          "s3:PutBucketOwnershipControls",
          "s3:PutBucketPolicy",
          "s3:PutBucketPublicAccessBlock",
          "s3:PutBucketTagging",
          "s3:PutEncryptionConfiguration",
          "s3:PutLifecycleConfiguration",
          "s3:TagResource",
          "s3:UntagResource",
        ]
        Resource = local.bucket_arn
      },
      {
        Sid    = "ManageKey"
        Effect = "Allow"
        Action = [
          "kms:EnableKeyRotation",
          "kms:PutKeyPolicy",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
        ]
        Resource  = local.keys_arn
        Condition = local.our_key
      },
      {
        # Whatever gives a right, only where the boundary holds.
        Sid    = "GrantWithinBoundary"
        Effect = "Allow"
        Action = [
          "iam:CreateRole",
          "iam:CreateUser",
          "iam:DeleteRolePolicy",
          "iam:DeleteUserPolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:PutRolePolicy",
          "iam:PutUserPermissionsBoundary",
          "iam:PutUserPolicy",
        ]
        Resource  = [local.roles_arn, local.users_arn]
        Condition = { StringEquals = { "iam:PermissionsBoundary" = aws_iam_policy.boundary.arn } }
      },
      {
        # These know no boundary in their conditions. There is no right to make access keys or to attach policies.
        Sid    = "ManageIdentities"
        Effect = "Allow"
        Action = [
          "iam:DeleteRole",
          "iam:DeleteUser",
          "iam:TagRole",
          "iam:TagUser",
          "iam:UntagRole",
          "iam:UntagUser",
          "iam:UpdateAssumeRolePolicy",
          "iam:UpdateRole",
          "iam:UpdateRoleDescription",
        ]
        Resource = [local.roles_arn, local.users_arn]
      },
      {
        Sid       = "WhoDeploys"
        Effect    = "Deny"
        NotAction = ["iam:Get*", "iam:List*"]
        Resource  = values(local.role_arns)
      },
    ])
  })
}
