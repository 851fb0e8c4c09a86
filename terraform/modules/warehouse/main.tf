locals {
  day = 24 * 60 * 60 * 1000 # milliseconds

  raw = {
    for name in var.raw_datasets : name => {
      description    = "Rows of ${trimprefix(name, "raw_")} as they were delivered, a partition a day."
      partition_days = var.raw_retention_days
      table_days     = null
      editors        = [var.loader, var.platform]
      readers        = []
    }
  }

  fixed = {
    raw_events = {
      description    = "Events of the tagging server, as they arrived."
      partition_days = var.events_retention_days
      table_days     = null
      editors        = [var.tagging, var.platform]
      readers        = []
    }
    staging = {
      description    = "Raw tables with the columns and types that their contracts declare."
      partition_days = null
      table_days     = var.build_expiration_days
      editors        = [var.platform]
      readers        = []
    }
    build = {
      description    = "Modelled tables before they are tested and published."
      partition_days = null
      table_days     = var.build_expiration_days
      editors        = [var.platform]
      readers        = []
    }
    marts = {
      description    = "Published tables: tested, with their policy tags. The one dataset for analysts."
      partition_days = null
      table_days     = null
      editors        = [var.platform]
      readers        = var.consumers
    }
    # Its one secret, the pepper of pseudonyms, is a column with a policy tag.
    ops = {
      description    = "What the platform knows of itself: receipts of loads, evidence of builds, queries, peppers."
      partition_days = null
      table_days     = null
      editors        = [var.platform]
      readers        = var.ops_readers
    }
  }

  datasets = merge(local.raw, local.fixed)

  # BigQuery answers with its own name of a role where there is one, and Terraform would see a change in every plan if it
  # were called otherwise here. OWNER and its like are of the dataset: none is a primitive role of the project.
  roles = {
    OWNER                           = "roles/bigquery.dataOwner"
    WRITER                          = "roles/bigquery.dataEditor"
    READER                          = "roles/bigquery.dataViewer"
    "roles/bigquery.metadataViewer" = "roles/bigquery.metadataViewer"
  }

  members = {
    for name, dataset in local.datasets : name => {
      OWNER                           = var.owners
      WRITER                          = toset(dataset.editors)
      READER                          = toset(dataset.readers)
      "roles/bigquery.metadataViewer" = var.metadata_readers
    }
  }

  access = {
    for name, roles in local.members : name => flatten([
      for role, members in roles : [
        for member in members : {
          role = role
          kind = split(":", member)[0]
          # BigQuery keeps addresses in lower case.
          email = lower(split(":", member)[1])
        }
      ]
    ])
  }
}

resource "google_bigquery_dataset" "this" {
  #checkov:skip=CKV_GCP_81:Google's keys encrypt at rest; a key of one's own is one more thing to lose all data by
  for_each = local.datasets

  project     = var.project
  dataset_id  = each.key
  description = each.value.description
  location    = var.location

  default_partition_expiration_ms = each.value.partition_days == null ? null : each.value.partition_days * local.day
  default_table_expiration_ms     = each.value.table_days == null ? null : each.value.table_days * local.day
  max_time_travel_hours           = tostring(var.max_time_travel_hours)
  storage_billing_model           = var.storage_billing_model

  # The whole list: BigQuery's defaults for a project's owners, editors and viewers are not in it, nor is anything that
  # was granted by hand.
  dynamic "access" {
    for_each = local.access[each.key]

    content {
      role           = access.value.role
      user_by_email  = access.value.kind == "group" ? null : access.value.email
      group_by_email = access.value.kind == "group" ? access.value.email : null
    }
  }

  delete_contents_on_destroy = false
  deletion_policy            = "PREVENT"

  lifecycle {
    prevent_destroy = true
  }
}
