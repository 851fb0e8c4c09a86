# What nobody can do in the project, whatever roles they have.

locals {
  # Key creation and upload have a constraint of the older and one of the newer kind. Organisations enforce either by
  # default, so what holds here, and the exception above all, is said of both.
  enforced = {
    "iam.disableServiceAccountKeyCreation"                             = !var.service_account_keys_allowed
    "iam.managed.disableServiceAccountKeyCreation"                     = !var.service_account_keys_allowed
    "iam.disableServiceAccountKeyUpload"                               = true
    "iam.managed.disableServiceAccountKeyUpload"                       = true
    "iam.automaticIamGrantsForDefaultServiceAccounts"                  = true
    "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts" = true
    "storage.publicAccessPrevention"                                   = true
    "storage.uniformBucketLevelAccess"                                 = true
    "sql.restrictPublicIp"                                             = true
    "sql.restrictAuthorizedNetworks"                                   = true
    # Counts when Compute Engine is enabled after it.
    "compute.skipDefaultNetworkCreation" = true
  }

  # HMAC keys are the long-lived keys of Cloud Storage; virtual machines are not part of the platform.
  denied = {
    "storage.restrictAuthTypes"  = ["in:ALL_HMAC_SIGNED_REQUESTS"]
    "compute.vmExternalIpAccess" = null
  }

  allowed = length(var.allowed_locations) > 0 ? { "gcp.resourceLocations" = var.allowed_locations } : {}
}

resource "google_org_policy_policy" "enforced" {
  for_each = var.organization_policies ? local.enforced : {}

  name   = "projects/${var.project}/policies/${each.key}"
  parent = "projects/${var.project}"

  spec {
    rules {
      enforce = each.value ? "TRUE" : "FALSE"
    }
  }
}

resource "google_org_policy_policy" "denied" {
  for_each = var.organization_policies ? local.denied : {}

  name   = "projects/${var.project}/policies/${each.key}"
  parent = "projects/${var.project}"

  spec {
    rules {
      deny_all = each.value == null ? "TRUE" : null

      dynamic "values" {
        for_each = each.value == null ? [] : [each.value]

        content {
          denied_values = values.value
        }
      }
    }
  }
}

resource "google_org_policy_policy" "allowed" {
  for_each = var.organization_policies ? local.allowed : {}

  name   = "projects/${var.project}/policies/${each.key}"
  parent = "projects/${var.project}"

  spec {
    rules {
      values {
        allowed_values = each.value
      }
    }
  }
}
