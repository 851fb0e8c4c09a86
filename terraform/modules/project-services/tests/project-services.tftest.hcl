mock_provider "google" {
  override_during = plan
}

variables {
  project = "koe-data-dev"
}

run "every_service_stays_on_when_terraform_lets_go_of_it" {
  command = plan

  assert {
    condition     = length(google_project_service.this) > 0
    error_message = "No API is turned on by default."
  }

  assert {
    condition     = alltrue([for service in google_project_service.this : service.disable_on_destroy == false])
    error_message = "An API would be turned off, and what was made with it lost."
  }
}

run "what_protects_columns_is_on_by_default" {
  command = plan

  assert {
    condition = alltrue([
      for name in ["bigquery", "bigquerydatapolicy", "datacatalog"] :
      contains(keys(google_project_service.this), "${name}.googleapis.com")
    ])
    error_message = "Policy tags and masking need the APIs of BigQuery, its data policies and Data Catalog."
  }
}

run "a_caller_can_ask_for_other_services" {
  command = plan

  variables {
    services = ["dns.googleapis.com"]
  }

  assert {
    condition     = output.services == toset(["dns.googleapis.com"])
    error_message = "Other services than those asked for are turned on."
  }
}

run "a_short_name_is_refused" {
  command = plan

  variables {
    services = ["bigquery"]
  }

  expect_failures = [var.services]
}
