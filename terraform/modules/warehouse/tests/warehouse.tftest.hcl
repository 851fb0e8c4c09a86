mock_provider "google" {
  override_during = plan
}

variables {
  project          = "koe-data-dev"
  location         = "asia-northeast1"
  raw_datasets     = ["raw_aurora", "raw_stripe"]
  loader           = "serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com"
  platform         = "serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"
  tagging          = "serviceAccount:tagging@koe-data-dev.iam.gserviceaccount.com"
  consumers        = ["group:analysts@example.com", "serviceAccount:metabase@koe-data-dev.iam.gserviceaccount.com"]
  metadata_readers = ["serviceAccount:orchestrator@koe-data-dev.iam.gserviceaccount.com"]
  ops_readers      = ["serviceAccount:orchestrator@koe-data-dev.iam.gserviceaccount.com"]
  owners           = ["group:Administrators@example.com"]
}

run "each_dataset_is_open_to_those_who_need_it_and_to_nobody_else" {
  command = plan

  assert {
    condition = {
      for name, dataset in google_bigquery_dataset.this : name => join(", ", sort([
        for access in dataset.access : "${access.role} ${split("@", access.user_by_email != null ? access.user_by_email : access.group_by_email)[0]}"
      ]))
      } == {
      raw_aurora = "OWNER administrators, WRITER loader, WRITER platform, roles/bigquery.metadataViewer orchestrator"
      raw_stripe = "OWNER administrators, WRITER loader, WRITER platform, roles/bigquery.metadataViewer orchestrator"
      raw_events = "OWNER administrators, WRITER platform, WRITER tagging, roles/bigquery.metadataViewer orchestrator"
      staging    = "OWNER administrators, WRITER platform, roles/bigquery.metadataViewer orchestrator"
      build      = "OWNER administrators, WRITER platform, roles/bigquery.metadataViewer orchestrator"
      marts      = "OWNER administrators, READER analysts, READER metabase, WRITER platform, roles/bigquery.metadataViewer orchestrator"
      ops        = "OWNER administrators, READER orchestrator, WRITER platform, roles/bigquery.metadataViewer orchestrator"
    }
    error_message = "The access lists are not those that the README promises."
  }

  assert {
    condition = alltrue(flatten([
      for dataset in google_bigquery_dataset.this : [
        for access in dataset.access :
        access.special_group == null && access.iam_member == null && access.domain == null
      ]
    ]))
    error_message = "A dataset is open to a project's owners, editors or viewers, a domain, or everybody."
  }
}

run "people_are_groups_and_machines_are_users_in_an_access_list" {
  command = plan

  assert {
    condition = (
      toset([for access in google_bigquery_dataset.this["marts"].access : access.group_by_email if access.role == "READER" && access.group_by_email != null]) == toset(["analysts@example.com"]) &&
      toset([for access in google_bigquery_dataset.this["marts"].access : access.user_by_email if access.role == "READER" && access.user_by_email != null]) == toset(["metabase@koe-data-dev.iam.gserviceaccount.com"])
    )
    error_message = "BigQuery would not know a member of this kind."
  }

  assert {
    condition     = toset([for access in google_bigquery_dataset.this["ops"].access : access.group_by_email if access.role == "OWNER"]) == toset(["administrators@example.com"])
    error_message = "BigQuery answers with lower case, so that every plan would show a change."
  }
}

run "the_output_says_who_has_which_role" {
  command = plan

  assert {
    condition     = output.access["marts"]["roles/bigquery.dataViewer"] == var.consumers
    error_message = "Consumers are not the viewers of marts."
  }

  assert {
    condition     = [for name, roles in output.access : name if contains(roles["roles/bigquery.dataEditor"], var.loader)] == ["raw_aurora", "raw_stripe"]
    error_message = "The loader edits other datasets than those of the sources."
  }

  assert {
    condition     = [for name, roles in output.access : name if length(roles["roles/bigquery.dataViewer"]) > 0] == ["marts", "ops"]
    error_message = "Another dataset than marts and ops has readers."
  }

  assert {
    condition = alltrue([
      for name, dataset in google_bigquery_dataset.this :
      length(dataset.access) == sum([for role, members in output.access[name] : length(members)])
    ])
    error_message = "The output and the access lists tell different stories."
  }

  assert {
    condition     = output.datasets == toset(["raw_aurora", "raw_stripe", "raw_events", "staging", "build", "marts", "ops"])
    error_message = "The datasets are not those of the design."
  }
}

