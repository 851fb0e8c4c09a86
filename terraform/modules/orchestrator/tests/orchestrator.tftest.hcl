mock_provider "google" {
  override_during = plan
}

mock_provider "google-beta" {
  override_during = plan

  mock_resource "google_project_service_identity" {
    defaults = {
      member = "serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"
    }
  }
}

variables {
  project                  = "koe-dev"
  project_number           = "123456789012"
  region                   = "asia-northeast1"
  image                    = "asia-northeast1-docker.pkg.dev/koe-dev/kura/kura@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  service_account          = "orchestrator@koe-dev.iam.gserviceaccount.com"
  run_service_account      = "platform@koe-dev.iam.gserviceaccount.com"
  iap_members              = ["group:engineers@example.com"]
  database_connection_name = "koe-dev:asia-northeast1:dagster"
  database                 = "dagster"
  network                  = "projects/koe-dev/global/networks/kura"
  subnetwork               = "projects/koe-dev/regions/asia-northeast1/subnetworks/kura"
  environment              = { KURA_ENVIRONMENT = "dev" }
  run_secrets              = { STRIPE_API_KEY = "stripe-api-key" }
  code_location_secrets    = { SLACK_WEBHOOK_URL = "slack-webhook-url" }
}

run "only_engineers_get_through_iap_and_only_iap_gets_to_the_webserver" {
  command = plan

  assert {
    condition = (
      google_cloud_run_v2_service.webserver.iap_enabled &&
      google_iap_web_cloud_run_service_iam_binding.engineers.role == "roles/iap.httpsResourceAccessor" &&
      google_iap_web_cloud_run_service_iam_binding.engineers.members == toset(["group:engineers@example.com"]) &&
      google_cloud_run_v2_service_iam_binding.invoker.role == "roles/run.invoker" &&
      google_cloud_run_v2_service_iam_binding.invoker.members == toset(["serviceAccount:service-123456789012@gcp-sa-iap.iam.gserviceaccount.com"])
    )
    error_message = "IAP in front, its agent as the only caller, engineers as the only members."
  }
}

run "the_orchestrator_may_run_that_job_and_look_at_it_and_nothing_more" {
  command = plan

  assert {
    condition = (
      toset(keys(google_cloud_run_v2_job_iam_binding.orchestrator)) == toset(["roles/run.jobsExecutorWithOverrides", "roles/run.viewer"]) &&
      alltrue([
        for binding in google_cloud_run_v2_job_iam_binding.orchestrator :
        binding.members == toset(["serviceAccount:orchestrator@koe-dev.iam.gserviceaccount.com"])
      ])
    )
    error_message = "Two roles on the job, for the orchestrator alone."
  }
}

run "runs_have_an_account_of_their_own_and_are_never_tried_twice" {
  command = plan

  assert {
    condition = (
      google_cloud_run_v2_job.runs.template[0].template[0].service_account == var.run_service_account &&
      google_cloud_run_v2_job.runs.template[0].template[0].max_retries == 0 &&
      google_cloud_run_v2_job.runs.template[0].template[0].timeout == "86400s" &&
      google_cloud_run_v2_service.webserver.template[0].service_account == var.service_account &&
      google_cloud_run_v2_worker_pool.daemon.template[0].service_account == var.service_account
    )
    error_message = "The job runs as the run account, without retries; all else as the orchestrator."
  }
}

run "there_is_always_exactly_one_daemon" {
  command = plan

  assert {
    condition = (
      google_cloud_run_v2_worker_pool.daemon.scaling[0].scaling_mode == "MANUAL" &&
      google_cloud_run_v2_worker_pool.daemon.scaling[0].manual_instance_count == 1
    )
    error_message = "One instance."
  }
}

run "the_code_location_has_one_address_and_everything_waits_for_the_proxy" {
  command = plan

  assert {
    condition = alltrue([
      for containers in [google_cloud_run_v2_service.webserver.template[0].containers, google_cloud_run_v2_worker_pool.daemon.template[0].containers] : (
        [for container in containers : container.name][1] == "code-location" &&
        containers[0].depends_on == tolist(["cloud-sql-proxy", "code-location"]) &&
        containers[1].depends_on == tolist(["cloud-sql-proxy"]) &&
        containers[1].startup_probe[0].grpc[0].port == 4000 &&
        containers[2].startup_probe[0].http_get[0].path == "/startup"
      )
    ])
    error_message = "Webserver and daemon each have the code location and the proxy beside them, and wait for both."
  }
}

run "the_database_is_reached_as_the_containers_own_account_without_a_password" {
  command = plan

  assert {
    condition = alltrue([
      for containers in [
        google_cloud_run_v2_service.webserver.template[0].containers,
        google_cloud_run_v2_worker_pool.daemon.template[0].containers,
        google_cloud_run_v2_job.runs.template[0].template[0].containers,
        ] : length(setintersection(
          containers[length(containers) - 1].args,
          ["--auto-iam-authn", "--private-ip", "koe-dev:asia-northeast1:dagster"],
      )) == 3
    ])
    error_message = "The proxy logs in with IAM over the private address."
  }

  assert {
    condition = (
      one([for env in google_cloud_run_v2_job.runs.template[0].template[0].containers[0].env : env.value if env.name == "DAGSTER_POSTGRES_USER"]) == "platform@koe-dev.iam" &&
      one([for env in google_cloud_run_v2_service.webserver.template[0].containers[0].env : env.value if env.name == "DAGSTER_POSTGRES_USER"]) == "orchestrator@koe-dev.iam" &&
      one([for env in google_cloud_run_v2_worker_pool.daemon.template[0].containers[0].env : env.value if env.name == "DAGSTER_CLOUD_RUN_JOB"]) == "projects/koe-dev/locations/asia-northeast1/jobs/dagster-runs"
    )
    error_message = "Each container is told its own user, and which job starts runs."
  }
}

run "a_run_ends_the_proxy_that_would_outlive_it" {
  command = plan

  assert {
    condition = (
      contains(google_cloud_run_v2_job.runs.template[0].template[0].containers[1].args, "--quitquitquit") &&
      google_cloud_run_v2_job.runs.template[0].template[0].containers[0].command == tolist(["python", "-m", "orchestration.cloud_run.task"])
    )
    error_message = "The job's first process ends the proxy, which must listen for that."
  }
}

run "secrets_are_only_where_they_are_used" {
  command = plan

  assert {
    condition = (
      [for env in google_cloud_run_v2_job.runs.template[0].template[0].containers[0].env : env.name if length(env.value_source) > 0] == ["STRIPE_API_KEY"] &&
      [for env in google_cloud_run_v2_service.webserver.template[0].containers[1].env : env.name if length(env.value_source) > 0] == ["SLACK_WEBHOOK_URL"] &&
      length([for env in google_cloud_run_v2_service.webserver.template[0].containers[0].env : env.name if length(env.value_source) > 0]) == 0
    )
    error_message = "Runs have theirs, the code location its own, the webserver none."
  }
}

run "an_image_that_could_change_is_refused" {
  command = plan

  variables {
    image       = "asia-northeast1-docker.pkg.dev/koe-dev/kura/kura:latest"
    proxy_image = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:latest"
  }

  expect_failures = [var.image, var.proxy_image]
}

run "the_public_and_a_shared_account_are_refused" {
  command = plan

  variables {
    iap_members         = ["allAuthenticatedUsers"]
    run_service_account = "orchestrator@koe-dev.iam.gserviceaccount.com"
    environment         = { DAGSTER_HOME = "/tmp" }
  }

  expect_failures = [var.iap_members, var.run_service_account, var.environment]
}
