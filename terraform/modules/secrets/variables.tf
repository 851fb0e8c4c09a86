variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
  nullable    = false
}

variable "location" {
  type        = string
  description = "Region that the secrets' values are kept in, such as asia-northeast1. It can't be changed."
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", lower(var.location)))
    error_message = "A secret is kept in a region, such as asia-northeast1; US and EU are none."
  }
}

variable "secrets" {
  type        = map(set(string))
  description = "Who reads which secret: IAM members by the secret's name, such as stripe-api-key."
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.secrets) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "A secret's name has up to 255 letters, digits, dashes and underscores."
  }

  validation {
    condition     = length(setintersection(flatten(values(var.secrets)), ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "A secret is for named members, not for everybody."
  }
}
