mock_provider "google" {
  override_during = plan
}

override_resource {
  target          = google_iam_workload_identity_pool.github
  override_during = plan
  values          = { name = "projects/42/locations/global/workloadIdentityPools/github-actions" }
}

override_resource {
  target          = google_iam_workload_identity_pool.aws
  override_during = plan
  values          = { name = "projects/42/locations/global/workloadIdentityPools/aws-roles" }
}

variables {
  project              = "koe-dev"
  query_groups         = ["group:analysts@example.com", "group:engineers@example.com"]
  operator_groups      = ["group:engineers@example.com"]
  state_bucket         = "koe-dev-terraform-state"
  github_repository    = "koe/kura"
  github_repository_id = "123456789"
  github_environment   = "dev"
}

run "there_is_one_account_a_duty" {
  command = plan

  assert {
    condition = output.members == {
      for name in ["analyst", "deployer", "loader", "metabase", "orchestrator", "planner", "platform", "tagging"] :
      name => "serviceAccount:${name}@koe-dev.iam.gserviceaccount.com"
    }
    error_message = "The accounts are not those of the duties."
  }

  assert {
    condition     = keys(output.emails) == keys(output.members) && keys(output.unique_ids) == keys(output.members)
    error_message = "Every output must have all accounts."
  }
}

run "run_time_accounts_have_nothing_in_the_project_but_queries" {
  command = plan

  assert {
    condition = {
      for name in ["analyst", "loader", "metabase", "orchestrator", "platform", "tagging"] : name => join(" ", sort([
        for grant in google_project_iam_member.duty : grant.role if grant.member == output.members[name]
      ]))
      } == {
      analyst      = "roles/bigquery.jobUser"
      loader       = "projects/koe-dev/roles/transferRunner roles/bigquery.jobUser"
      metabase     = "roles/bigquery.jobUser"
      orchestrator = "roles/bigquery.jobUser"
      platform     = "projects/koe-dev/roles/transferRunner roles/bigquery.jobUser roles/bigquery.resourceViewer"
      tagging      = ""
    }
    error_message = "An account that runs has another role in the project."
  }

  assert {
    condition     = google_project_iam_custom_role.transfer_runner.permissions == toset(["bigquery.transfers.get", "bigquery.transfers.update"])
    error_message = "Starting transfers takes two permissions."
  }

  assert {
    condition     = [for grant in google_project_iam_member.query_group : "${grant.member} ${grant.role}"] == ["group:analysts@example.com roles/bigquery.jobUser", "group:engineers@example.com roles/bigquery.jobUser"]
    error_message = "People may run queries, and nothing else in the project."
  }

  assert {
    condition = [for grant in google_project_iam_member.operator_group : "${grant.member} ${grant.role}"] == [
      "group:engineers@example.com roles/logging.viewer", "group:engineers@example.com roles/monitoring.viewer",
    ]
    error_message = "Who looks after the platform reads logs and metrics, and nothing else in the project."
  }
}

run "nobody_has_a_primitive_role_or_one_that_reads_all_data" {
  command = plan

  assert {
    condition = alltrue([
      for grant in google_project_iam_member.duty : !contains([
        "roles/owner", "roles/editor", "roles/viewer",
        "roles/bigquery.admin", "roles/bigquery.dataOwner", "roles/bigquery.dataEditor", "roles/bigquery.dataViewer",
        "roles/bigquery.user", "roles/cloudsql.admin", "roles/cloudsql.viewer", "roles/run.admin",
        "roles/secretmanager.admin", "roles/secretmanager.secretAccessor",
        "roles/storage.admin", "roles/storage.objectAdmin", "roles/storage.objectViewer",
        "roles/datacatalog.categoryFineGrainedReader", "roles/bigquerydatapolicy.maskedReader",
        "roles/iam.serviceAccountTokenCreator", "roles/iam.serviceAccountUser", "roles/iam.serviceAccountKeyAdmin",
      ], grant.role)
    ])
    error_message = "A role in the project reads data, is primitive, or makes its holder any account."
  }
}

