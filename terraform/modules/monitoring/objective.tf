# The objective of the daily run: what it is for. Every quarter of an hour the daemon says how far behind the published
# tables are; a look is good while they are up to date. A run that failed, one that was never started and one that hangs
# all show, as soon as analysts would notice. With one event a day there would be nothing to measure a rate of.

locals {
  period_days = 28

  # A burn rate of 1 uses the whole budget in the whole period. Told at once: what uses 2 % of it in an hour. Told in
  # time: what uses 10 % in a day, such as marts that are half an hour late each morning.
  burns = {
    fast = { lookback_seconds = 3600, budget = 0.02, severity = "CRITICAL" }
    slow = { lookback_seconds = 86400, budget = 0.1, severity = "WARNING" }
  }
  burn_rates = {
    for name, burn in local.burns : name => burn.budget * local.period_days * 86400 / burn.lookback_seconds
  }
}

resource "google_monitoring_custom_service" "daily_run" {
  project      = var.project
  service_id   = "daily-run"
  display_name = "Daily run"
}

resource "google_monitoring_slo" "up_to_date" {
  project             = var.project
  service             = google_monitoring_custom_service.daily_run.service_id
  slo_id              = "up-to-date"
  display_name        = "All marts are less than ${var.hours_behind_limit} hours behind"
  goal                = var.objective
  rolling_period_days = local.period_days

  request_based_sli {
    distribution_cut {
      distribution_filter = local.series["hours_behind"]

      range {
        max = var.hours_behind_limit
      }
    }
  }

  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_alert_policy" "burn" {
  for_each = local.burns

  project               = var.project
  display_name          = "Published tables are late (${each.key} burn)"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = "${each.value.budget * 100} % of the budget of ${local.period_days} days in ${each.value.lookback_seconds / 3600} h"

    condition_threshold {
      filter          = "select_slo_burn_rate(\"${google_monitoring_slo.up_to_date.name}\", \"${each.value.lookback_seconds}s\")"
      comparison      = "COMPARISON_GT"
      threshold_value = local.burn_rates[each.key]
      duration        = "0s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "Analysts see marts that are more than ${var.hours_behind_limit} hours behind. Look at the newest run of the job `daily`: mend and run it, or start it if the schedule did not. `kura published` lists what each mart holds."
  }

  alert_strategy {
    auto_close = "86400s"
  }
}
