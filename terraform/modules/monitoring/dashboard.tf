# One page: is everything published, what ran, what it cost, and how the machinery is.

locals {
  jobs     = "resource.labels.job_name=one_of(${join(",", [for job in sort(var.jobs) : "\"${job}\""])})"
  services = "resource.labels.service_name=one_of(${join(",", [for service in sort(var.services) : "\"${service}\""])})"

  # Each: what is drawn, over which window in seconds, how its series are aligned and reduced, and by which labels.
  charts = concat(
    [
      { title = "Hours behind, of the most outdated mart", filter = local.series["hours_behind"], window = 900, aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = [], line = var.hours_behind_limit },
      { title = "Late raw tables", filter = local.series["late_tables"], window = 900, aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = [], line = null },
      { title = "Runs a day, by outcome", filter = local.series["runs"], window = 86400, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.outcome"], line = null },
      { title = "Duration of runs, in seconds", filter = local.series["run_seconds"], window = 86400, aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.label.outcome"], line = null },
      { title = "Rows of a run", filter = local.series["run_rows"], window = 86400, aligner = "ALIGN_DELTA", reducer = "REDUCE_MEAN", by = ["metric.label.outcome"], line = null },
      { title = "Bytes billed by queries, a day", filter = "metric.type=\"bigquery.googleapis.com/query/scanned_bytes_billed\" AND resource.type=\"global\"", window = 86400, aligner = "ALIGN_SUM", reducer = "REDUCE_SUM", by = [], line = null },
      { title = "Transfers, by how they ended", filter = "metric.type=\"bigquerydatatransfer.googleapis.com/transfer_config/completed_runs\" AND resource.type=\"bigquery_dts_config\"", window = 86400, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["metric.label.completion_state"], line = null },
      { title = "Executions of jobs, by result", filter = "metric.type=\"run.googleapis.com/job/completed_execution_count\" AND resource.type=\"cloud_run_job\" AND ${local.jobs}", window = 86400, aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", by = ["resource.label.job_name", "metric.label.result"], line = null },
    ],
    length(var.services) == 0 ? [] : [
      { title = "Requests a second, by service and class of answer", filter = "metric.type=\"run.googleapis.com/request_count\" AND resource.type=\"cloud_run_revision\" AND ${local.services}", window = 300, aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", by = ["resource.label.service_name", "metric.label.response_code_class"], line = null },
      { title = "Instances, by service", filter = "metric.type=\"run.googleapis.com/container/instance_count\" AND resource.type=\"cloud_run_revision\" AND ${local.services}", window = 300, aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", by = ["resource.label.service_name"], line = null },
    ],
    length(var.databases) == 0 ? [] : [
      for kind in ["cpu", "memory", "disk"] :
      { title = "Cloud SQL: ${kind}", filter = "metric.type=\"cloudsql.googleapis.com/database/${kind}/utilization\" AND resource.type=\"cloudsql_database\"", window = 300, aligner = "ALIGN_MEAN", reducer = "REDUCE_MAX", by = ["resource.label.database_id"], line = kind == "disk" ? 0.8 : 0.9 }
    ],
  )
}

resource "google_monitoring_dashboard" "this" {
  project = var.project

  dashboard_json = jsonencode({
    displayName = "kura"
    mosaicLayout = {
      columns = 48
      tiles = [
        for index, chart in local.charts : {
          xPos   = index % 2 * 24
          yPos   = floor(index / 2) * 16
          width  = 24
          height = 16
          widget = {
            title = chart.title
            xyChart = merge(
              {
                dataSets = [{
                  plotType = "LINE"
                  timeSeriesQuery = {
                    timeSeriesFilter = {
                      filter = chart.filter
                      aggregation = {
                        alignmentPeriod    = "${chart.window}s"
                        perSeriesAligner   = chart.aligner
                        crossSeriesReducer = chart.reducer
                        groupByFields      = chart.by
                      }
                    }
                  }
                }]
              },
              chart.line == null ? {} : { thresholds = [{ value = chart.line }] },
            )
          }
        }
      ]
    }
  })

  depends_on = [google_logging_metric.this]
}
