# The service accounts, one a duty, and what each may do in the project as a whole. What it may do with a dataset, a
# bucket, a secret or a job is said by the module that makes that.

locals {
  duties = {
    loader       = "Extracts: starts exports in AWS, writes the landing bucket and the raw datasets."
    platform     = "Runs: dbt, checks and publication. The only reader of protected columns."
    orchestrator = "Dagster's webserver and daemon: starts runs and watches them."
    analyst      = "An analyst's rights, for dashboards that the platform renders."
    metabase     = "Metabase's queries: an analyst's rights."
    tagging      = "The tagging server: writes events."
    deployer     = "GitHub Actions, deploying: applies Terraform."
    planner      = "GitHub Actions, on pull requests: plans, reads no data and no secrets."
  }

  # Built from arguments, so that they are known before the accounts exist.
  emails  = { for name, account in google_service_account.duty : name => "${account.account_id}@${account.project}.iam.gserviceaccount.com" }
  members = { for name, email in local.emails : name => "serviceAccount:${email}" }

  run_queries = "roles/bigquery.jobUser"

  project_roles = {
    # Counts what it has loaded; transfers load in its name.
    loader = [local.run_queries, local.custom_roles.transfer_runner]
    # `kura scans` and the view ops.jobs read everybody's jobs; `kura run` looks whether transfer configurations are there.
    platform = [local.run_queries, "roles/bigquery.resourceViewer", local.custom_roles.transfer_runner]
    # The sensor of freshness asks ops.loads.
    orchestrator = [local.run_queries]
    analyst      = [local.run_queries]
    metabase     = [local.run_queries]
    # Streams rows, which is no job.
    tagging  = []
    deployer = concat(keys(local.deployer_roles), [local.custom_roles.deployer])
    planner  = concat(keys(local.planner_roles), [local.custom_roles.planner])
  }

  grants = merge([
    for name, roles in local.project_roles : { for role in roles : "${name} ${role}" => { name = name, role = role } }
  ]...)
}

resource "google_service_account" "duty" {
  for_each = local.duties

  project      = var.project
  account_id   = each.key
  display_name = "kura ${each.key}"
  description  = each.value
}

resource "google_project_iam_member" "duty" {
  #checkov:skip=CKV_GCP_42:Roles called admin go to the deployer, which manages the resources of one service each; main.tf and deployer.tf say why.
  for_each = local.grants

  project = var.project
  role    = each.value.role
  member  = local.members[each.value.name]
}

resource "google_project_iam_member" "query_group" {
  for_each = var.query_groups

  project = var.project
  role    = local.run_queries
  member  = each.value
}

# What alerts and failed runs point to. Audit logs of data access, which hold queries, take another role.
resource "google_project_iam_member" "operator_group" {
  for_each = {
    for pair in setproduct(["roles/logging.viewer", "roles/monitoring.viewer"], var.operator_groups) :
    "${pair[0]} ${pair[1]}" => { role = pair[0], member = pair[1] }
  }

  project = var.project
  role    = each.value.role
  member  = each.value.member
}

# Starting a run of a transfer is an update to BigQuery; of the predefined roles only its admin may.
resource "google_project_iam_custom_role" "transfer_runner" {
  project     = var.project
  role_id     = "transferRunner"
  title       = "Transfer runner"
  description = "Finds transfer configurations, starts their runs and watches them."
  permissions = ["bigquery.transfers.get", "bigquery.transfers.update"]
}

locals {
  custom_roles = {
    for name, role in {
      transfer_runner = google_project_iam_custom_role.transfer_runner
      deployer        = google_project_iam_custom_role.deployer
      planner         = google_project_iam_custom_role.planner
    } : name => "projects/${role.project}/roles/${role.role_id}"
  }
}
