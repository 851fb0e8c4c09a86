mock_provider "google" {
  override_during = plan
}

variables {
  project  = "koe-data-dev"
  location = "asia-northeast1"
  secrets = {
    stripe-api-key  = ["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"]
    aurora-password = []
  }
}

run "those_who_are_named_read_a_secret_and_nobody_else" {
  command = plan

  assert {
    condition = { for name, binding in google_secret_manager_secret_iam_binding.accessors : name => sort(binding.members) } == {
      stripe-api-key  = sort(["serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com"])
      aurora-password = sort([])
    }
    error_message = "The readers of a secret are not those that were passed in; one without any must have an empty binding."
  }

  assert {
    condition = alltrue([
      for name, binding in google_secret_manager_secret_iam_binding.accessors :
      binding.role == "roles/secretmanager.secretAccessor" && binding.secret_id == name
    ])
    error_message = "A binding is of another role or secret than it says."
  }
}

run "a_secret_lies_in_one_region_and_cannot_be_deleted" {
  command = plan

  assert {
    condition = alltrue([
      for secret in google_secret_manager_secret.this :
      secret.replication[0].user_managed[0].replicas[*].location == tolist(["asia-northeast1"]) && length(secret.replication[0].auto) == 0
    ])
    error_message = "A secret's values would lie elsewhere than was asked for."
  }

  assert {
    condition     = alltrue([for secret in google_secret_manager_secret.this : secret.deletion_protection])
    error_message = "A destroy would take the secret's values with it."
  }
}

run "the_output_names_every_secret" {
  command = plan

  assert {
    condition     = output.names == { stripe-api-key = "stripe-api-key", aurora-password = "aurora-password" }
    error_message = "Names and secrets are not the same."
  }
}

run "a_multi_region_is_refused" {
  command = plan

  variables {
    location = "US"
  }

  expect_failures = [var.location]
}

run "everybody_is_no_reader" {
  command = plan

  variables {
    secrets = { stripe-api-key = ["allUsers"] }
  }

  expect_failures = [var.secrets]
}

run "a_name_that_secret_manager_would_refuse_is_refused" {
  command = plan

  variables {
    secrets = { "stripe.api.key" = [] }
  }

  expect_failures = [var.secrets]
}
