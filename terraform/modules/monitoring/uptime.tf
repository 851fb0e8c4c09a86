# What must answer from outside. Behind IAP nothing of ours can be seen without signing in: the proxy answers 401, or
# sends to Google's sign-in page, which the check follows. That shows that the address and the proxy are there; whether
# the service behind is well, Cloud Run's own probes ask.

resource "google_monitoring_uptime_check_config" "this" {
  for_each = var.uptime_checks

  project      = var.project
  display_name = each.key
  period       = "300s"
  timeout      = "10s"

  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = each.value.host }
  }

  http_check {
    path         = each.value.path
    port         = 443
    use_ssl      = true
    validate_ssl = true

    accepted_response_status_codes {
      status_class = "STATUS_CLASS_2XX"
    }

    dynamic "accepted_response_status_codes" {
      for_each = each.value.behind_iap ? [401] : []

      content {
        status_value = accepted_response_status_codes.value
      }
    }
  }
}

resource "google_monitoring_alert_policy" "down" {
  for_each = var.uptime_checks

  project               = var.project
  display_name          = "${each.key} does not answer"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local.channels

  conditions {
    display_name = "Checks from two places or more fail"

    condition_threshold {
      filter          = "metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND resource.type=\"uptime_url\" AND metric.labels.check_id=\"${google_monitoring_uptime_check_config.this[each.key].uptime_check_id}\""
      comparison      = "COMPARISON_GT"
      threshold_value = 1
      duration        = "300s"

      aggregations {
        alignment_period     = "1200s"
        per_series_aligner   = "ALIGN_NEXT_OLDER"
        cross_series_reducer = "REDUCE_COUNT_FALSE"
        group_by_fields      = ["resource.label.host"]
      }

      trigger {
        count = 1
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "https://${each.value.host}${each.value.path} does not answer as it should, from two places or more."
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
