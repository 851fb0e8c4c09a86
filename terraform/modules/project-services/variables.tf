variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
  nullable    = false
}

variable "services" {
  type        = set(string)
  description = "APIs to turn on, by the name of their service. The default is all that the modules of this repository use."
  nullable    = false
  default = [
    # The project itself, its identities and their federation.
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "orgpolicy.googleapis.com",
    "serviceusage.googleapis.com",
    "sts.googleapis.com",
    # Warehouse, its protection, and what is carried into it. Policy tags are Data Catalog's.
    "bigquery.googleapis.com",
    "bigquerydatapolicy.googleapis.com",
    "bigquerydatatransfer.googleapis.com",
    "bigquerystorage.googleapis.com",
    "datacatalog.googleapis.com",
    "sheets.googleapis.com",
    "storage.googleapis.com",
    # Where the platform runs.
    "artifactregistry.googleapis.com",
    "compute.googleapis.com",
    "iap.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
    # What it may cost, and who is told.
    "billingbudgets.googleapis.com",
    "cloudbilling.googleapis.com",
    "cloudquotas.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
  ]

  validation {
    condition     = alltrue([for service in var.services : endswith(service, ".googleapis.com")])
    error_message = "A service is named in full, such as bigquery.googleapis.com."
  }
}
