mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
}

override_resource {
  target          = aws_iam_openid_connect_provider.github
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
}

override_resource {
  target          = aws_iam_policy.boundary
  override_during = plan
  values          = { arn = "arn:aws:iam::123456789012:policy/kura-boundary" }
}

variables {
  github_repository       = "koe/kura"
  github_repository_id    = "123456789"
  github_owner_id         = "4242"
  github_environment      = "dev"
  github_plan_environment = "dev-plan"
  export_bucket           = "koe-dev-kura-exports"
}

run "tokens_of_github_for_aws_are_trusted" {
  command = plan

  assert {
    condition     = aws_iam_openid_connect_provider.github.url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.github.client_id_list == toset(["sts.amazonaws.com"])
    error_message = "The issuer must be GitHub's, and the audience AWS."
  }
}

run "only_the_environment_and_branch_of_our_repository_deploy" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.deployer.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud"           = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub"           = ["repo:koe@4242/kura@123456789:environment:dev", "repo:koe/kura:environment:dev"]
          "token.actions.githubusercontent.com:repository_id" = "123456789"
          "token.actions.githubusercontent.com:ref"           = "refs/heads/main"
        }
      }
    }]
    error_message = "Another job could deploy."
  }
}

run "only_the_environment_of_plans_plans" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.planner.assume_role_policy).Statement == [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud"           = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub"           = ["repo:koe@4242/kura@123456789:environment:dev-plan", "repo:koe/kura:environment:dev-plan"]
          "token.actions.githubusercontent.com:repository_id" = "123456789"
        }
      }
    }]
    error_message = "Another job could plan."
  }
}

run "the_planner_only_looks" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.planner.policy).Statement : [
        for action in flatten([statement.Action]) : can(regex("^(iam|kms|s3):(Get|List|Describe)", action))
      ] if statement.Effect == "Allow"
    ]))
    error_message = "The planner may change something."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.planner.policy).Statement :
      contains(jsondecode(aws_iam_role_policy.deployer.policy).Statement, statement)
    ])
    error_message = "What a plan reads, an apply reads too."
  }
}

run "neither_role_reads_data_even_where_a_policy_of_bucket_or_key_lets_it" {
  command = plan

  assert {
    condition = alltrue([
      for policy in [aws_iam_role_policy.deployer.policy, aws_iam_role_policy.planner.policy] : [
        for statement in jsondecode(policy).Statement : statement if try(statement.Sid, "") == "NoData"
        ] == [{
          Sid      = "NoData"
          Effect   = "Deny"
          Action   = ["kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*", "sts:AssumeRole"]
          Resource = "*"
      }]
    ])
    error_message = "A role of ours could read or write data."
  }

  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : [
        for action in flatten([statement.Action]) : can(regex("^(iam|kms|s3):", action))
      ] if statement.Effect == "Allow"
    ]))
    error_message = "The deployer has rights on other services, such as the product's stores."
  }
}

run "the_deployer_reaches_our_bucket_key_and_identities_only" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement.Resource
      if statement.Effect == "Allow" && statement.Sid != "ReadAliases"
      ])) == toset([
      "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
      "arn:aws:iam::123456789012:policy/kura-boundary",
      "arn:aws:iam::123456789012:role/kura-*",
      "arn:aws:iam::123456789012:user/kura-*",
      "arn:aws:kms:*:123456789012:key/*",
      "arn:aws:s3:::koe-dev-kura-exports",
    ])
    error_message = "The deployer reaches something else."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement.Action
      if contains(flatten([statement.Resource]), "*") && statement.Effect == "Allow"
    ] == ["kms:ListAliases"]
    error_message = "Only aliases are listed for the whole account."
  }

  assert {
    condition = alltrue([
      for statement in concat(jsondecode(aws_iam_role_policy.deployer.policy).Statement, jsondecode(aws_iam_policy.boundary.policy).Statement) :
      jsonencode(statement.Condition) == jsonencode({ "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/kura-exports" } })
      if statement.Resource == "arn:aws:kms:*:123456789012:key/*"
    ])
    error_message = "Keys of others must be out of reach."
  }

  assert {
    condition = length(setintersection(
      flatten([for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement.Action if statement.Effect == "Allow"]),
      ["kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias", "kms:ScheduleKeyDeletion", "s3:DeleteBucket"],
    )) == 0
    error_message = "With the alias it could turn to other keys; key and bucket are not to be deleted."
  }
}

