# What the platform says of itself, in lines of JSON (orchestration/structured_log.py), as metrics.

locals {
  # Both of a log entry and of a metric that is made from it.
  from_daemon = "resource.type=\"${var.log_resource.type}\" AND resource.labels.${var.log_resource.label}=\"${var.log_resource.name}\""

  # Filters of these metrics, by name.
  series = { for name in keys(local.metrics) : name => "metric.type=\"logging.googleapis.com/user/kura/${name}\" AND ${local.from_daemon}" }

  # Without a field, entries are counted.
  metrics = {
    runs = {
      description = "Runs that ended, by outcome."
      event       = "run_ended"
      field       = null
      unit        = "1"
      labels      = ["job", "outcome"]
      bounds      = null
    }
    run_seconds = {
      description = "How long runs took, by outcome."
      event       = "run_ended"
      field       = "seconds"
      unit        = "s"
      labels      = ["job", "outcome"]
      bounds      = [60, 300, 600, 1200, 1800, 3600, 5400, 7200, 10800, 14400, 21600, 43200]
    }
    run_rows = {
      description = "Rows that runs made, by outcome."
      event       = "run_ended"
      field       = "rows"
      unit        = "1"
      labels      = ["job", "outcome"]
      bounds      = [0, 1, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000]
    }
    late_tables = {
      description = "Raw tables that are late, at each look of the daemon."
      event       = "freshness"
      field       = "late_tables"
      unit        = "1"
      labels      = []
      bounds      = [0, 1, 2, 5, 10, 20, 50, 100]
    }
    hours_behind = {
      description = "Hours since the end of the window that the most outdated published table holds, at each look."
      event       = "published"
      field       = "hours_behind"
      unit        = "h"
      labels      = []
      # The limit is a bound of its own, so that no value on either side of it is only estimated.
      bounds = concat([0, 3, 6, 12, 18, 24], [for more in [0, 6, 12, 24, 48, 96] : var.hours_behind_limit + more])
    }
  }
}

resource "google_logging_metric" "this" {
  for_each = local.metrics

  project     = var.project
  name        = "kura/${each.key}"
  description = each.value.description
  filter      = "${local.from_daemon} AND jsonPayload.kura.event=\"${each.value.event}\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = each.value.field == null ? "INT64" : "DISTRIBUTION"
    unit        = each.value.unit

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  value_extractor  = each.value.field == null ? null : "EXTRACT(jsonPayload.kura.${each.value.field})"
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.kura.${label})" }

  dynamic "bucket_options" {
    for_each = each.value.bounds == null ? [] : [each.value.bounds]

    content {
      explicit_buckets {
        bounds = bucket_options.value
      }
    }
  }
}
