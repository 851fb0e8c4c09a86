output "dashboard" {
  description = "Resource id of the dashboard."
  value       = google_monitoring_dashboard.this.id
}

output "slo" {
  description = "Resource name of the objective of the daily run."
  value       = google_monitoring_slo.up_to_date.name
}

output "alerts" {
  description = "Titles of all alerts."
  value = sort(concat(
    [for policy in google_monitoring_alert_policy.threshold : policy.display_name],
    [for policy in google_monitoring_alert_policy.burn : policy.display_name],
    [for policy in google_monitoring_alert_policy.down : policy.display_name],
    [for policy in google_monitoring_alert_policy.denied : policy.display_name],
    [google_monitoring_alert_policy.failed_run.display_name, google_monitoring_alert_policy.silent_daemon.display_name],
  ))
}
