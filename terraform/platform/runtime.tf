# What runs, and where.

module "registry" {
  source = "../modules/registry"

  project  = var.project
  location = local.region
  name     = local.names.registry
  readers  = setunion([local.members.deployer], var.image_readers)
  writers  = [local.members.deployer]

  depends_on = [module.project_services, module.identity]
}

module "network" {
  source = "../modules/network"

  project = var.project
  region  = local.region
  name    = local.names.network

  depends_on = [module.project_services]
}

# One for each application: a login of an instance may do everything in it.
module "database" {
  source   = "../modules/database"
  for_each = local.databases

  project           = var.project
  region            = local.region
  name              = each.key
  database          = each.key
  network           = module.network.network_id
  iam_users         = toset([for account in each.value : module.identity.emails[account]])
  tier              = var.database.tier
  availability_type = var.database.availability
}

module "orchestrator" {
  source = "../modules/orchestrator"

  project             = var.project
  project_number      = var.project_number
  region              = local.region
  image               = var.image
  service_account     = module.identity.emails["orchestrator"]
  run_service_account = module.identity.emails["platform"]

  environment           = merge(local.environment, { for tag, name in module.governance.policy_tags : "KURA_POLICY_TAG_${upper(tag)}" => name })
  run_secrets           = { for key in ["stripe", "slack", "metabase", "aurora"] : local.secrets[key].variable => module.secrets.names[local.secrets[key].name] }
  code_location_secrets = { for key in ["slack"] : local.secrets[key].variable => module.secrets.names[local.secrets[key].name] }

  database_connection_name = module.database[local.names.dagster].connection_name
  database                 = module.database[local.names.dagster].database
  network                  = module.network.network_id
  subnetwork               = module.network.subnetwork_id
  iap_members              = [local.groups.engineers]

  task_timeout_seconds    = var.run.timeout_seconds
  run_resources           = { cpu = var.run.cpu, memory = var.run.memory }
  webserver_min_instances = var.run.webserver_instances
}

module "metabase" {
  source = "../modules/metabase"

  project         = var.project
  project_number  = var.project_number
  region          = local.region
  image           = var.metabase.image
  service_account = module.identity.emails["metabase"]
  secrets         = { MB_ENCRYPTION_SECRET_KEY = module.secrets.names[local.secrets.metabase_encryption.name] }

  database_connection_name = module.database[local.names.metabase].connection_name
  database                 = module.database[local.names.metabase].database
  network                  = module.network.network_id
  subnetwork               = module.network.subnetwork_id
  iap_members              = [local.groups.analysts, local.groups.masked_analysts, local.groups.engineers, local.members.platform]
  programmatic_clients     = var.metabase.programmatic_clients
}

module "tagging_server" {
  source = "../modules/tagging-server"

  project                 = var.project
  region                  = local.region
  service_account         = module.identity.emails["tagging"]
  container_config_secret = module.secrets.names[local.secrets.container_config.name]
  restricted_policy_tag   = module.governance.policy_tags["restricted"]
  retention_days          = var.retention_days.events
  domain                  = var.tagging.domain
  min_instances           = var.tagging.min_instances
  max_instances           = var.tagging.max_instances

  depends_on = [module.warehouse]
}