run "deployer_and_planner_read_no_data_and_no_secrets" {
  command = plan

  assert {
    condition = length(setintersection(
      setunion(google_project_iam_custom_role.deployer.permissions, google_project_iam_custom_role.planner.permissions),
      [
        "bigquery.jobs.create", "bigquery.tables.export", "bigquery.tables.getData", "bigquery.tables.updateData",
        "bigquery.dataPolicies.maskedGet", "datacatalog.categories.fineGrainedGet",
        "cloudsql.instances.connect", "cloudsql.instances.executeSql", "cloudsql.instances.export", "cloudsql.instances.login",
        "iam.serviceAccounts.actAs", "iam.serviceAccounts.getAccessToken", "iam.serviceAccountKeys.create",
        "run.jobs.run", "run.jobs.runWithOverrides", "run.jobs.sshRoot", "run.services.sshRoot", "run.routes.invoke",
        "run.workerpools.sshRead", "run.workerpools.sshRoot",
        "secretmanager.versions.access", "secretmanager.versions.add",
        "storage.objects.create", "storage.objects.get", "storage.objects.list",
      ]
    )) == 0
    error_message = "A role of ours reads data or secrets, or runs something."
  }

  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.planner.permissions :
      can(regex("\\.(get|getIamPolicy|getSettings|list)$", permission)) || permission == "serviceusage.services.use"
    ])
    error_message = "The planner must only look."
  }

  # With `user_project_override` Google refuses every request of who may not use the project's quota.
  assert {
    condition = (
      contains(google_project_iam_custom_role.planner.permissions, "serviceusage.services.use") &&
      anytrue([for grant in google_project_iam_member.duty : grant.role == "roles/serviceusage.serviceUsageAdmin" && grant.member == output.members.deployer])
    )
    error_message = "Who plans or deploys must be allowed to count requests against the project."
  }

  assert {
    condition = toset([
      for grant in google_project_iam_member.duty : grant.role if grant.member == output.members.planner
      ]) == toset([
      "projects/koe-dev/roles/planner",
      "roles/compute.networkViewer",
      "roles/iam.workloadIdentityPoolViewer",
      "roles/monitoring.viewer",
      "roles/run.viewer",
    ])
    error_message = "The planner has another role."
  }

  assert {
    condition = {
      for grant in google_storage_bucket_iam_member.state : grant.member => "${grant.bucket} ${grant.role}"
      } == {
      "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com" = "koe-dev-terraform-state roles/storage.objectUser"
      "serviceAccount:planner@koe-dev.iam.gserviceaccount.com"  = "koe-dev-terraform-state roles/storage.objectViewer"
    }
    error_message = "The deployer writes the state and the planner reads it, of this bucket."
  }
}

run "the_deployer_manages_what_predefined_roles_leave_out" {
  command = plan

  assert {
    condition = alltrue([
      for permission in flatten([
        [for kind in ["jobs", "services", "workerpools"] : [for verb in ["create", "delete", "get", "getIamPolicy", "setIamPolicy", "update"] : "run.${kind}.${verb}"]],
        [for verb in ["create", "delete", "get"] : "run.domainmappings.${verb}"],
        [for verb in ["create", "delete", "update"] : "compute.firewalls.${verb}"],
      ]) : contains(google_project_iam_custom_role.deployer.permissions, permission)
    ])
    error_message = "The deployer cannot manage something that the modules make."
  }

  assert {
    condition     = length(setsubtract(["iap.webServices.getSettings", "run.domainmappings.get"], google_project_iam_custom_role.planner.permissions)) == 0
    error_message = "Planning reads settings of IAP, and domain mappings, which roles/run.viewer does not."
  }
}

