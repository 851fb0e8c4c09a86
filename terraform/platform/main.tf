# Who there is, and what protects the data ---------------------------------------------------------------------------

module "project_services" {
  source = "../modules/project-services"

  project = var.project
}

module "identity" {
  source = "../modules/identity"

  project              = var.project
  query_groups         = toset(values(local.groups))
  operator_groups      = [local.groups.engineers, local.groups.administrators]
  state_bucket         = var.state_bucket
  github_repository    = var.github_repository
  github_repository_id = var.github_repository_id
  github_environment   = var.environment
  aws_account_id       = var.aws_account_id
  aws_roles            = var.aws_roles

  depends_on = [module.project_services]
}

# A person applies this module: the deployer cannot change what it may do itself.
module "aws_identity" {
  source = "../modules/aws-identity"

  github_repository       = var.github_repository
  github_repository_id    = var.github_repository_id
  github_owner_id         = var.github_owner_id
  github_environment      = var.environment
  github_plan_environment = "${var.environment}-plan"
  export_bucket           = local.names.export_bucket
}

module "governance" {
  source = "../modules/governance"

  project = var.project
  region  = local.location

  fine_grained_readers = { for tag in local.policy_tags : tag => toset([local.members.platform]) }
  masked_readers       = [local.groups.masked_analysts]
  tag_setters          = [local.members.loader, local.members.platform]

  depends_on = [module.project_services]
}

module "secrets" {
  source = "../modules/secrets"

  project  = var.project
  location = local.region
  secrets  = { for secret in local.secrets : secret.name => toset([for reader in secret.readers : local.members[reader]]) }

  depends_on = [module.project_services]
}

# Where the data is --------------------------------------------------------------------------------------------------

module "warehouse" {
  source = "../modules/warehouse"

  project               = var.project
  location              = local.location
  raw_datasets          = local.raw_datasets
  raw_retention_days    = var.retention_days.raw
  events_retention_days = var.retention_days.events
  storage_billing_model = var.storage_billing_model

  loader           = local.members.loader
  platform         = local.members.platform
  tagging          = local.members.tagging
  metadata_readers = [local.members.orchestrator]
  ops_readers      = [local.members.orchestrator]
  owners           = [local.groups.administrators]
  consumers = [
    local.groups.analysts,
    local.groups.masked_analysts,
    local.members.analyst,
    local.members.metabase,
  ]

  depends_on = [module.project_services, module.identity]
}

module "landing" {
  source = "../modules/landing"

  project           = var.project
  location          = local.location
  bucket            = local.names.landing_bucket
  loader            = local.members.loader
  readers           = [local.members.platform]
  cold_after_days   = var.retention_days.landing_cold
  delete_after_days = var.retention_days.landing

  depends_on = [module.project_services, module.identity]
}

module "aws_exports" {
  source = "../modules/aws-exports"

  bucket           = local.names.export_bucket
  retention_days   = var.retention_days.exports
  loader_unique_id = module.identity.unique_ids["loader"]
  dynamodb_tables  = var.dynamodb_tables
  aurora_cluster   = var.aurora.cluster
  aurora_logins    = [for id in var.aurora.resource_ids : "${id}/${var.aurora.reader_user}"]
  transfer_user    = var.transfer != null

  permissions_boundary = module.aws_identity.permissions_boundary_arn
}

module "transfer" {
  source = "../modules/transfer"

  project           = var.project
  location          = local.location
  transfers         = local.transfers
  export_bucket     = module.aws_exports.bucket
  aurora            = { cluster = var.aurora.cluster, database = var.aurora.database }
  service_account   = module.identity.emails["loader"]
  access_key_id     = try(var.transfer.access_key_id, null)
  secret_version    = try(var.transfer.secret_version, 1)
  secret_access_key = var.transfer_secret_access_key
  with_secret       = var.with_transfer_secret

  depends_on = [module.warehouse]
}
