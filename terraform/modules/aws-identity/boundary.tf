# The most that a role or user of `aws-exports` can ever do. The deployer writes their policies, but only of those that
# have this boundary, and it cannot change the boundary. So it can make nobody an administrator.

locals {
  # Keys are known by their alias, which the deployer cannot move.
  our_key = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/kura-exports" } }
}

resource "aws_iam_policy" "boundary" {
  #checkov:skip=CKV_AWS_355:Lists know no resources; and a boundary grants nothing.
  name        = "kura-boundary"
  description = "The most that kura's roles and users for exports can do."

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Exports"
        Effect = "Allow"
        Action = [
          "s3:AbortMultipartUpload",
          "s3:DeleteObject*",
          "s3:GetBucketLocation",
          "s3:GetObject*",
          "s3:ListBucket",
          "s3:PutObject*",
        ]
        Resource = [local.bucket_arn, "${local.bucket_arn}/*"]
      },
      {
        Sid    = "Key"
        Effect = "Allow"
        Action = [
          "kms:CreateGrant",
          "kms:Decrypt",
          "kms:DescribeKey",
          "kms:Encrypt",
          "kms:GenerateDataKey*",
          "kms:ReEncrypt*",
          "kms:RetireGrant",
        ]
        Resource  = local.keys_arn
        Condition = local.our_key
      },
      {
        # Reading and exporting; nothing changes a store.
        Sid    = "Sources"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeExport",
          "dynamodb:DescribeTable",
          "dynamodb:ExportTableToPointInTime",
          "dynamodb:Scan",
          "rds-db:connect",
          "rds:DescribeDBClusterSnapshots",
          "rds:DescribeDBClusters",
          "rds:StartExportTask",
        ]
        Resource = [
          "arn:${local.partition}:dynamodb:*:${local.account}:table/*",
          "arn:${local.partition}:rds-db:*:${local.account}:dbuser:*",
          "arn:${local.partition}:rds:*:${local.account}:cluster:*",
          "arn:${local.partition}:rds:*:${local.account}:cluster-snapshot:*",
        ]
      },
      {
        Sid      = "Lists"
        Effect   = "Allow"
        Action   = ["dynamodb:ListExports", "dynamodb:ListTables", "rds:DescribeExportTasks"]
        Resource = "*"
      },
      {
        Sid      = "PassExportRole"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = "${local.iam}:role/kura-export"
      },
    ]
  })
}
