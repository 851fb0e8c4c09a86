# What the application reads: `terraform output -json | kura env --from-terraform -`.

output "environment" {
  description = "The application's variables and their values, as orchestration/environment.py names them. None is secret."
  value       = local.environment
}

output "policy_tags" {
  description = "Resource names of the policy tags by their logical names: the application's KURA_POLICY_TAG_*."
  value       = module.governance.policy_tags
}

output "secrets" {
  description = "Secrets that the application reads, by environment variable: resource names, without values."
  value       = { for name, secret in local.secrets : secret.variable => module.secrets.ids[secret.name] if secret.variable != null }
}

# What people and workflows need.

output "accounts" {
  description = "Addresses of the service accounts, by duty. The spreadsheets are shared with the loader's."
  value       = module.identity.emails
}

output "github_provider" {
  description = "Workload identity provider that GitHub's workflows name when they sign in."
  value       = module.identity.github_provider
}

output "aws_roles" {
  description = "Roles of AWS that GitHub's workflows assume, by duty."
  value       = { deployer = module.aws_identity.deployer_role_arn, planner = module.aws_identity.planner_role_arn }
}

output "dns_records" {
  description = "Records that the tagging server's domain needs."
  value       = module.tagging_server.dns_records
}

output "image" {
  description = "The platform's image, by digest."
  value       = var.image
}

output "repository" {
  description = "Prefix of the images' addresses."
  value       = module.registry.repository
}

output "dagster_url" {
  description = "Address of Dagster's UI, behind IAP."
  value       = module.orchestrator.url
}

output "metabase_url" {
  description = "Address of Metabase, behind IAP."
  value       = module.metabase.url
}
