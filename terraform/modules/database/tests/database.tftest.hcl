mock_provider "google" {
  override_during = plan
}

variables {
  project   = "koe-dev"
  region    = "asia-northeast1"
  name      = "dagster"
  database  = "dagster"
  network   = "projects/koe-dev/global/networks/kura"
  iam_users = ["orchestrator@koe-dev.iam.gserviceaccount.com", "platform@koe-dev.iam.gserviceaccount.com"]
}

run "it_has_no_public_address_and_is_reached_through_connectors_only" {
  command = plan

  assert {
    condition = (
      !google_sql_database_instance.main.settings[0].ip_configuration[0].ipv4_enabled &&
      google_sql_database_instance.main.settings[0].ip_configuration[0].private_network == var.network &&
      google_sql_database_instance.main.settings[0].ip_configuration[0].ssl_mode == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" &&
      length(google_sql_database_instance.main.settings[0].ip_configuration[0].authorized_networks) == 0 &&
      google_sql_database_instance.main.settings[0].connector_enforcement == "REQUIRED"
    )
    error_message = "Private address, client certificates, connectors."
  }
}

run "nobody_has_a_password" {
  command = plan

  assert {
    condition = (
      google_sql_database_instance.main.root_password == null &&
      alltrue([for user in google_sql_user.account : user.type == "CLOUD_IAM_SERVICE_ACCOUNT" && user.password == null]) &&
      contains([for flag in google_sql_database_instance.main.settings[0].database_flags : "${flag.name}=${flag.value}"], "cloudsql.iam_authentication=on")
    )
    error_message = "Logins are service accounts, by IAM."
  }
}

run "users_have_the_name_that_postgresql_knows_them_by" {
  command = plan

  assert {
    condition = output.users == tomap({
      "orchestrator@koe-dev.iam.gserviceaccount.com" = "orchestrator@koe-dev.iam"
      "platform@koe-dev.iam.gserviceaccount.com"     = "platform@koe-dev.iam"
    })
    error_message = "The email without its last part."
  }
}

run "an_account_may_connect_to_this_instance_and_to_no_other" {
  command = plan

  assert {
    condition = (
      { for grant in google_project_iam_member.connect : "${grant.role} ${grant.member}" => grant.condition[0].expression } ==
      { for pair in setproduct(["roles/cloudsql.client", "roles/cloudsql.instanceUser"], ["orchestrator", "platform"]) :
        "${pair[0]} serviceAccount:${pair[1]}@koe-dev.iam.gserviceaccount.com" =>
        "resource.name == 'projects/koe-dev/instances/dagster' && resource.type == 'sqladmin.googleapis.com/Instance'"
      }
    )
    error_message = "Two roles for each account, on this instance only."
  }
}

run "what_it_holds_is_backed_up_and_can_not_be_deleted" {
  command = plan

  assert {
    condition = (
      google_sql_database_instance.main.deletion_protection &&
      google_sql_database_instance.main.settings[0].deletion_protection_enabled &&
      google_sql_database_instance.main.settings[0].backup_configuration[0].enabled &&
      google_sql_database_instance.main.settings[0].backup_configuration[0].point_in_time_recovery_enabled &&
      google_sql_database_instance.main.settings[0].insights_config[0].query_insights_enabled
    )
    error_message = "Protection, backups, recovery to a point in time, insights."
  }
}

run "members_in_the_place_of_emails_and_unknown_values_are_refused" {
  command = plan

  variables {
    iam_users         = ["serviceAccount:platform@koe-dev.iam.gserviceaccount.com"]
    availability_type = "MULTI"
    database_version  = "POSTGRES_9_6"
    name              = "Dagster"
  }

  expect_failures = [var.iam_users, var.availability_type, var.database_version, var.name]
}
