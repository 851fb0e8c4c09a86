# The key of the exports. Its policy is the one place that says who may use it: key policies suffice within an account.

locals {
  key_statements = concat(
    [
      {
        # Without it nobody could change this policy again; it opens the key to the account's IAM policies, of which
        # those of this module grant no use of keys.
        Sid       = "Administration"
        Effect    = "Allow"
        Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
        Action    = "kms:*"
        Resource  = "*"
      },
      {
        # DynamoDB writes with the rights of the caller; parts of a large file are decrypted when it is completed.
        Sid       = "Use"
        Effect    = "Allow"
        Principal = { AWS = [aws_iam_role.loader.arn, aws_iam_role.export.arn] }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        Resource  = "*"
      },
      {
        # What StartExportTask documents for its caller (KmsKeyId): RDS works under a grant that the caller creates.
        Sid       = "ExportTasks"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.loader.arn }
        Action = [
          "kms:Encrypt",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:RetireGrant",
        ]
        Resource = "*"
      },
      {
        Sid       = "ExportTaskGrants"
        Effect    = "Allow"
        Principal = { AWS = aws_iam_role.loader.arn }
        Action    = "kms:CreateGrant"
        Resource  = "*"
        # Only for a service of AWS, never for another principal.
        Condition = { Bool = { "kms:GrantIsForAWSResource" = "true" } }
      },
    ],
    [
      for arn in aws_iam_user.transfer[*].arn : {
        Sid       = "Transfers"
        Effect    = "Allow"
        Principal = { AWS = arn }
        Action    = "kms:Decrypt"
        Resource  = "*"
      }
    ],
  )
}

resource "aws_kms_key" "exports" {
  description             = "Exports of DynamoDB and Aurora for kura"
  enable_key_rotation     = true
  deletion_window_in_days = 30

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.key_statements
  })

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_alias" "exports" {
  name          = "alias/kura-exports"
  target_key_id = aws_kms_key.exports.key_id
}
