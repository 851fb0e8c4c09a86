# The one place of names, labels and locations.
locals {
  labels = {
    system      = "kura"
    environment = var.environment
    managed_by  = "terraform"
  }

  # Datasets, policy tags and the landing bucket are in `location`; programs, databases and secrets in `region`.
  location = var.location
  region   = var.region

  # Buckets are unique in the world, because the project's id is.
  names = {
    landing_bucket = "${var.project}-landing"
    export_bucket  = "${var.project}-exports"
    registry       = "kura"
    network        = "kura"
    dagster        = "dagster"
    metabase       = "metabase"
  }

  # Databases, and which accounts log in to each.
  databases = {
    (local.names.dagster)  = ["orchestrator", "platform"]
    (local.names.metabase) = ["metabase"]
  }

  members = module.identity.members
  groups  = { for name, address in var.groups : name => "group:${address}" }

  # Those that contracts may use: extract/contract.py.
  policy_tags = ["restricted", "pii", "financial"]

  # Secrets, and which accounts read each. With `variable`, it is an environment variable of runs.
  secrets = {
    stripe              = { name = "stripe-api-key", variable = "STRIPE_API_KEY", readers = ["platform"] }
    slack               = { name = "slack-webhook-url", variable = "SLACK_WEBHOOK_URL", readers = ["platform", "orchestrator"] }
    metabase            = { name = "metabase-api-key", variable = "METABASE_API_KEY", readers = ["platform"] }
    aurora              = { name = "aurora-password", variable = "KURA_AURORA_PASSWORD", readers = ["platform"] }
    transfer            = { name = "transfer-secret-access-key", variable = null, readers = ["deployer"] }
    metabase_encryption = { name = "metabase-encryption-key", variable = null, readers = ["metabase"] }
    container_config    = { name = "tagging-container-config", variable = null, readers = ["tagging"] }
  }
}
