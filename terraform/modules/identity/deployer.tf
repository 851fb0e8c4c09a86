# The deployer applies every module. It holds no right to read a row, a file of the landing bucket or a secret, which is
# why services that keep data with their configuration have a role of our own instead of a predefined one.

locals {
  # Predefined roles and what each is for.
  deployer_roles = {
    "roles/bigquerydatapolicy.admin"        = "governance: masking; has no maskedGet"
    "roles/compute.networkAdmin"            = "network"
    "roles/datacatalog.categoryAdmin"       = "governance: taxonomy and who reads a tag; has no fineGrainedGet"
    "roles/iam.roleAdmin"                   = "identity, governance: custom roles"
    "roles/iam.serviceAccountAdmin"         = "identity: accounts and who may be them; mints no tokens"
    "roles/iam.workloadIdentityPoolAdmin"   = "identity: federation"
    "roles/iap.admin"                       = "orchestrator, metabase: who gets through IAP"
    "roles/logging.configWriter"            = "monitoring: metrics of logs; reads no entries"
    "roles/monitoring.editor"               = "monitoring, guardrails: alerts, channels, dashboard, SLO"
    "roles/resourcemanager.projectIamAdmin" = "identity: project roles"
    "roles/servicenetworking.networksAdmin" = "network: private service access for Cloud SQL"
    "roles/serviceusage.serviceUsageAdmin"  = "project-services, guardrails: services and quotas"
  }
}

resource "google_project_iam_custom_role" "deployer" {
  project     = var.project
  role_id     = "deployer"
  title       = "Deployer"
  description = "Manages what Terraform makes in services that keep data, without reading the data."

  permissions = [
    # registry: the repository; images are pushed by its writers.
    "artifactregistry.repositories.create",
    "artifactregistry.repositories.delete",
    "artifactregistry.repositories.get",
    "artifactregistry.repositories.getIamPolicy",
    "artifactregistry.repositories.list",
    "artifactregistry.repositories.setIamPolicy",
    "artifactregistry.repositories.update",
    # warehouse, tagging-server: datasets and tables (roles/bigquery.admin and dataOwner have getData).
    "bigquery.datasets.create",
    "bigquery.datasets.delete",
    "bigquery.datasets.get",
    "bigquery.datasets.getIamPolicy",
    "bigquery.datasets.setIamPolicy",
    "bigquery.datasets.update",
    "bigquery.tables.create",
    "bigquery.tables.delete",
    "bigquery.tables.get",
    "bigquery.tables.getIamPolicy",
    "bigquery.tables.list",
    "bigquery.tables.setCategory",
    "bigquery.tables.setIamPolicy",
    "bigquery.tables.update",
    # transfer.
    "bigquery.transfers.get",
    "bigquery.transfers.update",
    # network: firewall rules, which roles/compute.networkAdmin may only read.
    "compute.firewalls.create",
    "compute.firewalls.delete",
    "compute.firewalls.update",
    # database (roles/cloudsql.admin may log in, run SQL, export and clone).
    "cloudsql.databases.create",
    "cloudsql.databases.delete",
    "cloudsql.databases.get",
    "cloudsql.databases.list",
    "cloudsql.databases.update",
    "cloudsql.instances.create",
    "cloudsql.instances.delete",
    "cloudsql.instances.get",
    "cloudsql.instances.list",
    "cloudsql.instances.restart",
    "cloudsql.instances.update",
    "cloudsql.users.create",
    "cloudsql.users.delete",
    "cloudsql.users.get",
    "cloudsql.users.list",
    "cloudsql.users.update",
    # tagging-server: domain mappings. Google's lists leave these permissions out, and so do the predefined roles of
    # Cloud Run, but the API asks for them and custom roles take them.
    "run.domainmappings.create",
    "run.domainmappings.delete",
    "run.domainmappings.get",
    # orchestrator, metabase, tagging-server (roles/run.admin may open a shell in a container and run jobs).
    "run.jobs.create",
    "run.jobs.delete",
    "run.jobs.get",
    "run.jobs.getIamPolicy",
    "run.jobs.list",
    "run.jobs.setIamPolicy",
    "run.jobs.update",
    "run.operations.get",
    "run.revisions.get",
    "run.revisions.list",
    "run.services.create",
    "run.services.delete",
    "run.services.get",
    "run.services.getIamPolicy",
    "run.services.list",
    "run.services.setIamPolicy",
    "run.services.update",
    "run.workerpools.create",
    "run.workerpools.delete",
    "run.workerpools.get",
    "run.workerpools.getIamPolicy",
    "run.workerpools.list",
    "run.workerpools.setIamPolicy",
    "run.workerpools.update",
    # secrets: the secrets, not their versions' content (roles/secretmanager.admin has versions.access).
    "secretmanager.secrets.create",
    "secretmanager.secrets.delete",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.secrets.list",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
    # landing: the bucket, not its files (roles/storage.admin has objects.get).
    "storage.buckets.create",
    "storage.buckets.delete",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
    "storage.buckets.list",
    "storage.buckets.setIamPolicy",
    "storage.buckets.update",
  ]
}

resource "google_storage_bucket_iam_member" "state" {
  for_each = {
    deployer = "roles/storage.objectUser"
    planner  = "roles/storage.objectViewer"
  }

  bucket = var.state_bucket
  role   = each.value
  member = local.members[each.key]
}
