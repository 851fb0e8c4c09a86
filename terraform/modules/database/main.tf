resource "google_sql_database_instance" "main" {
  #checkov:skip=CKV_GCP_108:the only client is the proxy, whose host name says nothing
  #checkov:skip=CKV2_GCP_13:Query Insights has the durations, without a line for every statement
  #checkov:skip=CKV_GCP_110:no person and no data of users: log_statement and audit logs of the API are enough
  project             = var.project
  region              = var.region
  name                = var.name
  database_version    = var.database_version
  deletion_protection = true

  settings {
    # From POSTGRES_16 on the default is Enterprise Plus.
    edition                     = "ENTERPRISE"
    tier                        = var.tier
    availability_type           = var.availability_type
    disk_type                   = "PD_SSD"
    disk_size                   = 10
    disk_autoresize             = true
    disk_autoresize_limit       = var.disk_limit_gb
    deletion_protection_enabled = true
    # Only through a connector, which proves an IAM identity: an address in the network is not enough.
    connector_enforcement = "REQUIRED"

    ip_configuration {
      ipv4_enabled    = false
      private_network = var.network
      ssl_mode        = "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "19:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7

      backup_retention_settings {
        retained_backups = var.retained_backups
        retention_unit   = "COUNT"
      }
    }

    insights_config {
      query_insights_enabled  = true
      query_string_length     = 1024
      record_application_tags = false
      record_client_address   = false
    }

    # Sunday, in the hour of the backup: early on Monday in Tokyo.
    maintenance_window {
      day          = 7
      hour         = 19
      update_track = "stable"
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }

    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }

    database_flags {
      name  = "log_connections"
      value = "on"
    }

    database_flags {
      name  = "log_disconnections"
      value = "on"
    }

    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }

    database_flags {
      name  = "log_min_error_statement"
      value = "error"
    }

    database_flags {
      name  = "log_min_messages"
      value = "warning"
    }

    database_flags {
      name  = "log_statement"
      value = "ddl"
    }

    database_flags {
      name  = "log_temp_files"
      value = "0"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_sql_database" "main" {
  project  = var.project
  instance = google_sql_database_instance.main.name
  name     = var.database

  lifecycle {
    prevent_destroy = true
  }
}

# The accounts of one application. They are members of the role that owns the database, for a login of IAM has no right
# in it otherwise, and only a password of somebody could grant one.
resource "google_sql_user" "account" {
  for_each = var.iam_users

  project        = var.project
  instance       = google_sql_database_instance.main.name
  name           = trimsuffix(each.key, ".gserviceaccount.com")
  type           = "CLOUD_IAM_SERVICE_ACCOUNT"
  database_roles = ["cloudsqlsuperuser"]
  # An account that owns tables can't be dropped.
  deletion_policy = "ABANDON"
}

resource "google_project_iam_member" "connect" {
  for_each = {
    for pair in setproduct(["roles/cloudsql.client", "roles/cloudsql.instanceUser"], var.iam_users) :
    "${pair[0]} ${pair[1]}" => { role = pair[0], member = "serviceAccount:${pair[1]}" }
  }

  project = var.project
  role    = each.value.role
  member  = each.value.member

  condition {
    title      = "only-${var.name}"
    expression = "resource.name == 'projects/${var.project}/instances/${var.name}' && resource.type == 'sqladmin.googleapis.com/Instance'"
  }
}
