# Where the tag writes: what was sent, as it was sent. Staging gives it columns and types.

resource "google_bigquery_table" "events" {
  #checkov:skip=CKV_GCP_80:As for all of the warehouse, Google's own keys encrypt it; policy tags decide who reads what.
  project                  = var.project
  dataset_id               = var.dataset
  table_id                 = "events"
  description              = "One row per event that the tagging server received."
  clustering               = ["event_name"]
  require_partition_filter = true
  deletion_protection      = true

  time_partitioning {
    type          = "DAY"
    field         = "received_at"
    expiration_ms = var.retention_days == null ? null : var.retention_days * 86400000
  }

  schema = jsonencode([
    {
      name        = "received_at"
      type        = "TIMESTAMP"
      mode        = "REQUIRED"
      description = "When the tagging server received the event."
    },
    {
      name        = "event_name"
      type        = "STRING"
      mode        = "REQUIRED"
      description = "Name of the event, such as page_view."
    },
    {
      name        = "event"
      type        = "JSON"
      mode        = "NULLABLE"
      description = "All data of the event, as the container's client read them from the request."
      policyTags  = { names = [var.restricted_policy_tag] }
    },
  ])

  lifecycle {
    prevent_destroy = true
  }
}
