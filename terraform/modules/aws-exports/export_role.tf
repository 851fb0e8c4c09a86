# The role that RDS assumes to write an export task's files.

resource "aws_iam_role" "export" {
  name                 = "kura-export"
  description          = "RDS writes exports of Aurora to the export bucket."
  permissions_boundary = var.permissions_boundary

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "export.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      # Only for export tasks of this account: RDS must not be talked into it by another one.
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "export" {
  name = "write-exports"
  role = aws_iam_role.export.id

  policy = jsonencode({
    Version = "2012-10-17"
    # The actions that RDS documents, wildcards included.
    Statement = [
      {
        Sid      = "Bucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = local.bucket_arn
      },
      {
        Sid      = "Files"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*"]
        Resource = "${local.bucket_arn}/aurora/*"
      },
    ]
  })
}
