variable "project" {
  type        = string
  description = "Project id."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Region of the repository, such as `asia-northeast1`: where Cloud Run pulls its images."
  nullable    = false
}

variable "name" {
  type        = string
  description = "Name of the repository."
  default     = "kura"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "A repository's name has lower case letters, digits and hyphens, and begins with a letter."
  }
}

variable "readers" {
  type        = set(string)
  description = "IAM members that may pull: who deploys, and the Cloud Run service agents of other projects that run the same image."
  nullable    = false

  validation {
    condition     = length(var.readers) > 0 && !anytrue([for member in var.readers : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "Name at least one reader, and never the public."
  }
}

variable "writers" {
  type        = set(string)
  description = "IAM members that may push: who builds images."
  nullable    = false

  validation {
    condition     = length(var.writers) > 0 && !anytrue([for member in var.writers : contains(["allUsers", "allAuthenticatedUsers"], member)])
    error_message = "Name at least one writer, and never the public."
  }
}

variable "keep_count" {
  type        = number
  description = "How many of the newest images of each name are kept, however old."
  default     = 30
  nullable    = false
}

variable "keep_days" {
  type        = number
  description = "Age in days from which other images are deleted."
  default     = 90
  nullable    = false
}