run "the_deployer_cannot_make_an_administrator" {
  command = plan

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : jsonencode(statement.Condition)
      if length(setintersection(flatten([try(statement.Action, [])]), ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "iam:PutUserPolicy", "iam:DeleteRolePolicy", "iam:DeleteUserPolicy", "iam:PutRolePermissionsBoundary", "iam:PutUserPermissionsBoundary"])) > 0
    ] == [jsonencode({ StringEquals = { "iam:PermissionsBoundary" = "arn:aws:iam::123456789012:policy/kura-boundary" } })]
    error_message = "It could grant beyond the boundary."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement.Action if statement.Sid == "ManageIdentities"
      ])) == toset([
      "iam:DeleteRole", "iam:DeleteUser", "iam:TagRole", "iam:TagUser", "iam:UntagRole", "iam:UntagUser",
      "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription",
    ])
    error_message = "It may do more to roles and users than to keep them."
  }

  assert {
    condition = length([
      for action in flatten([for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement.Action if statement.Effect == "Allow"]) :
      action if can(regex("^iam:(.*\\*|Attach.*|Add.*|Delete.*Boundary|Create(Policy|PolicyVersion|AccessKey|LoginProfile|OpenIDConnectProvider)|PassRole|Set.*)$", action))
    ]) == 0
    error_message = "It could take off the boundary, change it, make keys or pass roles."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.deployer.policy).Statement : statement if statement.Sid == "WhoDeploys"
      ] == [{
        Sid       = "WhoDeploys"
        Effect    = "Deny"
        NotAction = ["iam:Get*", "iam:List*"]
        Resource  = ["arn:aws:iam::123456789012:role/kura-deployer", "arn:aws:iam::123456789012:role/kura-planner"]
    }]
    error_message = "It could change who deploys."
  }

  assert {
    condition     = aws_iam_role.deployer.name == "kura-deployer" && aws_iam_role.planner.name == "kura-planner"
    error_message = "The names must be those that are protected."
  }
}

run "the_boundary_holds_what_exports_take_and_nothing_that_grants_or_changes_a_store" {
  command = plan

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Action])) == toset([
      "dynamodb:DescribeContinuousBackups",
      "dynamodb:DescribeExport",
      "dynamodb:DescribeTable",
      "dynamodb:ExportTableToPointInTime",
      "dynamodb:ListExports",
      "dynamodb:ListTables",
      "dynamodb:Scan",
      "iam:PassRole",
      "kms:CreateGrant",
      "kms:Decrypt",
      "kms:DescribeKey",
      "kms:Encrypt",
      "kms:GenerateDataKey*",
      "kms:ReEncrypt*",
      "kms:RetireGrant",
      "rds-db:connect",
      "rds:DescribeDBClusterSnapshots",
      "rds:DescribeDBClusters",
      "rds:DescribeExportTasks",
      "rds:StartExportTask",
      "s3:AbortMultipartUpload",
      "s3:DeleteObject*",
      "s3:GetBucketLocation",
      "s3:GetObject*",
      "s3:ListBucket",
      "s3:PutObject*",
    ])
    error_message = "The boundary must be that of the exports."
  }

  assert {
    condition = {
      for statement in jsondecode(aws_iam_policy.boundary.policy).Statement : statement.Sid => jsonencode(statement.Resource)
      } == {
      Exports        = jsonencode(["arn:aws:s3:::koe-dev-kura-exports", "arn:aws:s3:::koe-dev-kura-exports/*"])
      Key            = jsonencode("arn:aws:kms:*:123456789012:key/*")
      Lists          = jsonencode("*")
      PassExportRole = jsonencode("arn:aws:iam::123456789012:role/kura-export")
      Sources = jsonencode([
        "arn:aws:dynamodb:*:123456789012:table/*",
        "arn:aws:rds-db:*:123456789012:dbuser:*",
        "arn:aws:rds:*:123456789012:cluster:*",
        "arn:aws:rds:*:123456789012:cluster-snapshot:*",
      ])
    }
    error_message = "Other buckets or roles, or other accounts, are within the boundary."
  }

  assert {
    condition     = output.permissions_boundary_arn == "arn:aws:iam::123456789012:policy/kura-boundary"
    error_message = "aws-exports needs the boundary."
  }
}

run "bad_input_is_refused" {
  command = plan

  variables {
    github_repository    = "koe/*"
    github_repository_id = "koe/kura"
    github_owner_id      = "koe"
    github_environment   = "dev:ref"
    github_ref           = "main"
    export_bucket        = "*"
  }

  expect_failures = [
    var.github_repository,
    var.github_repository_id,
    var.github_owner_id,
    var.github_environment,
    var.github_ref,
    var.export_bucket,
  ]
}
