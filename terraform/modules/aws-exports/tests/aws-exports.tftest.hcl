mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "ap-northeast-1" }
  }
}

override_resource {
  target          = aws_iam_role.export
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/kura-export" }
}

override_resource {
  target          = aws_iam_role.loader
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:role/kura-loader" }
}

override_resource {
  target          = aws_iam_user.transfer
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:user/kura-transfer" }
}

variables {
  bucket           = "koe-dev-kura-exports"
  loader_unique_id = "104567890123456789012"
  dynamodb_tables  = ["koe-dev-*"]
  aurora_cluster   = "koe-dev"
  aurora_logins    = ["cluster-ABCDEFGHIJKL01234/kura"]
}

run "nobody_reaches_the_bucket_from_outside_or_without_tls" {
  command = plan

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.exports.block_public_acls,
      aws_s3_bucket_public_access_block.exports.block_public_policy,
      aws_s3_bucket_public_access_block.exports.ignore_public_acls,
      aws_s3_bucket_public_access_block.exports.restrict_public_buckets,
    ])
    error_message = "The bucket must block all public access."
  }

  assert {
    condition     = aws_s3_bucket_ownership_controls.exports.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists of single files must be off."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_s3_bucket_policy.exports.policy).Statement :
      statement.Effect == "Deny" && statement.Principal == "*" && length(statement.Resource) == 2
    ])
    error_message = "The bucket's policy only denies."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.exports.policy).Statement : jsonencode(statement.Condition)
      ] == [
      jsonencode({ Bool = { "aws:SecureTransport" = "false" } }),
      jsonencode({ NumericLessThan = { "s3:TlsVersion" = "1.2" } }),
    ]
    error_message = "Plain HTTP and old TLS must be refused."
  }
}

run "exports_are_encrypted_with_our_key_and_deleted_in_time" {
  command = plan

  assert {
    condition     = aws_kms_key.exports.enable_key_rotation && aws_kms_key.exports.deletion_window_in_days == 30
    error_message = "The key must rotate, and be hard to lose."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.exports.rule :
      rule.bucket_key_enabled && rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
    ])
    error_message = "Files must be encrypted with KMS, through a bucket key."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.exports.rule[0].expiration[0].days == 35
    error_message = "Exports must be deleted."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.exports.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    error_message = "Parts of broken uploads must be deleted."
  }
}

run "only_the_loaders_google_account_assumes_the_loader_role" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.loader.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Federated = "accounts.google.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "accounts.google.com:aud"  = "104567890123456789012"
          "accounts.google.com:oaud" = "sts.amazonaws.com"
          "accounts.google.com:sub"  = "104567890123456789012"
        }
      }
    }]
    error_message = "The role must be bound to account and audience, by equality."
  }
}

run "only_rds_in_this_account_assumes_the_export_role" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.export.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Service = "export.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = "123456789012" } }
    }]
    error_message = "RDS must assume the role for this account only."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.export.policy).Statement : statement.Resource
    ])) == toset(["arn:aws:s3:::koe-dev-kura-exports", "arn:aws:s3:::koe-dev-kura-exports/aurora/*"])
    error_message = "RDS must write in Aurora's folder only."
  }
}

run "the_loader_may_do_what_the_extraction_calls_and_nothing_else" {
  command = plan

  assert {
    condition = toset(flatten([
      for policy in [
        aws_iam_role_policy.read.policy,
        aws_iam_role_policy.dynamodb[0].policy,
        aws_iam_role_policy.aurora[0].policy,
        aws_iam_role_policy.logins[0].policy,
      ] : [for statement in jsondecode(policy).Statement : statement.Action]
      ])) == toset([
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeExport",
      "dynamodb:DescribeTable",
      "dynamodb:ExportTableToPointInTime",
      "dynamodb:ListExports",
      "dynamodb:ListTables",
      "dynamodb:Scan",
      "iam:PassRole",
      "rds-db:connect",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBClusters",
      "rds:DescribeExportTasks",
      "rds:StartExportTask",
      "s3:AbortMultipartUpload",
      "s3:GetBucketLocation",
      "s3:GetObject",
      "s3:ListBucket",
      "s3:PutObject",
      "s3:PutObjectAcl",
    ])
    error_message = "The loader has other actions than the extraction calls."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.dynamodb[0].policy).Statement : statement.Resource
      if contains(["Export", "Follow"], statement.Sid)
      ] == [
      ["arn:aws:dynamodb:ap-northeast-1:123456789012:table/koe-dev-*"],
      ["arn:aws:dynamodb:ap-northeast-1:123456789012:table/koe-dev-*/export/*"],
    ]
    error_message = "Only the given tables may be exported."
  }

  assert {
    condition = alltrue(flatten([
      for policy in [
        aws_iam_role_policy.read.policy,
        aws_iam_role_policy.dynamodb[0].policy,
        aws_iam_role_policy.aurora[0].policy,
        aws_iam_role_policy.logins[0].policy,
        ] : [
        for statement in jsondecode(policy).Statement :
        !contains(flatten([statement.Resource]), "*") || contains(["List", "Follow"], statement.Sid)
      ]
    ]))
    error_message = "Only lists may be for all resources."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.aurora[0].policy).Statement : jsonencode([statement.Resource, statement.Condition])
      if statement.Sid == "PassExportRole"
      ] == [jsonencode([
        "arn:aws:iam::123456789012:role/kura-export",
        { StringEquals = { "iam:PassedToService" = ["export.rds.amazonaws.com", "rds.amazonaws.com"] } },
    ])]
    error_message = "The loader may pass the export role only, and to RDS only."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.logins[0].policy).Statement[0].Resource == ["arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:cluster-ABCDEFGHIJKL01234/kura"]
    error_message = "The loader logs in as one user of one cluster."
  }
}

