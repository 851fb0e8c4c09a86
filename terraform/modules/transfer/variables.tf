variable "project" {
  description = "Id of the GCP project."
  type        = string
  nullable    = false
}

variable "location" {
  description = "BigQuery's location, that of the raw datasets: `US`, `EU` or a region."
  type        = string
  nullable    = false
}

variable "transfers" {
  description = "The relation of each raw table whose contract says `carrier: transfer`, by `<dataset>.<table>`: a DynamoDB table's name without prefix, or `schema.table` of Aurora."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.transfers) : can(regex("^raw_(dynamodb|aurora)\\.[A-Za-z_][A-Za-z0-9_]*$", name))])
    error_message = "Only tables of raw_dynamodb and raw_aurora are exported to S3; name them `raw_dynamodb.generations`."
  }

  validation {
    condition = alltrue([
      for name, relation in var.transfers :
      can(regex(startswith(name, "raw_aurora.") ? "^[A-Za-z0-9_$]+\\.[A-Za-z0-9_$]+$" : "^[A-Za-z0-9_.-]+$", relation))
    ])
    error_message = "The relation of a table of Aurora is `schema.table`, and that of DynamoDB the table's name without prefix."
  }
}

variable "export_bucket" {
  description = "Name of the export bucket in S3."
  type        = string
  nullable    = false
}

variable "aurora" {
  description = "Identifier of the Aurora cluster and name of its database; null where no table of Aurora is transferred."
  type        = object({ cluster = string, database = string })
  default     = null

  validation {
    condition     = var.aurora != null || !anytrue([for name in keys(var.transfers) : startswith(name, "raw_aurora.")])
    error_message = "A table of Aurora is transferred, so its cluster and database are needed."
  }
}

variable "service_account" {
  description = "Email of the service account that the transfers run as, `loader`: it runs jobs and writes the raw datasets."
  type        = string
  nullable    = false
}

variable "access_key_id" {
  description = "Id (not secret) of the access key of the AWS user that reads the export bucket; null where nothing is transferred."
  type        = string
  default     = null

  validation {
    condition     = var.access_key_id != null || length(var.transfers) == 0
    error_message = "A table is transferred, so the access key of the transfer user is needed."
  }
}

variable "secret_access_key" {
  description = "The secret part of the access key, read from Secret Manager by whoever applies; in no plan and no state."
  type        = string
  default     = null
  sensitive   = true
  ephemeral   = true
}

variable "secret_version" {
  description = "Version of the secret in Secret Manager. A higher one hands the key over again."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.secret_version >= 1 && floor(var.secret_version) == var.secret_version
    error_message = "A version of a secret is a whole number from 1."
  }
}

variable "with_secret" {
  description = "Whether `secret_access_key` is given. False for the plans of an identity that may read no secrets; such a plan must not be applied."
  type        = bool
  default     = true
  nullable    = false
}
