variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Location of the bucket, which must be that of the datasets, or lie in it: US, EU, or a region such as asia-northeast1."
  nullable    = false
}

variable "bucket" {
  type        = string
  description = "Name of the bucket, unique in the world. It can be read by anybody, so nothing private belongs in it."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.bucket)) && !startswith(var.bucket, "goog") && !strcontains(var.bucket, "google")
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dashes or underscores, begins and ends with a letter or digit, and does not name Google."
  }
}

variable "loader" {
  type        = string
  description = "Who lands deliveries and loads them: writes, replaces and deletes objects."
  nullable    = false
}

variable "readers" {
  type        = set(string)
  description = "Who else reads what has landed, in full and unmasked: no policy tag protects a file."
  nullable    = false
  default     = []

  validation {
    condition     = length(setintersection(var.readers, ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "What has landed is for named members, not for everybody."
  }
}

variable "soft_delete_days" {
  type        = number
  description = "Days for which a deleted or replaced object can be restored."
  nullable    = false
  default     = 30

  validation {
    condition     = var.soft_delete_days == 0 || (var.soft_delete_days >= 7 && var.soft_delete_days <= 90)
    error_message = "Soft delete lasts from 7 to 90 days, or 0 to do without."
  }
}

variable "cold_after_days" {
  type        = number
  description = "Days after which an object moves to a colder storage class; null leaves all in STANDARD."
  default     = 30

  validation {
    condition     = var.cold_after_days == null ? true : var.cold_after_days >= 1
    error_message = "An object moves to a colder class after at least a day, or never with null."
  }
}

variable "cold_storage_class" {
  type        = string
  description = "The colder storage class: NEARLINE, COLDLINE or ARCHIVE."
  nullable    = false
  default     = "NEARLINE"

  validation {
    condition     = contains(["NEARLINE", "COLDLINE", "ARCHIVE"], var.cold_storage_class)
    error_message = "The colder storage classes are NEARLINE, COLDLINE and ARCHIVE."
  }
}

variable "delete_after_days" {
  type        = number
  description = "Days after which an object is deleted, and with it the way to replay its day; null keeps all."
  default     = null

  validation {
    condition = (
      var.delete_after_days == null ? true :
      var.cold_after_days == null ? var.delete_after_days >= 1 :
      var.delete_after_days >= var.cold_after_days + { NEARLINE = 30, COLDLINE = 90, ARCHIVE = 365 }[var.cold_storage_class]
    )
    error_message = "A colder class is billed for at least 30 days (NEARLINE), 90 (COLDLINE) or 365 (ARCHIVE): delete later than that, or leave objects in STANDARD with cold_after_days = null."
  }
}
