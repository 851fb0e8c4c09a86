mock_provider "google" {
  override_during = plan

  mock_resource "google_monitoring_slo" {
    defaults = { name = "projects/1/services/daily-run/serviceLevelObjectives/up-to-date" }
  }
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/koe-dev/notificationChannels/99" }
  }
}

variables {
  project               = "koe-dev"
  notification_channels = ["projects/koe-dev/notificationChannels/1"]
  log_resource          = { type = "cloud_run_revision", label = "service_name", name = "dagster-daemon" }
  jobs                  = ["dagster-run"]
}

run "metrics_count_and_measure_what_the_daemon_says" {
  command = plan

  assert {
    condition = {
      for name, metric in google_logging_metric.this : name => "${metric.metric_descriptor[0].value_type} ${coalesce(metric.value_extractor, "of entries")}"
      } == {
      runs         = "INT64 of entries"
      run_seconds  = "DISTRIBUTION EXTRACT(jsonPayload.kura.seconds)"
      run_rows     = "DISTRIBUTION EXTRACT(jsonPayload.kura.rows)"
      late_tables  = "DISTRIBUTION EXTRACT(jsonPayload.kura.late_tables)"
      hours_behind = "DISTRIBUTION EXTRACT(jsonPayload.kura.hours_behind)"
    }
    error_message = "Other fields are measured."
  }
  assert {
    condition = google_logging_metric.this["runs"].filter == join(" AND ", [
      "resource.type=\"cloud_run_revision\"", "resource.labels.service_name=\"dagster-daemon\"", "jsonPayload.kura.event=\"run_ended\"",
    ])
    error_message = "Entries of others are counted."
  }
  assert {
    condition = alltrue([
      for metric in google_logging_metric.this : join(",", sort(keys(metric.label_extractors))) == join(",", sort([for label in metric.metric_descriptor[0].labels : label.key]))
    ])
    error_message = "Every label of a metric needs an extractor, and every extractor a label."
  }
}

run "the_objective_is_that_everything_published_is_up_to_date" {
  command = plan

  variables {
    hours_behind_limit = 32
  }

  assert {
    condition     = google_monitoring_slo.up_to_date.goal == 0.99 && google_monitoring_slo.up_to_date.rolling_period_days == 28
    error_message = "The objective is not 99 % over 28 days."
  }
  assert {
    condition     = google_monitoring_slo.up_to_date.request_based_sli[0].distribution_cut[0].range[0].max == 32
    error_message = "The limit is another."
  }
  assert {
    condition     = strcontains(google_monitoring_slo.up_to_date.request_based_sli[0].distribution_cut[0].distribution_filter, "metric.type=\"logging.googleapis.com/user/kura/hours_behind\"")
    error_message = "The objective measures something else."
  }
  assert {
    condition     = contains(google_logging_metric.this["hours_behind"].bucket_options[0].explicit_buckets[0].bounds, 32)
    error_message = "Without a bound at the limit, what is good is only estimated."
  }
}

run "the_budget_burns_fast_in_an_hour_and_slowly_in_a_day" {
  command = plan

  assert {
    condition = {
      for name, policy in google_monitoring_alert_policy.burn :
      name => format("%s > %.2f", policy.conditions[0].condition_threshold[0].filter, policy.conditions[0].condition_threshold[0].threshold_value)
      } == {
      fast = "select_slo_burn_rate(\"projects/1/services/daily-run/serviceLevelObjectives/up-to-date\", \"3600s\") > 13.44"
      slow = "select_slo_burn_rate(\"projects/1/services/daily-run/serviceLevelObjectives/up-to-date\", \"86400s\") > 2.80"
    }
    error_message = "2 % in an hour is a rate of 13.44, 10 % in a day one of 2.8."
  }
  # Four looks an hour, 96 a day; the rate is the part of bad ones over what the objective allows.
  assert {
    condition     = (1 / 4) / (1 - var.objective) > google_monitoring_alert_policy.burn["fast"].conditions[0].condition_threshold[0].threshold_value
    error_message = "The first late look is not told at once."
  }
  assert {
    condition = alltrue([
      (2 / 96) / (1 - var.objective) < google_monitoring_alert_policy.burn["slow"].conditions[0].condition_threshold[0].threshold_value,
      (3 / 96) / (1 - var.objective) > google_monitoring_alert_policy.burn["slow"].conditions[0].condition_threshold[0].threshold_value,
    ])
    error_message = "The slow burn is told before or after three late looks in a day."
  }
}

run "an_objective_whose_fast_burn_could_never_be_told_is_refused" {
  command = plan

  variables {
    objective = 0.92
  }

  expect_failures = [var.objective]
}

