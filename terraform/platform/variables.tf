# What an environment is ---------------------------------------------------------------------------------------------

variable "environment" {
  type        = string
  description = "Name of the environment, for labels and for the application's KURA_ENVIRONMENT. Nothing here depends on it."
  nullable    = false

  validation {
    condition     = can(regex("^(dev|stg|prd)$", var.environment))
    error_message = "environment is dev, stg or prd."
  }
}

variable "project" {
  type        = string
  description = "Id of the Google Cloud project, which belongs to this environment alone."
  nullable    = false
}

variable "project_number" {
  type        = string
  description = "Number of that project: `gcloud projects describe <project> --format='value(projectNumber)'`."
  nullable    = false
}

variable "billing_account" {
  type        = string
  description = "Id of the billing account that pays for the project, such as 012345-6789AB-CDEF01."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Where data is: datasets, policy tags and the landing bucket. US, EU, or a region such as asia-northeast1. It can't be changed."
  nullable    = false
}

variable "region" {
  type        = string
  description = "Where programs run: Cloud Run, Cloud SQL, images and secrets. It lies in `location`."
  nullable    = false
}

variable "timezone" {
  type        = string
  description = "Time zone in which a day of data begins and ends."
  nullable    = false
  default     = "Asia/Tokyo"
}

variable "aws_account_id" {
  type        = string
  description = "Id of the AWS account in which the product's stores are."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.aws_account_id))
    error_message = "aws_account_id has 12 digits."
  }
}

variable "aws_region" {
  type        = string
  description = "Region of the product's stores, and so of their exports."
  nullable    = false
}

variable "github_repository" {
  type        = string
  description = "Repository whose workflows plan and deploy, as owner/name."
  nullable    = false
}

variable "github_repository_id" {
  type        = string
  description = "Number of that repository, which outlives a renaming: `gh api repos/<owner>/<name> --jq .id`."
  nullable    = false
}

variable "github_owner_id" {
  type        = string
  description = "Number of the repository's owner, which GitHub's tokens name: `gh api repos/<owner>/<name> --jq .owner.id`."
  nullable    = false
}

variable "state_bucket" {
  type        = string
  description = "Bucket of Terraform's state, the one that backend.hcl names. It is made before all this: docs/operations/bootstrap.md."
  nullable    = false
}

variable "groups" {
  type = object({
    analysts        = string
    masked_analysts = string
    engineers       = string
    administrators  = string
  })
  description = "Addresses of Google groups: who reads marts; who also reads pii as hashes; who uses Dagster's UI and reads logs; who repairs access in emergencies."
  nullable    = false
}

# Where the sources are ----------------------------------------------------------------------------------------------

variable "dynamodb_table_prefix" {
  type        = string
  description = "What the names of all DynamoDB tables begin with, before the names that contracts use; may be empty."
  nullable    = false
  default     = ""
}

variable "dynamodb_tables" {
  type        = set(string)
  description = "Full names of the DynamoDB tables that may be exported, or prefixes with `*`."
  nullable    = false
}

variable "aurora" {
  type = object({
    cluster      = string
    database     = string
    engine       = optional(string, "postgresql")
    reader_host  = optional(string, "")
    reader_port  = optional(string, "")
    reader_user  = optional(string, "")
    auth         = optional(string, "iam")
    resource_ids = optional(set(string), [])
  })
  description = "The Aurora cluster and its database. Reader and the cluster's resource ids are for tables in mode query and for `kura add`."
  nullable    = false
}

variable "spreadsheets" {
  type        = map(string)
  description = "Ids of Google Sheets by the names that contracts use."
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.spreadsheets) : can(regex("^[a-z][a-z0-9_]*$", name))])
    error_message = "A spreadsheet's name is in lower case, as contracts use it."
  }
}

variable "transfer" {
  type = object({
    access_key_id  = string
    secret_version = optional(number, 1)
  })
  description = "The access key with which the Data Transfer Service reads exports, for tables with `carrier: transfer`; null where there are none. Its secret part is in Secret Manager."
  default     = null
}

