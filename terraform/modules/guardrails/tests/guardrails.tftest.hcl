mock_provider "google" {
  override_during = plan
}

mock_provider "google-beta" {
  override_during = plan
}

variables {
  project                    = "koe-dev"
  project_number             = "123456789012"
  query_tib_per_day          = 10
  query_tib_per_user_per_day = 2.5
  billing_account            = "012345-6789AB-CDEF01"
  budget                     = 3000
}

run "queries_are_bounded_a_day_for_the_project_and_for_each_user_in_mebibytes" {
  command = plan

  assert {
    condition = {
      for quota in google_service_usage_consumer_quota_override.query_usage :
      "${quota.metric} ${quota.limit}" => quota.override_value
      } == {
      "bigquery.googleapis.com%2Fquota%2Fquery%2Fusage %2Fd%2Fproject"        = "10485760"
      "bigquery.googleapis.com%2Fquota%2Fquery%2Fusage %2Fd%2Fproject%2Fuser" = "2621440"
    }
    error_message = "The quotas are others than 10 TiB for the project and 2.5 TiB for a user."
  }
  assert {
    condition     = alltrue([for quota in google_service_usage_consumer_quota_override.query_usage : quota.force && quota.service == "bigquery.googleapis.com"])
    error_message = "A quota could not be lowered from its default."
  }
}

run "a_user_can_not_have_more_than_the_project" {
  command = plan

  variables {
    query_tib_per_user_per_day = 11
  }

  expect_failures = [var.query_tib_per_user_per_day]
}

run "the_budget_covers_this_project_alone_and_tells_what_is_spent_and_what_is_forecast" {
  command = plan

  assert {
    condition     = google_billing_budget.project.budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "The budget counts other projects."
  }
  assert {
    condition     = google_billing_budget.project.amount[0].specified_amount[0].units == "3000"
    error_message = "The budget is another than the one given."
  }
  assert {
    condition = [for rule in google_billing_budget.project.threshold_rules : "${rule.spend_basis} ${rule.threshold_percent}"] == [
      "CURRENT_SPEND 0.5", "CURRENT_SPEND 0.9", "CURRENT_SPEND 1", "FORECASTED_SPEND 1",
    ]
    error_message = "Other thresholds are told."
  }
  assert {
    condition     = length(google_billing_budget.project.all_updates_rule) == 0
    error_message = "Somebody is told whom nobody named."
  }
}

run "addresses_are_told_of_the_budget_beside_those_who_pay" {
  command = plan

  variables {
    budget_emails = ["a@koe.example", "alerts@koe.slack.com"]
  }

  assert {
    condition     = toset([for channel in google_monitoring_notification_channel.budget : "${channel.type} ${channel.labels.email_address}"]) == toset(["email a@koe.example", "email alerts@koe.slack.com"])
    error_message = "Other addresses are told."
  }
  assert {
    condition     = length(google_billing_budget.project.all_updates_rule[0].monitoring_notification_channels) == 2 && google_billing_budget.project.all_updates_rule[0].disable_default_iam_recipients == false
    error_message = "The budget does not tell the channels, or no longer those who pay."
  }
}

run "a_channel_that_is_no_address_can_not_be_told_of_a_budget" {
  command = plan

  variables {
    budget_emails = ["projects/koe-dev/notificationChannels/1"]
  }

  expect_failures = [var.budget_emails]
}

run "nobody_makes_keys_public_buckets_or_public_databases" {
  command = plan

  assert {
    condition = { for name, policy in google_org_policy_policy.enforced : policy.name => policy.spec[0].rules[0].enforce } == {
      for name in [
        "iam.disableServiceAccountKeyCreation",
        "iam.managed.disableServiceAccountKeyCreation",
        "iam.disableServiceAccountKeyUpload",
        "iam.managed.disableServiceAccountKeyUpload",
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts",
        "storage.publicAccessPrevention",
        "storage.uniformBucketLevelAccess",
        "sql.restrictPublicIp",
        "sql.restrictAuthorizedNetworks",
        "compute.skipDefaultNetworkCreation",
      ] : "projects/koe-dev/policies/${name}" => "TRUE"
    }
    error_message = "Other constraints are enforced."
  }
  assert {
    condition     = google_org_policy_policy.denied["storage.restrictAuthTypes"].spec[0].rules[0].values[0].denied_values == tolist(["in:ALL_HMAC_SIGNED_REQUESTS"])
    error_message = "HMAC keys can be used."
  }
  assert {
    condition     = google_org_policy_policy.denied["compute.vmExternalIpAccess"].spec[0].rules[0].deny_all == "TRUE"
    error_message = "A machine can have a public address."
  }
  assert {
    condition     = length(google_org_policy_policy.allowed) == 0
    error_message = "Locations are bounded although none is given."
  }
  assert {
    condition     = alltrue([for policy in google_org_policy_policy.enforced : policy.parent == "projects/koe-dev"])
    error_message = "A policy is set elsewhere than on the project."
  }
}

run "the_exception_for_a_key_is_made_of_both_kinds_of_constraint_and_of_nothing_else" {
  command = plan

  variables {
    service_account_keys_allowed = true
  }

  assert {
    condition = toset([for name, policy in google_org_policy_policy.enforced : name if policy.spec[0].rules[0].enforce == "FALSE"]) == toset([
      "iam.disableServiceAccountKeyCreation", "iam.managed.disableServiceAccountKeyCreation",
    ])
    error_message = "The exception lifts other constraints."
  }
}

run "resources_are_made_where_they_may_be" {
  command = plan

  variables {
    allowed_locations = ["in:us-locations", "global"]
  }

  assert {
    condition     = google_org_policy_policy.allowed["gcp.resourceLocations"].spec[0].rules[0].values[0].allowed_values == tolist(["in:us-locations", "global"])
    error_message = "Other locations are allowed."
  }
}

run "a_location_in_capitals_is_refused" {
  command = plan

  variables {
    allowed_locations = ["US"]
  }

  expect_failures = [var.allowed_locations]
}

run "a_project_without_an_organisation_has_no_policies" {
  command = plan

  variables {
    organization_policies = false
    allowed_locations     = ["in:us-locations"]
  }

  assert {
    condition     = length(output.organization_policies) == 0
    error_message = "A policy is set where there is no organisation."
  }
}