run "every_alert_goes_to_all_channels" {
  command = plan

  variables {
    emails           = ["data@koe.example"]
    databases        = ["koe-dev:dagster"]
    watched_accounts = ["platform@koe-dev.iam.gserviceaccount.com"]
    uptime_checks    = { tagging = { host = "events.koe.example" } }
  }

  assert {
    condition = alltrue([
      for policy in concat(
        values(google_monitoring_alert_policy.threshold), values(google_monitoring_alert_policy.burn), values(google_monitoring_alert_policy.down),
        google_monitoring_alert_policy.denied, [google_monitoring_alert_policy.failed_run, google_monitoring_alert_policy.silent_daemon],
      ) : policy.notification_channels == tolist(["projects/koe-dev/notificationChannels/1", "projects/koe-dev/notificationChannels/99"])
    ])
    error_message = "An alert goes to nobody, or not to all."
  }
  assert {
    condition = output.alerts == tolist([
      "A run failed",
      "A transfer failed",
      "Cloud Run job dagster-run failed",
      "Cloud SQL koe-dev:dagster is short of cpu",
      "Cloud SQL koe-dev:dagster is short of disk",
      "Cloud SQL koe-dev:dagster is short of memory",
      "Published tables are late (fast burn)",
      "Published tables are late (slow burn)",
      "Raw tables are late",
      "The daemon is silent",
      "The platform was denied something",
      "tagging does not answer",
    ])
    error_message = "Other things are watched."
  }
}

run "a_failed_run_is_told_with_its_day_and_error_from_the_log_entry" {
  command = plan

  assert {
    condition     = endswith(google_monitoring_alert_policy.failed_run.conditions[0].condition_matched_log[0].filter, "jsonPayload.kura.event=\"run_ended\" AND jsonPayload.kura.outcome=\"failed\"")
    error_message = "Other entries are told."
  }
  assert {
    condition     = google_monitoring_alert_policy.failed_run.documentation[0].subject == "$${log.extracted_label.job} of $${log.extracted_label.day} failed"
    error_message = "The notification does not name the day."
  }
  assert {
    condition     = google_monitoring_alert_policy.failed_run.alert_strategy[0].notification_rate_limit[0].period == "300s"
    error_message = "An alert on log entries needs a limit of its rate."
  }
}

run "a_daemon_that_says_nothing_for_an_hour_is_told" {
  command = plan

  assert {
    condition = alltrue([
      for condition in google_monitoring_alert_policy.silent_daemon.conditions : condition.condition_absent[0].duration == "3600s"
    ]) && length(google_monitoring_alert_policy.silent_daemon.conditions) == 2
    error_message = "A sensor can fall silent unheard."
  }
}

run "what_stands_behind_the_proxy_may_answer_401_and_nothing_else_may" {
  command = plan

  variables {
    uptime_checks = {
      tagging  = { host = "events.koe.example", path = "/healthy" }
      metabase = { host = "metabase.a.run.app", behind_iap = true }
    }
  }

  assert {
    condition = {
      for name, check in google_monitoring_uptime_check_config.this :
      name => [for code in check.http_check[0].accepted_response_status_codes : coalesce(code.status_class, tostring(code.status_value))]
      } == {
      tagging  = ["STATUS_CLASS_2XX"]
      metabase = ["STATUS_CLASS_2XX", "401"]
    }
    error_message = "Other answers are accepted."
  }
  assert {
    condition     = alltrue([for check in google_monitoring_uptime_check_config.this : check.http_check[0].use_ssl && check.http_check[0].validate_ssl])
    error_message = "A check takes a bad certificate."
  }
}

run "an_address_is_no_host" {
  command = plan

  variables {
    uptime_checks = { tagging = { host = "https://events.koe.example" } }
  }

  expect_failures = [var.uptime_checks]
}

run "the_label_of_the_log_resource_fits_its_type" {
  command = plan

  variables {
    log_resource = { type = "cloud_run_worker_pool", label = "service_name", name = "dagster-daemon" }
  }

  expect_failures = [var.log_resource]
}

run "the_dashboard_has_a_tile_for_each_chart_and_no_two_at_one_place" {
  command = plan

  variables {
    services  = ["tagging"]
    databases = ["koe-dev:dagster"]
  }

  assert {
    condition = [for tile in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : tile.widget.title] == [
      "Hours behind, of the most outdated mart", "Late raw tables", "Runs a day, by outcome", "Duration of runs, in seconds",
      "Rows of a run", "Bytes billed by queries, a day", "Transfers, by how they ended", "Executions of jobs, by result",
      "Requests a second, by service and class of answer", "Instances, by service",
      "Cloud SQL: cpu", "Cloud SQL: memory", "Cloud SQL: disk",
    ]
    error_message = "Charts are missing."
  }
  assert {
    condition     = length(distinct([for tile in jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles : [tile.xPos, tile.yPos]])) == 13
    error_message = "Two tiles lie upon each other."
  }
}

run "the_dashboard_draws_no_services_and_databases_where_there_are_none" {
  command = plan

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == 8
    error_message = "An empty chart is drawn, whose filter the API refuses."
  }
}
