# What the project may cost a month. A budget stops nothing: it tells.

resource "google_monitoring_notification_channel" "budget" {
  for_each = var.budget_emails

  project      = var.project
  display_name = "Budget: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_billing_budget" "project" {
  billing_account = var.billing_account
  display_name    = var.project

  budget_filter {
    projects               = ["projects/${var.project_number}"]
    calendar_period        = "MONTH"
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
  }

  amount {
    specified_amount {
      units = tostring(var.budget)
    }
  }

  dynamic "threshold_rules" {
    for_each = var.actual_thresholds

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "CURRENT_SPEND"
    }
  }

  dynamic "threshold_rules" {
    for_each = var.forecast_thresholds

    content {
      threshold_percent = threshold_rules.value
      spend_basis       = "FORECASTED_SPEND"
    }
  }

  # Without e-mail channels, the default recipients are all there is, and a rule would be empty.
  dynamic "all_updates_rule" {
    for_each = length(var.budget_emails) > 0 ? [true] : []

    content {
      monitoring_notification_channels = [for address in sort(var.budget_emails) : google_monitoring_notification_channel.budget[address].id]
      disable_default_iam_recipients   = false
    }
  }
}