run "no_dataset_is_deleted_with_what_it_holds" {
  command = plan

  assert {
    condition = alltrue([
      for dataset in google_bigquery_dataset.this :
      dataset.delete_contents_on_destroy == false && dataset.deletion_policy == "PREVENT"
    ])
    error_message = "A destroy would take the tables with it."
  }
}

run "nothing_expires_by_default" {
  command = plan

  assert {
    condition = alltrue([
      for dataset in google_bigquery_dataset.this :
      dataset.default_partition_expiration_ms == null && dataset.default_table_expiration_ms == null
    ])
    error_message = "Data would vanish without anybody having asked for it."
  }

  assert {
    condition     = alltrue([for dataset in google_bigquery_dataset.this : dataset.max_time_travel_hours == "168"])
    error_message = "What was deleted by mistake can be read back for less than the longest time."
  }
}

run "what_expires_is_raw_and_what_can_be_built_again" {
  command = plan

  variables {
    raw_retention_days    = 90
    events_retention_days = 400
    build_expiration_days = 7
  }

  assert {
    condition = { for name, dataset in google_bigquery_dataset.this : name => dataset.default_partition_expiration_ms if dataset.default_partition_expiration_ms != null } == {
      raw_aurora = 7776000000
      raw_stripe = 7776000000
      raw_events = 34560000000
    }
    error_message = "Partitions expire elsewhere than in raw datasets, or after another number of days."
  }

  assert {
    condition = { for name, dataset in google_bigquery_dataset.this : name => dataset.default_table_expiration_ms if dataset.default_table_expiration_ms != null } == {
      staging = 604800000
      build   = 604800000
    }
    error_message = "Tables expire elsewhere than in staging and build, or after another number of days."
  }
}

run "the_loader_is_kept_out_of_events" {
  command = plan

  variables {
    raw_datasets = ["raw_aurora", "raw_events"]
  }

  expect_failures = [var.raw_datasets]
}

run "a_source_cannot_be_loaded_into_marts" {
  command = plan

  variables {
    raw_datasets = ["marts"]
  }

  expect_failures = [var.raw_datasets]
}

run "everybody_is_no_consumer" {
  command = plan

  variables {
    consumers = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.consumers]
}

run "a_projects_viewers_are_no_readers_of_metadata" {
  command = plan

  variables {
    metadata_readers = ["projectViewer:koe-data-dev"]
  }

  expect_failures = [var.metadata_readers]
}

run "somebody_owns_the_datasets" {
  command = plan

  variables {
    owners = []
  }

  expect_failures = [var.owners]
}

run "an_address_without_its_kind_is_refused" {
  command = plan

  variables {
    loader   = "loader@koe-data-dev.iam.gserviceaccount.com"
    platform = "platform@koe-data-dev.iam.gserviceaccount.com"
    tagging  = "allUsers"
  }

  expect_failures = [var.loader, var.platform, var.tagging]
}

run "time_travel_goes_by_days" {
  command = plan

  variables {
    max_time_travel_hours = 100
  }

  expect_failures = [var.max_time_travel_hours]
}

run "an_unknown_billing_model_is_refused" {
  command = plan

  variables {
    storage_billing_model = "COMPRESSED"
  }

  expect_failures = [var.storage_billing_model]
}

run "keeping_partitions_for_no_day_at_all_is_refused" {
  command = plan

  variables {
    raw_retention_days    = 0
    events_retention_days = 0
    build_expiration_days = 0
  }

  expect_failures = [var.raw_retention_days, var.events_retention_days, var.build_expiration_days]
}