run "the_key_is_used_by_the_two_roles_only" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_kms_key.exports.policy).Statement : statement.Principal.AWS
      ])) == toset([
      "arn:aws:iam::123456789012:root",
      "arn:aws:iam::123456789012:role/kura-export",
      "arn:aws:iam::123456789012:role/kura-loader",
    ])
    error_message = "Somebody else is in the key's policy."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.exports.policy).Statement : jsonencode(statement.Condition)
      if contains(flatten([statement.Action]), "kms:CreateGrant")
    ] == [jsonencode({ Bool = { "kms:GrantIsForAWSResource" = "true" } })]
    error_message = "Grants must be for services of AWS only."
  }
}

run "without_sources_and_transfers_the_loader_only_reads_the_bucket" {
  command = plan

  variables {
    dynamodb_tables = []
    aurora_cluster  = null
    aurora_logins   = []
  }

  assert {
    condition     = length(aws_iam_role_policy.dynamodb) + length(aws_iam_role_policy.aurora) + length(aws_iam_role_policy.logins) == 0
    error_message = "There is nothing to export."
  }

  assert {
    condition     = length(aws_iam_user.transfer) == 0 && output.transfer_user == null
    error_message = "A user with a key is made only when asked for."
  }
}

run "the_transfer_user_reads_the_bucket_and_nothing_else" {
  command = plan

  variables {
    transfer_user = true
  }

  assert {
    condition     = aws_iam_user_policy.transfer[0].policy == aws_iam_role_policy.read.policy
    error_message = "The user must have the rights to read, and no others."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_kms_key.exports.policy).Statement : statement.Action
      if contains(flatten([statement.Principal.AWS]), "arn:aws:iam::123456789012:user/kura-transfer")
    ] == ["kms:Decrypt"]
    error_message = "The user must decrypt, and no more."
  }
}

run "roles_and_user_have_the_boundary_without_which_the_deployer_may_not_manage_them" {
  command = plan

  variables {
    transfer_user        = true
    permissions_boundary = "arn:aws:iam::123456789012:policy/kura-boundary"
  }

  assert {
    condition = toset([
      aws_iam_role.export.permissions_boundary,
      aws_iam_role.loader.permissions_boundary,
      aws_iam_user.transfer[0].permissions_boundary,
    ]) == toset(["arn:aws:iam::123456789012:policy/kura-boundary"])
    error_message = "A role or the user is without the boundary."
  }
}

run "access_is_logged_where_there_is_a_bucket_for_it" {
  command = plan

  variables {
    access_log_bucket = "koe-dev-access-logs"
  }

  assert {
    condition     = aws_s3_bucket_logging.exports[0].target_bucket == "koe-dev-access-logs" && aws_s3_bucket_logging.exports[0].target_prefix == "koe-dev-kura-exports/"
    error_message = "Access must be logged under the bucket's name."
  }
}

run "bad_input_is_refused" {
  command = plan

  variables {
    bucket           = "Koe.Exports"
    retention_days   = 1
    loader_unique_id = "loader@koe-dev.iam.gserviceaccount.com"
    audience         = ""
    dynamodb_tables  = ["*"]
    aurora_logins    = ["koe-dev/kura"]
  }

  expect_failures = [
    var.bucket,
    var.retention_days,
    var.loader_unique_id,
    var.audience,
    var.dynamodb_tables,
    var.aurora_logins,
  ]
}
