mock_provider "google" {
  override_during = plan
}

variables {
  with_secret     = false
  project         = "koe-dev"
  location        = "US"
  export_bucket   = "koe-dev-kura-exports"
  aurora          = { cluster = "koe-dev", database = "koe" }
  service_account = "loader@koe-dev.iam.gserviceaccount.com"
  access_key_id   = "AKIAIOSFODNN7EXAMPLE"
  transfers = {
    "raw_dynamodb.generations" = "voice-generations"
    "raw_aurora.users"         = "public.users"
  }
}

run "each_table_has_a_configuration_that_the_extraction_finds" {
  command = plan

  assert {
    condition = {
      for name, config in google_bigquery_data_transfer_config.table :
      name => [config.display_name, config.data_source_id, config.location, config.destination_dataset_id, config.service_account_name]
      } == {
      "raw_dynamodb.generations" = ["kura raw_dynamodb.generations", "amazon_s3", "us", "raw_dynamodb", "loader@koe-dev.iam.gserviceaccount.com"]
      "raw_aurora.users"         = ["kura raw_aurora.users", "amazon_s3", "us", "raw_aurora", "loader@koe-dev.iam.gserviceaccount.com"]
    }
    error_message = "Name, source, location, dataset and account are what the extraction looks for."
  }

  assert {
    condition     = alltrue([for config in google_bigquery_data_transfer_config.table : config.schedule_options[0].disable_auto_scheduling && config.schedule == null])
    error_message = "Only the extraction starts runs."
  }
}

run "a_runs_time_picks_files_and_partition" {
  command = plan

  assert {
    condition = tomap(google_bigquery_data_transfer_config.table["raw_dynamodb.generations"].params) == tomap({
      data_path                       = "s3://koe-dev-kura-exports/dynamodb/generations/{run_time|\"%Y%m%d\"}/{run_time|\"%H\"}/AWSDynamoDB/*.json.gz"
      destination_table_name_template = "generations$${run_time|\"%Y%m%d\"}"
      file_format                     = "JSON"
      write_disposition               = "WRITE_TRUNCATE"
      access_key_id                   = "AKIAIOSFODNN7EXAMPLE"
    })
    error_message = "The parameters of a table of DynamoDB are not as the extraction expects, or there are others."
  }

  assert {
    condition = tomap(google_bigquery_data_transfer_config.table["raw_aurora.users"].params) == tomap({
      data_path                       = "s3://koe-dev-kura-exports/aurora/kura-koe-dev-{run_time|\"%Y%m%d\"}-{run_time|\"%H\"}/koe/public.users/*.parquet"
      destination_table_name_template = "users$${run_time|\"%Y%m%d\"}"
      file_format                     = "PARQUET"
      write_disposition               = "WRITE_TRUNCATE"
      access_key_id                   = "AKIAIOSFODNN7EXAMPLE"
    })
    error_message = "The parameters of a table of Aurora are not as the extraction expects, or there are others."
  }
}

run "the_access_key_is_handed_over_and_not_kept" {
  command = plan

  variables {
    secret_version = 3
  }

  assert {
    condition = alltrue([
      for config in google_bigquery_data_transfer_config.table :
      config.sensitive_params[0].secret_access_key == null
    ])
    error_message = "The secret goes through the write-only argument, never through the one that is kept."
  }

  assert {
    condition     = alltrue([for config in google_bigquery_data_transfer_config.table : tonumber(config.sensitive_params[0].secret_access_key_wo_version) == 3])
    error_message = "A new version must hand the key over again."
  }
}

run "without_transfers_nothing_is_made_and_no_secret_is_needed" {
  command = plan

  variables {
    transfers     = {}
    aurora        = null
    access_key_id = null
    with_secret   = true
  }

  assert {
    condition     = length(google_bigquery_data_transfer_config.table) == 0
    error_message = "No table asks for a transfer."
  }
}

run "a_table_of_another_source_is_refused" {
  command = plan

  variables {
    transfers = { "raw_stripe.customers" = "customers" }
  }

  expect_failures = [var.transfers]
}

run "a_relation_of_aurora_without_schema_is_refused" {
  command = plan

  variables {
    transfers      = { "raw_aurora.users" = "users" }
    secret_version = 0
  }

  expect_failures = [var.transfers, var.secret_version]
}

run "a_transfer_without_what_it_needs_is_refused" {
  command = plan

  variables {
    aurora        = null
    access_key_id = null
  }

  expect_failures = [var.aurora, var.access_key_id]
}
