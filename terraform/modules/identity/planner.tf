# The planner reads how things are configured, for a pull request's plan: anyone who can push a branch can be it. So it
# changes nothing and reads no data and no secrets. roles/viewer would read data; the predefined viewers that would too,
# such as Cloud SQL's (export), are left out in favour of single permissions.

locals {
  planner_roles = {
    "roles/compute.networkViewer"          = "network"
    "roles/iam.workloadIdentityPoolViewer" = "identity: federation"
    "roles/monitoring.viewer"              = "monitoring, guardrails"
    "roles/run.viewer"                     = "orchestrator, metabase, tagging-server"
  }
}

resource "google_project_iam_custom_role" "planner" {
  project     = var.project
  role_id     = "planner"
  title       = "Planner"
  description = "Reads the configuration of what Terraform makes; no data, no secrets, no changes."

  permissions = [
    "artifactregistry.repositories.get",
    "artifactregistry.repositories.getIamPolicy",
    "bigquery.dataPolicies.get",
    "bigquery.dataPolicies.getIamPolicy",
    "bigquery.datasets.get",
    "bigquery.datasets.getIamPolicy",
    "bigquery.tables.get",
    "bigquery.tables.getIamPolicy",
    "bigquery.transfers.get",
    "cloudsql.databases.get",
    "cloudsql.instances.get",
    "cloudsql.users.get",
    "cloudsql.users.list",
    "datacatalog.categories.getIamPolicy",
    "datacatalog.taxonomies.get",
    "datacatalog.taxonomies.getIamPolicy",
    "iam.roles.get",
    "iam.serviceAccounts.get",
    "iam.serviceAccounts.getIamPolicy",
    "iap.web.getIamPolicy",
    "iap.webServices.getIamPolicy",
    "iap.webServices.getSettings",
    "iap.webTypes.getIamPolicy",
    "logging.logMetrics.get",
    "resourcemanager.projects.get",
    "resourcemanager.projects.getIamPolicy",
    "run.domainmappings.get", # in no predefined role
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "servicenetworking.services.get",
    "serviceusage.quotas.get",
    "serviceusage.services.get",
    "serviceusage.services.list",
    # Not a look, but no change either: requests are counted against this project, for the providers say so.
    "serviceusage.services.use",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
  ]
}
