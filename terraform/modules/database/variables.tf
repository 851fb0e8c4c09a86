variable "project" {
  type        = string
  description = "Project id."
  nullable    = false
}

variable "region" {
  type        = string
  description = "Region of the instance."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the instance. Cloud SQL keeps the name of a deleted instance for a week."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,79}$", var.name))
    error_message = "An instance's name has lower case letters, digits and hyphens, and begins with a letter."
  }
}

variable "network" {
  type        = string
  description = "Id of the network that has private service access: output `network_id` of the module network."
  nullable    = false
}

variable "database" {
  type        = string
  description = "Name of the database."
  nullable    = false
}

variable "iam_users" {
  type        = set(string)
  description = "Emails of the service accounts that log in, all of one application: each may do everything in the instance."
  nullable    = false

  validation {
    condition     = length(var.iam_users) > 0 && alltrue([for email in var.iam_users : endswith(email, ".gserviceaccount.com") && !strcontains(email, ":")])
    error_message = "Name service accounts by their emails, without `serviceAccount:`."
  }
}

variable "database_version" {
  type        = string
  description = "Major version of PostgreSQL."
  default     = "POSTGRES_18"
  nullable    = false

  validation {
    condition     = can(regex("^POSTGRES_(1[5-9]|[2-9][0-9])$", var.database_version))
    error_message = "Use PostgreSQL 15 or later, such as POSTGRES_18."
  }
}

variable "tier" {
  type        = string
  description = "Machine type: `db-custom-<CPUs>-<MB>`, or a shared core without a service level, such as `db-g1-small`."
  default     = "db-g1-small"
  nullable    = false
}

variable "availability_type" {
  type        = string
  description = "ZONAL, or REGIONAL for a standby in another zone."
  default     = "ZONAL"
  nullable    = false

  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.availability_type)
    error_message = "Use ZONAL or REGIONAL."
  }
}

variable "disk_limit_gb" {
  type        = number
  description = "Size in GB beyond which the disk does not grow by itself."
  default     = 100
  nullable    = false
}

variable "retained_backups" {
  type        = number
  description = "How many daily backups are kept."
  default     = 14
  nullable    = false
}