run "who_may_be_whom" {
  command = plan

  assert {
    condition = {
      for name, binding in google_service_account_iam_binding.impersonation : name => [binding.role, join(" ", binding.members)]
      } == {
      "loader"              = ["roles/iam.serviceAccountTokenCreator", "serviceAccount:platform@koe-dev.iam.gserviceaccount.com"]
      "analyst"             = ["roles/iam.serviceAccountTokenCreator", "serviceAccount:platform@koe-dev.iam.gserviceaccount.com"]
      "attach loader"       = ["roles/iam.serviceAccountUser", "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
      "attach metabase"     = ["roles/iam.serviceAccountUser", "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
      "attach orchestrator" = ["roles/iam.serviceAccountUser", "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
      "attach platform"     = ["roles/iam.serviceAccountUser", "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
      "attach tagging"      = ["roles/iam.serviceAccountUser", "serviceAccount:deployer@koe-dev.iam.gserviceaccount.com"]
      "deploying"           = ["roles/iam.workloadIdentityUser", "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github-actions/attribute.duty/deployer"]
      "planning"            = ["roles/iam.workloadIdentityUser", "principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/github-actions/attribute.duty/planner"]
    }
    error_message = "Somebody may be somebody else."
  }

  assert {
    condition     = local.impersonation["deploying"].account == "deployer" && local.impersonation["planning"].account == "planner" && local.impersonation["loader"].account == "loader" && local.impersonation["analyst"].account == "analyst"
    error_message = "A binding is on another account than it says."
  }
}

run "only_our_repository_is_let_in_and_only_its_environment_and_branch_deploy" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_condition == "assertion.repository_id == '123456789' && assertion.repository == 'koe/kura'"
    error_message = "Other repositories would be let in."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.oidc[0].issuer_uri == "https://token.actions.githubusercontent.com"
    error_message = "The issuer must be GitHub's."
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.github.attribute_mapping["attribute.duty"] == "assertion.event_name == 'pull_request' ? 'planner' : (assertion.event_name in ['push', 'workflow_dispatch'] && assertion.ref == 'refs/heads/main' && has(assertion.environment) && assertion.environment == 'dev') ? 'deployer' : 'none'"
    error_message = "Deploying takes the environment and the branch, and is never a pull request's."
  }
}

run "aws_is_not_trusted_unless_roles_are_named" {
  command = plan

  assert {
    condition     = length(google_iam_workload_identity_pool.aws) == 0 && length(google_iam_workload_identity_pool_provider.aws) == 0 && output.aws_provider == null
    error_message = "Nobody in AWS was named."
  }
}

run "named_roles_of_aws_may_be_the_loader_and_nobody_else" {
  command = plan

  variables {
    aws_account_id = "123456789012"
    aws_roles      = ["kura-extraction"]
  }

  assert {
    condition     = google_iam_workload_identity_pool_provider.aws[0].attribute_condition == "attribute.aws_role in ['arn:aws:sts::123456789012:assumed-role/kura-extraction']" && google_iam_workload_identity_pool_provider.aws[0].aws[0].account_id == "123456789012"
    error_message = "Other roles would be let in."
  }

  assert {
    condition = [
      for name, binding in google_service_account_iam_binding.impersonation : [local.impersonation[name].account, binding.role]
      if anytrue([for member in binding.members : strcontains(member, "aws-roles")])
    ] == [["loader", "roles/iam.workloadIdentityUser"]]
    error_message = "A role of AWS may be the loader only."
  }

  assert {
    condition     = google_service_account_iam_binding.impersonation["loading from AWS"].members == toset(["principalSet://iam.googleapis.com/projects/42/locations/global/workloadIdentityPools/aws-roles/attribute.aws_role/arn:aws:sts::123456789012:assumed-role/kura-extraction"])
    error_message = "The set must be of one role."
  }
}

run "bad_input_is_refused" {
  command = plan

  variables {
    project              = "Koe Dev"
    query_groups         = ["user:someone@example.com"]
    github_repository    = "kura"
    github_repository_id = "koe/kura"
    github_environment   = "dev' || true || '"
    github_ref           = "main"
    aws_roles            = ["arn:aws:iam::123456789012:role/kura-extraction"]
  }

  expect_failures = [
    var.project,
    var.query_groups,
    var.github_repository,
    var.github_repository_id,
    var.github_environment,
    var.github_ref,
    var.aws_roles,
  ]
}

run "roles_of_aws_without_their_account_are_refused" {
  command = plan

  variables {
    aws_account_id = null
    aws_roles      = ["kura-extraction"]
  }

  expect_failures = [var.aws_roles]
}