variable "transfer_secret_access_key" {
  type        = string
  description = "The secret part of that key, given with TF_VAR_transfer_secret_access_key by whoever applies. It is in no plan and no state."
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "with_transfer_secret" {
  type        = bool
  description = "Whether the secret part is given. False for the plans of an identity that may read no secrets; such a plan must not be applied."
  nullable    = false
  default     = true
}

variable "aws_roles" {
  type        = set(string)
  description = "Names of roles of the AWS account that may act as the loader, such as a job of the product that lands files; none by default."
  nullable    = false
  default     = []
}

# What runs ----------------------------------------------------------------------------------------------------------

variable "image" {
  type        = string
  description = "The platform's image, by digest. A deployment builds it once and gives the same to every environment."
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image is named by its digest: host/project/repository/kura@sha256:..."
  }
}

variable "image_readers" {
  type        = set(string)
  description = "Who else pulls images from this environment's registry: deployers of the environments that an image is given to next, as serviceAccount:..."
  nullable    = false
  default     = []
}

variable "metabase" {
  type = object({
    image                = string
    programmatic_clients = optional(set(string), [])
  })
  description = "Metabase's image by an exact version, and OAuth client ids for which programs' tokens are let through, the first of which is the application's METABASE_IAP_AUDIENCE."
  nullable    = false
}

variable "run" {
  type = object({
    cpu                 = optional(string, "4")
    memory              = optional(string, "8Gi")
    timeout_seconds     = optional(number, 21600)
    webserver_instances = optional(number, 0)
  })
  description = "What a run may use and how long it may take; and how many webservers always run: 0, or 1 for a UI at hand."
  nullable    = false
  default     = {}
}

variable "database" {
  type = object({
    tier         = optional(string, "db-g1-small")
    availability = optional(string, "ZONAL")
  })
  description = "Size of the databases of Dagster and Metabase: ZONAL, or REGIONAL for one that survives the loss of a zone."
  nullable    = false
  default     = {}
}

variable "tagging" {
  type = object({
    domain        = optional(string)
    min_instances = optional(number, 2)
    max_instances = optional(number, 10)
  })
  description = "The tagging server: its host name (null for Cloud Run's own), and how many instances there are."
  nullable    = false
  default     = {}
}

# How long data is kept ----------------------------------------------------------------------------------------------

variable "retention_days" {
  type = object({
    raw          = optional(number)
    events       = optional(number)
    landing      = optional(number)
    landing_cold = optional(number)
    exports      = optional(number, 35)
  })
  description = "Days after which raw partitions, events, landed files and AWS's exports are deleted, and landed files moved to a colder class; null for never."
  nullable    = false
  default     = {}
}

variable "storage_billing_model" {
  type        = string
  description = "What BigQuery's storage is billed by: LOGICAL bytes, or PHYSICAL ones, which pay where data compresses by more than 2 to 1. Not back within 14 days."
  nullable    = false
  default     = "LOGICAL"
}

# What it may cost, and who is told ----------------------------------------------------------------------------------

variable "limits" {
  type = object({
    budget                     = number
    query_tib_per_day          = number
    query_tib_per_user_per_day = number
    query_bytes                = optional(number, 1099511627776)
  })
  description = "The month's budget in the billing account's currency, TiB that queries may bill a day (all, and one user), and bytes that one query of the platform may bill."
  nullable    = false
}

variable "organization_policies" {
  type        = bool
  description = "Whether to set organisation policies on the project; false where it belongs to no organisation."
  nullable    = false
  default     = true
}

variable "service_account_keys_allowed" {
  type        = bool
  description = "Whether keys of service accounts may be made: only for as long as it takes to make Metabase's."
  nullable    = false
  default     = false
}

variable "alerts" {
  type = object({
    slack_channel = optional(string)
    emails        = optional(set(string), [])
  })
  description = "Who is told when something fails: the resource name of a Slack notification channel, and addresses."
  nullable    = false
  default     = {}
}
