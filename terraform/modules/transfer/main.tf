# One transfer configuration for each table that asks for one. The extraction finds it by its display name, compares its
# parameters, and starts its runs; it has no schedule of its own.

resource "google_bigquery_data_transfer_config" "table" {
  for_each = local.tables

  project                = var.project
  location               = lower(var.location)
  display_name           = "kura ${each.key}"
  data_source_id         = "amazon_s3"
  destination_dataset_id = each.value.dataset
  service_account_name   = var.service_account

  schedule_options {
    disable_auto_scheduling = true
  }

  params = merge(local.parameters[each.key], { access_key_id = var.access_key_id })

  # The argument is write-only and the variable ephemeral, so neither plan nor state has the key. It is sent when the
  # version rises, and never compared: a plan without the key finds the same differences as one with it.
  dynamic "sensitive_params" {
    for_each = var.with_secret ? [var.secret_version] : []

    content {
      secret_access_key_wo         = var.secret_access_key
      secret_access_key_wo_version = sensitive_params.value
    }
  }

  dynamic "sensitive_params" {
    for_each = var.with_secret ? [] : [var.secret_version]

    content {
      secret_access_key_wo         = "not given"
      secret_access_key_wo_version = sensitive_params.value
    }
  }
}
