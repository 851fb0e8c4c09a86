locals {
  webserver = "dagster"
  daemon    = "dagster-daemon"
  runs      = "dagster-runs"

  workspace = "/app/orchestration/cloud_run/workspace.yaml"

  # What every container needs to load the instance (orchestration/cloud_run/dagster.yaml). Only the user differs.
  instance = {
    DAGSTER_POSTGRES_PORT = "5432"
    DAGSTER_POSTGRES_DB   = var.database
    DAGSTER_CLOUD_RUN_JOB = "projects/${var.project}/locations/${var.region}/jobs/${local.runs}"
  }
  orchestrator_instance = merge(local.instance, {
    DAGSTER_POSTGRES_USER = trimsuffix(var.service_account, ".gserviceaccount.com")
  })
  code_location_environment = merge(var.environment, local.orchestrator_instance)
  run_environment = merge(var.environment, local.instance, {
    DAGSTER_POSTGRES_USER = trimsuffix(var.run_service_account, ".gserviceaccount.com")
  })

  # The proxy logs in as the container's account; only its health is heard beyond localhost, where Cloud Run asks for it.
  proxy_arguments = [
    "--auto-iam-authn",
    "--private-ip",
    "--port=5432",
    "--structured-logs",
    "--exit-zero-on-sigterm",
    "--health-check",
    "--http-address=0.0.0.0",
    "--http-port=9090",
    var.database_connection_name,
  ]
}

# IAP calls the webserver as its own service agent.
resource "google_project_service_identity" "iap" {
  provider = google-beta

  project = var.project
  service = "iap.googleapis.com"
}

resource "google_cloud_run_v2_service_iam_binding" "invoker" {
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.webserver.name
  role     = "roles/run.invoker"
  members  = [google_project_service_identity.iap.member]
}

resource "google_iap_web_cloud_run_service_iam_binding" "engineers" {
  project                = var.project
  location               = var.region
  cloud_run_service_name = google_cloud_run_v2_service.webserver.name
  role                   = "roles/iap.httpsResourceAccessor"
  members                = var.iap_members
}

# Starting a run is starting the job with other arguments; following one is reading its execution.
resource "google_cloud_run_v2_job_iam_binding" "orchestrator" {
  for_each = toset(["roles/run.jobsExecutorWithOverrides", "roles/run.viewer"])

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.runs.name
  role     = each.key
  members  = ["serviceAccount:${var.service_account}"]
}
