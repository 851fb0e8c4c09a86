variable "bucket" {
  description = "Name of the export bucket, unique among all buckets of AWS. It must lie in the region of the tables and the cluster."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits and hyphens (no dots: they break TLS)."
  }
}

variable "retention_days" {
  description = "Days after which exports are deleted. What a transfer has loaded can be replayed for as long; carried files lie in the landing bucket."
  type        = number
  default     = 35
  nullable    = false

  validation {
    condition     = var.retention_days >= 2 && floor(var.retention_days) == var.retention_days
    error_message = "Keep exports for whole days, 2 at least: a retry of yesterday's run reads yesterday's export."
  }
}

variable "access_log_bucket" {
  description = "Bucket for S3 server access logs; null for none."
  type        = string
  default     = null
}

variable "loader_unique_id" {
  description = "Unique id (21 digits) of the Google service account `loader`, the only identity that may assume the loader role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.loader_unique_id))
    error_message = "Give the service account's unique id, which is a number, and not its email: an email can be given to another account later."
  }
}

variable "audience" {
  description = "Audience that the loader's Google ID token must be made for."
  type        = string
  default     = "sts.amazonaws.com"
  nullable    = false

  validation {
    condition     = length(var.audience) > 0
    error_message = "Without an audience any ID token of the loader would do, also one that it gave to another service."
  }
}

variable "dynamodb_tables" {
  description = "Full names of the DynamoDB tables that are exported; a name may end in `*`, for all tables of a prefix."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for name in var.dynamodb_tables : can(regex("^[A-Za-z0-9_.-]{3,254}[A-Za-z0-9_.*-]$", name))])
    error_message = "A table's name has 3 to 255 letters, digits, `_`, `.` and `-`; only its end may be `*`, after three others."
  }
}

variable "aurora_cluster" {
  description = "Identifier of the Aurora cluster that is exported; null where there is none."
  type        = string
  default     = null
}

variable "aurora_logins" {
  description = "Logins at Aurora's reader with IAM tokens, each `<cluster resource id>/<database user>`, for mode query and `kura add`."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for login in var.aurora_logins : can(regex("^(cluster|db|prx)-[A-Za-z0-9]+/[A-Za-z0-9_]+$", login))])
    error_message = "A login is `cluster-ABCDEFGHIJKL01234/kura`: the resource id (not the identifier) of the cluster, and one user."
  }
}

variable "permissions_boundary" {
  description = "ARN of the boundary of the roles and the user (`aws-identity`), which the deployer may manage only with it; null for none. An action that is new here must be within it."
  type        = string
  default     = null
}

variable "transfer_user" {
  description = "Whether to make the IAM user of BigQuery Data Transfer Service, for tables with `carrier: transfer`."
  type        = bool
  default     = false
  nullable    = false
}
