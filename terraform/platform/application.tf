# The variables of the application, the same for a run in Cloud Run and for a person's shell. Where Dagster
# keeps its history is not among them: DAGSTER_HOME belongs to the machine.
locals {
  environment = merge(
    {
      KURA_ENVIRONMENT           = var.environment
      GOOGLE_CLOUD_PROJECT       = var.project
      KURA_LOCATION              = local.location
      KURA_TIMEZONE              = var.timezone
      KURA_LANDING_BUCKET        = module.landing.bucket
      KURA_LOADER_CREDENTIALS    = module.identity.emails["loader"]
      KURA_ANALYST_CREDENTIALS   = module.identity.emails["analyst"]
      KURA_MAXIMUM_BYTES_BILLED  = tostring(var.limits.query_bytes)
      METABASE_URL               = module.metabase.url
      METABASE_IAP_AUDIENCE      = try(sort(var.metabase.programmatic_clients)[0], "")
      AWS_REGION                 = var.aws_region
      AWS_ROLE_ARN               = module.aws_exports.loader_role_arn
      KURA_AWS_AUDIENCE          = module.aws_exports.audience
      KURA_EXPORT_BUCKET         = module.aws_exports.bucket
      KURA_EXPORT_KMS_KEY        = module.aws_exports.kms_key_arn
      KURA_EXPORT_ROLE           = module.aws_exports.export_role_arn
      KURA_DYNAMODB_TABLE_PREFIX = var.dynamodb_table_prefix
      KURA_AURORA_CLUSTER        = var.aurora.cluster
      KURA_AURORA_DATABASE       = var.aurora.database
      KURA_AURORA_ENGINE         = var.aurora.engine
      KURA_AURORA_READER_HOST    = var.aurora.reader_host
      KURA_AURORA_READER_PORT    = var.aurora.reader_port
      KURA_AURORA_READER_USER    = var.aurora.reader_user
      KURA_AURORA_AUTH           = var.aurora.auth
    },
    { for name, id in var.spreadsheets : "KURA_SPREADSHEET_${upper(name)}" => id },
  )
}
