# How much queries may bill in a day, as midnight in California ends it. BigQuery refuses what would exceed it.

locals {
  # Of the metric bigquery.googleapis.com/quota/query/usage, which counts MiB, by limit.
  quotas = {
    "/d/project"      = floor(var.query_tib_per_day * 1024 * 1024)
    "/d/project/user" = floor(var.query_tib_per_user_per_day * 1024 * 1024)
  }
}

resource "google_service_usage_consumer_quota_override" "query_usage" {
  provider = google-beta
  for_each = local.quotas

  project = var.project
  service = "bigquery.googleapis.com"

  # Both are part of the API's address.
  metric         = urlencode("bigquery.googleapis.com/quota/query/usage")
  limit          = urlencode(each.key)
  override_value = each.value

  # Without it, the API refuses to lower a quota by more than a tenth at once.
  force = true
}
