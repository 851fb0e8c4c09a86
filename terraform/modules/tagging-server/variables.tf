variable "project" {
  description = "GCP project id."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of both Cloud Run services. With a domain, one in which Cloud Run maps domains (README)."
  type        = string
  nullable    = false
}

variable "service_account" {
  description = "E-mail of the service account `tagging`, which may write to the dataset of events and read the secret, and nothing else."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.service_account, ".iam.gserviceaccount.com")
    error_message = "service_account is the e-mail of a service account, without `serviceAccount:`."
  }
}

variable "container_config_secret" {
  description = "Id of the secret in this project's Secret Manager that holds the configuration string of the server container. A version must exist before the services start."
  type        = string
  nullable    = false
}

variable "container_config_version" {
  description = "Version of that secret. `latest` is read when an instance starts, so a new string needs new instances, not a new plan."
  type        = string
  default     = "latest"
  nullable    = false
}

variable "image" {
  description = "Google's image of the tagging server. Cloud Run resolves a tag when a revision is made: it stays on that build until the next one."
  type        = string
  default     = "gcr.io/cloud-tagging-10302018/gtm-cloud-image:stable"
  nullable    = false
}

variable "min_instances" {
  description = "Tagging servers that always run. Google advises two or more where no event may be lost; with 0, the first event after a pause waits for a start."
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.min_instances >= 0 && floor(var.min_instances) == var.min_instances
    error_message = "min_instances is a whole number, 0 or more."
  }
}

variable "max_instances" {
  description = "Tagging servers at most, which bounds the cost of a flood of events."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.max_instances >= max(var.min_instances, 1)
    error_message = "max_instances is at least 1, and no less than min_instances."
  }
}

variable "domain" {
  description = "Host name of the tagging server, such as `events.example.com`, on the site's own domain so that cookies are first-party; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain is a host name in lower case, without scheme or path."
  }
}

variable "dataset" {
  description = "Dataset of the events, made by the module warehouse, to which the service account may write."
  type        = string
  default     = "raw_events"
  nullable    = false
}

variable "restricted_policy_tag" {
  description = "Resource name of the policy tag `restricted`, which locks what an event holds."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/taxonomies/[^/]+/policyTags/[^/]+$", var.restricted_policy_tag))
    error_message = "restricted_policy_tag is the full resource name of a policy tag: projects/P/locations/L/taxonomies/T/policyTags/N."
  }
}

variable "retention_days" {
  description = "Days after which a day of events is deleted; null for what the dataset's own default says."
  type        = number
  default     = null

  validation {
    condition     = var.retention_days == null ? true : var.retention_days >= 1
    error_message = "retention_days is at least 1, or null."
  }
}
