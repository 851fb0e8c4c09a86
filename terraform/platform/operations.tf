# What it may cost, and who is told when something fails.

module "guardrails" {
  source = "../modules/guardrails"

  project                      = var.project
  project_number               = var.project_number
  billing_account              = var.billing_account
  budget                       = var.limits.budget
  budget_emails                = var.alerts.emails
  query_tib_per_day            = var.limits.query_tib_per_day
  query_tib_per_user_per_day   = var.limits.query_tib_per_user_per_day
  organization_policies        = var.organization_policies
  service_account_keys_allowed = var.service_account_keys_allowed

  depends_on = [module.project_services]
}

module "monitoring" {
  source = "../modules/monitoring"

  project               = var.project
  notification_channels = var.alerts.slack_channel == null ? [] : [var.alerts.slack_channel]
  emails                = var.alerts.emails

  log_resource     = { type = "cloud_run_worker_pool", label = "worker_pool_name", name = module.orchestrator.daemon }
  jobs             = [module.orchestrator.job]
  services         = concat([module.orchestrator.webserver, module.metabase.service], values(module.tagging_server.services))
  databases        = [for name in keys(local.databases) : "${var.project}:${name}"]
  watched_accounts = [for account in ["loader", "platform", "orchestrator", "tagging"] : module.identity.emails[account]]

  uptime_checks = {
    dagster  = { host = trimprefix(module.orchestrator.url, "https://"), behind_iap = true }
    metabase = { host = trimprefix(module.metabase.url, "https://"), behind_iap = true }
    tagging  = { host = trimprefix(module.tagging_server.urls.tagging, "https://"), path = module.tagging_server.health_path }
  }
}
