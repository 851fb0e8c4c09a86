# What somebody must look at. A threshold condition needs one type of resource; the channels are the same for all.

locals {
  channels = concat(sort(var.notification_channels), [for address in sort(var.emails) : google_monitoring_notification_channel.email[address].id])

  # Metrics that are wrong above a value. Each: the filter, the window in seconds, how its series are aligned and
  # reduced, the value, and for how many seconds it must stay above.
  thresholds = merge(
    {
      late_tables = {
        title   = "Raw tables are late"
        filter  = local.series["late_tables"]
        window  = 1800
        aligner = "ALIGN_DELTA"
        reducer = "REDUCE_MEAN"
        above   = 0
        seconds = 0
        advice  = "Run what is missing; the asset's check `freshness` says which table, and since when."
      }
      failed_transfers = {
        title   = "A transfer failed"
        filter  = "metric.type=\"bigquerydatatransfer.googleapis.com/transfer_config/completed_runs\" AND resource.type=\"bigquery_dts_config\" AND metric.labels.completion_state=\"FAILED\""
        window  = 300
        aligner = "ALIGN_DELTA"
        reducer = "REDUCE_SUM"
        above   = 0
        seconds = 0
        advice  = "The history of the transfer in BigQuery's console has the reason; docs/transfer.md says what to do."
      }
    },
    {
      for job in var.jobs : "job_${job}" => {
        title   = "Cloud Run job ${job} failed"
        filter  = "metric.type=\"run.googleapis.com/job/completed_execution_count\" AND resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${job}\" AND metric.labels.result=\"failed\""
        window  = 300
        aligner = "ALIGN_DELTA"
        reducer = "REDUCE_SUM"
        above   = 0
        seconds = 0
        advice  = "The process of a run ended badly or was killed, out of memory for instance. The logs of the job's newest execution have the reason; running the day again goes on where it stopped."
      }
    },
    {
      for pair in setproduct(sort(var.databases), ["disk", "memory", "cpu"]) : "${pair[1]}_${pair[0]}" => {
        title   = "Cloud SQL ${pair[0]} is short of ${pair[1]}"
        filter  = "metric.type=\"cloudsql.googleapis.com/database/${pair[1]}/utilization\" AND resource.type=\"cloudsql_database\" AND resource.labels.database_id=\"${pair[0]}\""
        window  = 300
        aligner = "ALIGN_MEAN"
        reducer = "REDUCE_MAX"
        above   = pair[1] == "disk" ? 0.8 : 0.9
        seconds = pair[1] == "disk" ? 0 : 900
        advice  = "Give the instance a larger tier or disk. A full disk stops it, and Dagster with it."
      }
    },
  )
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.emails

  project      = var.project
  display_name = "Alerts: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_monitoring_alert_policy" "threshold" {
  for_each = local.thresholds

  project               = var.project
  display_name          = each.value.title
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "Above ${each.value.above}"

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "${each.value.seconds}s"

      aggregations {
        alignment_period     = "${each.value.window}s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = each.value.reducer
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = each.value.advice
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.this]
}

# By the log entry itself rather than a metric of it: so the day and the error are in the notification.
resource "google_monitoring_alert_policy" "failed_run" {
  project               = var.project
  display_name          = "A run failed"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "A run ended with outcome failed"

    condition_matched_log {
      filter = "${local.from_daemon} AND jsonPayload.kura.event=\"run_ended\" AND jsonPayload.kura.outcome=\"failed\""
      label_extractors = {
        job    = "EXTRACT(jsonPayload.kura.job)"
        day    = "EXTRACT(jsonPayload.kura.day)"
        errors = "EXTRACT(jsonPayload.kura.errors)"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "$${log.extracted_label.job} of $${log.extracted_label.day} failed"
    content   = "$${log.extracted_label.errors}\n\nMend it and run the day again: nothing is loaded twice. What does not depend on it is built in a continuation, which follows by itself."
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "300s"
    }
  }
}

resource "google_monitoring_alert_policy" "silent_daemon" {
  project               = var.project
  display_name          = "The daemon is silent"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  # Each from a sensor of its own, every quarter of an hour: either one can fail alone.
  dynamic "conditions" {
    for_each = ["late_tables", "hours_behind"]

    content {
      display_name = "No look at ${conditions.value} for an hour"

      condition_absent {
        filter   = local.series[conditions.value]
        duration = "3600s"

        aggregations {
          alignment_period     = "300s"
          per_series_aligner   = "ALIGN_DELTA"
          cross_series_reducer = "REDUCE_COUNT"
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Without the daemon no schedule starts a run and nobody is told of late tables. Look at its logs, then at the ticks of the sensors `freshness` and `punctuality` in the UI."
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_alert_policy" "denied" {
  count = length(var.watched_accounts) > 0 ? 1 : 0

  project               = var.project
  display_name          = "The platform was denied something"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local.channels

  conditions {
    display_name = "An audit log says PERMISSION_DENIED"

    condition_matched_log {
      # 7 is PERMISSION_DENIED.
      filter = "protoPayload.\"@type\"=\"type.googleapis.com/google.cloud.audit.AuditLog\" AND protoPayload.status.code=7 AND protoPayload.authenticationInfo.principalEmail=(${join(" OR ", [for account in sort(var.watched_accounts) : "\"${account}\""])})"
      label_extractors = {
        account = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
        method  = "EXTRACT(protoPayload.methodName)"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    subject   = "$${log.extracted_label.account} was denied $${log.extracted_label.method}"
    content   = "A role is missing, or somebody uses the account for what it is not for."
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }
}
