# The role of the loader: it starts exports and reads what they wrote. Its credentials come from Google's ID token of one
# service account, so there is no key. Each action is a call of `extract`.

locals {
  tables = [for name in var.dynamodb_tables : "arn:${local.partition}:dynamodb:${local.region}:${local.account}:table/${name}"]
  rds    = "arn:${local.partition}:rds:${local.region}:${local.account}"
}

resource "aws_iam_role" "loader" {
  name                 = "kura-loader"
  description          = "kura's loader starts exports and reads them."
  permissions_boundary = var.permissions_boundary

  # accounts.google.com is known to AWS; an OIDC provider of that name must not be made. For an ID token of a service
  # account AWS calls `aud` what the token calls `azp` (the account's unique id), and `oaud` what it calls `aud`.
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = "accounts.google.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "accounts.google.com:aud"  = var.loader_unique_id
          "accounts.google.com:oaud" = var.audience
          "accounts.google.com:sub"  = var.loader_unique_id
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "read" {
  name   = "read-exports"
  role   = aws_iam_role.loader.id
  policy = local.read_policy
}

resource "aws_iam_role_policy" "dynamodb" {
  #checkov:skip=CKV_AWS_355:ListExports and ListTables know no resources.
  count = length(var.dynamodb_tables) == 0 ? 0 : 1

  name = "export-dynamodb"
  role = aws_iam_role.loader.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid    = "Export"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTable",
          "dynamodb:ExportTableToPointInTime",
          "dynamodb:Scan", # `kura add` looks at some items, which is no more than an export shows
        ]
        Resource = local.tables
      },
      {
        Sid      = "Follow"
        Effect   = "Allow"
        Action   = "dynamodb:DescribeExport"
        Resource = [for table in local.tables : "${table}/export/*"]
      },
      {
        Sid      = "List"
        Effect   = "Allow"
        Action   = ["dynamodb:ListExports", "dynamodb:ListTables"]
        Resource = "*"
      },
      {
        # DynamoDB writes the files with the rights of the caller.
        Sid      = "Write"
        Effect   = "Allow"
        Action   = ["s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"]
        Resource = "${local.bucket_arn}/dynamodb/*"
      },
    ]
  })
}

resource "aws_iam_role_policy" "aurora" {
  #checkov:skip=CKV_AWS_355:All export tasks of the account are counted, since their number is limited.
  count = var.aurora_cluster == null ? 0 : 1

  name = "export-aurora"
  role = aws_iam_role.loader.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # A snapshot's name says nothing of its cluster.
        Sid      = "Export"
        Effect   = "Allow"
        Action   = ["rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusters", "rds:StartExportTask"]
        Resource = ["${local.rds}:cluster:${var.aurora_cluster}", "${local.rds}:cluster-snapshot:*"]
      },
      {
        Sid      = "Follow"
        Effect   = "Allow"
        Action   = "rds:DescribeExportTasks"
        Resource = "*"
      },
      {
        Sid      = "PassExportRole"
        Effect   = "Allow"
        Action   = "iam:PassRole"
        Resource = aws_iam_role.export.arn
        # Which of the two RDS states is not documented; the role trusts the first only.
        Condition = { StringEquals = { "iam:PassedToService" = ["export.rds.amazonaws.com", "rds.amazonaws.com"] } }
      },
    ]
  })
}

resource "aws_iam_role_policy" "logins" {
  count = length(var.aurora_logins) == 0 ? 0 : 1

  name = "log-in-to-aurora"
  role = aws_iam_role.loader.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "LogIn"
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = [for login in var.aurora_logins : "arn:${local.partition}:rds-db:${local.region}:${local.account}:dbuser:${login}"]
    }]
  })
}
