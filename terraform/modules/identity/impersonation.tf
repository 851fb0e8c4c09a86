# Who may be whom. There are no keys: a service account is used where it is attached, or by one of those named here.

locals {
  become    = "roles/iam.serviceAccountTokenCreator"
  attach    = "roles/iam.serviceAccountUser"
  federated = "roles/iam.workloadIdentityUser"

  impersonation = merge(
    {
      # A run extracts as the loader, and renders dashboards with no more than an analyst's rights.
      loader  = { account = "loader", role = local.become, members = [local.members.platform] }
      analyst = { account = "analyst", role = local.become, members = [local.members.platform] }

      deploying = { account = "deployer", role = local.federated, members = ["${local.github}/attribute.duty/deployer"] }
      planning  = { account = "planner", role = local.federated, members = ["${local.github}/attribute.duty/planner"] }
    },
    {
      # The deployer attaches these to services, jobs and transfer configurations.
      for account in ["loader", "metabase", "orchestrator", "platform", "tagging"] :
      "attach ${account}" => { account = account, role = local.attach, members = [local.members.deployer] }
    },
    {
      for pool in google_iam_workload_identity_pool.aws :
      "loading from AWS" => {
        account = "loader"
        role    = local.federated
        members = [for role in local.aws_roles : "principalSet://iam.googleapis.com/${pool.name}/attribute.aws_role/${role}"]
      }
    },
  )
}

resource "google_service_account_iam_binding" "impersonation" {
  for_each = local.impersonation

  service_account_id = google_service_account.duty[each.value.account].name
  role               = each.value.role
  members            = each.value.members
}
