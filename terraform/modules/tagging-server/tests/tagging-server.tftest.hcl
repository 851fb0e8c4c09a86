mock_provider "google" {
  override_during = plan

  mock_resource "google_cloud_run_v2_service" {
    defaults = { uri = "https://service.a.run.app" }
  }
}

variables {
  project                 = "koe-dev"
  region                  = "asia-northeast1"
  service_account         = "tagging@koe-dev.iam.gserviceaccount.com"
  container_config_secret = "tagging-container-config"
  restricted_policy_tag   = "projects/koe-dev/locations/us/taxonomies/1/policyTags/11"
}

run "both_services_are_open_to_all_without_a_role_for_all_users" {
  command = plan

  assert {
    condition = alltrue([
      for service in [google_cloud_run_v2_service.tagging, google_cloud_run_v2_service.preview] :
      service.invoker_iam_disabled && service.ingress == "INGRESS_TRAFFIC_ALL"
    ])
    error_message = "Browsers reach neither service, or not both."
  }
  assert {
    condition = alltrue([
      for service in [google_cloud_run_v2_service.tagging, google_cloud_run_v2_service.preview] :
      service.template[0].service_account == "tagging@koe-dev.iam.gserviceaccount.com"
    ])
    error_message = "A service runs as another account than the one of its duty."
  }
}

run "the_preview_service_is_one_instance_and_knows_what_it_is" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_service.preview.template[0].scaling[0].min_instance_count == 1 && google_cloud_run_v2_service.preview.template[0].scaling[0].max_instance_count == 1
    error_message = "Preview mode works with exactly one instance."
  }
  assert {
    condition = {
      for env in google_cloud_run_v2_service.preview.template[0].containers[0].env : env.name => env.value
      if env.name != "CONTAINER_CONFIG"
    } == { RUN_AS_PREVIEW_SERVER = "true", GOOGLE_CLOUD_PROJECT = "koe-dev" }
    error_message = "The preview service has other variables than Google's."
  }
}

run "the_tagging_service_forwards_previews_and_scales_within_bounds" {
  command = plan

  variables {
    min_instances = 3
    max_instances = 7
  }

  assert {
    condition = {
      for env in google_cloud_run_v2_service.tagging.template[0].containers[0].env : env.name => env.value
      if env.name != "CONTAINER_CONFIG"
    } == { PREVIEW_SERVER_URL = "https://service.a.run.app", GOOGLE_CLOUD_PROJECT = "koe-dev" }
    error_message = "The tagging service does not know its preview service, or knows more."
  }
  assert {
    condition     = google_cloud_run_v2_service.tagging.template[0].scaling[0].min_instance_count == 3 && google_cloud_run_v2_service.tagging.template[0].scaling[0].max_instance_count == 7
    error_message = "The bounds are not those given."
  }
}

run "the_container_configuration_comes_from_secret_manager_and_is_nowhere_else" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for service in [google_cloud_run_v2_service.tagging, google_cloud_run_v2_service.preview] : [
        for env in service.template[0].containers[0].env :
        env.value == null && env.value_source[0].secret_key_ref[0].secret == "tagging-container-config"
        if env.name == "CONTAINER_CONFIG"
      ]
    ]))
    error_message = "The configuration is a plain value."
  }
  assert {
    condition = length(flatten([
      for service in [google_cloud_run_v2_service.tagging, google_cloud_run_v2_service.preview] :
      [for env in service.template[0].containers[0].env : env if env.name == "CONTAINER_CONFIG"]
    ])) == 2
    error_message = "A service has no configuration."
  }
}

run "instances_are_probed_on_the_path_that_also_works_from_outside" {
  command = plan

  assert {
    condition = alltrue(flatten([
      for service in [google_cloud_run_v2_service.tagging, google_cloud_run_v2_service.preview] : [
        service.template[0].containers[0].startup_probe[0].http_get[0].path == output.health_path,
        service.template[0].containers[0].liveness_probe[0].http_get[0].path == output.health_path,
      ]
    ]))
    error_message = "A probe asks for another path."
  }
  assert {
    condition     = !endswith(output.health_path, "z")
    error_message = "Cloud Run keeps paths that end with z, such as /healthz, for itself."
  }
}

run "what_an_event_holds_is_locked_and_never_read_whole" {
  command = plan

  assert {
    condition = {
      for column in jsondecode(google_bigquery_table.events.schema) :
      column.name => [column.type, column.mode, try(column.policyTags.names, [])]
      } == {
      received_at = ["TIMESTAMP", "REQUIRED", []]
      event_name  = ["STRING", "REQUIRED", []]
      event       = ["JSON", "NULLABLE", ["projects/koe-dev/locations/us/taxonomies/1/policyTags/11"]]
    }
    error_message = "The events have other columns, or the wrong ones are locked."
  }
  assert {
    condition     = google_bigquery_table.events.require_partition_filter && google_bigquery_table.events.time_partitioning[0].type == "DAY" && google_bigquery_table.events.time_partitioning[0].field == "received_at"
    error_message = "A query could read all days at once."
  }
  assert {
    condition     = google_bigquery_table.events.deletion_protection && output.table == "raw_events.events"
    error_message = "The events are not protected, or lie elsewhere."
  }
}

run "a_retention_deletes_days_of_events" {
  command = plan

  variables {
    retention_days = 400
  }

  assert {
    condition     = google_bigquery_table.events.time_partitioning[0].expiration_ms == 34560000000
    error_message = "400 days are not 400 days."
  }
}

run "without_a_domain_nothing_is_mapped" {
  command = plan

  assert {
    condition     = length(google_cloud_run_domain_mapping.tagging) == 0 && output.dns_records == [] && output.urls.tagging == "https://service.a.run.app"
    error_message = "A domain is mapped that nobody asked for."
  }
}

run "a_domain_is_mapped_to_the_tagging_service" {
  command = plan

  variables {
    domain = "events.koe.example"
  }

  assert {
    condition     = google_cloud_run_domain_mapping.tagging[0].name == "events.koe.example" && google_cloud_run_domain_mapping.tagging[0].spec[0].route_name == "tagging"
    error_message = "The domain leads elsewhere."
  }
  assert {
    condition     = output.urls.tagging == "https://events.koe.example"
    error_message = "The address of the service is not its domain."
  }
}

run "an_address_is_no_domain" {
  command = plan

  variables {
    domain = "https://events.koe.example/"
  }

  expect_failures = [var.domain]
}

run "bounds_that_exclude_each_other_are_refused" {
  command = plan

  variables {
    min_instances = 5
    max_instances = 4
  }

  expect_failures = [var.max_instances]
}

run "a_logical_name_is_no_policy_tag" {
  command = plan

  variables {
    restricted_policy_tag = "restricted"
  }

  expect_failures = [var.restricted_policy_tag]
}
