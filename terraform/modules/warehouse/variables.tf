variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Location of all datasets: US, EU, or a region such as asia-northeast1. It can't be changed."
  nullable    = false
}

variable "raw_datasets" {
  type        = set(string)
  description = "Datasets that sources are loaded into, one for each: those of the contracts, such as raw_aurora."
  nullable    = false

  validation {
    condition     = alltrue([for name in var.raw_datasets : can(regex("^raw_[a-z0-9_]+$", name))])
    error_message = "A dataset of a source is called raw_ and the source's name, in lower case."
  }

  validation {
    condition     = !contains(var.raw_datasets, "raw_events")
    error_message = "raw_events is the tagging server's, which the loader does not write; it is there without being named."
  }
}

variable "loader" {
  type        = string
  description = "Who loads raw tables: edits raw_datasets, and nothing else."
  nullable    = false

  validation {
    condition     = can(regex("^(user|group|serviceAccount):[^@]+@.+$", var.loader))
    error_message = "Name the loader in full, such as serviceAccount:loader@koe-data-dev.iam.gserviceaccount.com."
  }
}

variable "platform" {
  type        = string
  description = "Who models and publishes: edits all datasets."
  nullable    = false

  validation {
    condition     = can(regex("^(user|group|serviceAccount):[^@]+@.+$", var.platform))
    error_message = "Name the platform in full, such as serviceAccount:platform@koe-data-dev.iam.gserviceaccount.com."
  }
}

variable "tagging" {
  type        = string
  description = "Who writes events: edits raw_events, and nothing else."
  nullable    = false

  validation {
    condition     = can(regex("^(user|group|serviceAccount):[^@]+@.+$", var.tagging))
    error_message = "Name the tagging server in full, such as serviceAccount:tagging@koe-data-dev.iam.gserviceaccount.com."
  }
}

variable "consumers" {
  type        = set(string)
  description = "Who reads marts, and nothing else: analysts, masked analysts, and the accounts of dashboards."
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for member in var.consumers : can(regex("^(user|group|serviceAccount):[^@]+@.+$", member))])
    error_message = "A consumer is a user:, a group: or a serviceAccount:, and never everybody."
  }
}

variable "metadata_readers" {
  type        = set(string)
  description = "Who sees which tables there are, their columns and sizes, in all datasets, and no row of any."
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for member in var.metadata_readers : can(regex("^(user|group|serviceAccount):[^@]+@.+$", member))])
    error_message = "A reader of metadata is a user:, a group: or a serviceAccount:, and never everybody."
  }
}

variable "ops_readers" {
  type        = set(string)
  description = "Who reads ops, such as sensors that look for receipts. Its one secret column has a policy tag, which holds for them."
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for member in var.ops_readers : can(regex("^(user|group|serviceAccount):[^@]+@.+$", member))])
    error_message = "A reader of ops is a user:, a group: or a serviceAccount:, and never everybody."
  }
}

variable "owners" {
  type        = set(string)
  description = "Who may do everything with all datasets, and give others access: for emergencies. Policy tags hold for them too."
  nullable    = false

  validation {
    condition     = length(var.owners) > 0
    error_message = "Name at least one owner; without any, nobody could repair access by hand."
  }

  validation {
    condition     = alltrue([for member in var.owners : can(regex("^(user|group|serviceAccount):[^@]+@.+$", member))])
    error_message = "An owner is a user:, a group: or a serviceAccount:, and never everybody."
  }
}

variable "raw_retention_days" {
  type        = number
  description = "Days after which a raw partition is deleted; null keeps all. Longer than any full_every of a contract."
  default     = null

  validation {
    condition     = var.raw_retention_days == null ? true : var.raw_retention_days >= 1
    error_message = "Raw partitions are kept for at least a day, or for ever with null."
  }
}

variable "events_retention_days" {
  type        = number
  description = "Days after which a partition of events is deleted; null keeps all."
  default     = null

  validation {
    condition     = var.events_retention_days == null ? true : var.events_retention_days >= 1
    error_message = "Events are kept for at least a day, or for ever with null."
  }
}

variable "build_expiration_days" {
  type        = number
  description = "Days after which a new table of staging or build is deleted, for environments that may empty themselves; null keeps all."
  default     = null

  validation {
    condition     = var.build_expiration_days == null ? true : var.build_expiration_days >= 1
    error_message = "Tables of staging and build are kept for at least a day, or for ever with null."
  }
}

variable "max_time_travel_hours" {
  type        = number
  description = "Hours for which what was deleted or replaced can be read back."
  nullable    = false
  default     = 168

  validation {
    condition     = contains([48, 72, 96, 120, 144, 168], var.max_time_travel_hours)
    error_message = "Time travel is a multiple of 24 hours from 48 to 168."
  }
}

variable "storage_billing_model" {
  type        = string
  description = "What storage is billed by: LOGICAL, bytes before compression, or PHYSICAL, bytes after it, with those of time travel and fail-safe."
  nullable    = false
  default     = "LOGICAL"

  validation {
    condition     = contains(["LOGICAL", "PHYSICAL"], var.storage_billing_model)
    error_message = "Storage is billed by LOGICAL or PHYSICAL bytes."
  }
}
