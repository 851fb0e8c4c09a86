variable "project" {
  description = "GCP project id."
  type        = string
  nullable    = false
}

variable "project_number" {
  description = "Number of the project, by which a budget names it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.project_number))
    error_message = "project_number is the project's number, not its id."
  }
}

variable "query_tib_per_day" {
  description = "TiB that all queries of the project together may bill a day (BigQuery's QueryUsagePerDay)."
  type        = number
  nullable    = false

  validation {
    condition     = var.query_tib_per_day > 0
    error_message = "query_tib_per_day is above 0."
  }
}

variable "query_tib_per_user_per_day" {
  description = "TiB that one user or service account may bill a day (QueryUsagePerUserPerDay). It bounds the daily run too, whose account is a user like any other."
  type        = number
  nullable    = false

  validation {
    condition     = var.query_tib_per_user_per_day > 0 && var.query_tib_per_user_per_day <= var.query_tib_per_day
    error_message = "query_tib_per_user_per_day is above 0, and no more than what the whole project has."
  }
}

variable "billing_account" {
  description = "Id of the billing account that pays for the project, such as 012345-6789AB-CDEF01."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account is an id like 012345-6789AB-CDEF01."
  }
}

variable "budget" {
  description = "What the project may cost a month, in whole units of the billing account's currency."
  type        = number
  nullable    = false

  validation {
    condition     = var.budget >= 1 && floor(var.budget) == var.budget
    error_message = "budget is a whole number, 1 or more."
  }
}

variable "actual_thresholds" {
  description = "Parts of the budget that are told when they are spent."
  type        = list(number)
  default     = [0.5, 0.9, 1]
  nullable    = false
}

variable "forecast_thresholds" {
  description = "Parts of the budget that are told when the month is forecast to reach them."
  type        = list(number)
  default     = [1]
  nullable    = false
}

variable "budget_emails" {
  description = "Addresses that are told of the budget, five at most; the e-mail address of a Slack channel makes it post there. Billing's own administrators and users are told in any case."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.budget_emails) <= 5
    error_message = "A budget takes five e-mail channels at most."
  }
  validation {
    condition     = alltrue([for address in var.budget_emails : can(regex("^[^@ ]+@[^@ ]+\\.[^@ ]+$", address))])
    error_message = "budget_emails are e-mail addresses: budgets notify by e-mail only."
  }
}

variable "organization_policies" {
  description = "Whether to set organisation policies on the project; false where it belongs to no organisation, or somebody else sets them."
  type        = bool
  default     = true
  nullable    = false
}

variable "service_account_keys_allowed" {
  description = "Whether keys of service accounts may be made: the one exception, for software that takes nothing else. Give it for as long as it takes to make that key."
  type        = bool
  default     = false
  nullable    = false
}

variable "allowed_locations" {
  description = "Where resources may be made, as values of gcp.resourceLocations such as `in:asia-northeast1-locations`; none for anywhere."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for location in var.allowed_locations : can(regex("^(in:[a-z0-9-]+-locations|[a-z0-9-]+)$", location))])
    error_message = "allowed_locations are value groups like in:us-locations, or single locations like us-east1 and global."
  }
}
