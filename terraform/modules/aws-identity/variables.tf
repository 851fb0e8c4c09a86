variable "github_repository" {
  description = "Repository whose workflows deploy and plan, `owner/name`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.github_repository))
    error_message = "Give `owner/name`."
  }
}

variable "github_repository_id" {
  description = "The repository's numeric id: a name can be given to another repository after a renaming, an id cannot."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.github_repository_id))
    error_message = "Give the number that `gh api repos/OWNER/NAME --jq .id` prints."
  }
}

variable "github_owner_id" {
  description = "Numeric id of the repository's owner, a part of the subject of GitHub's tokens."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]+$", var.github_owner_id))
    error_message = "Give the number that `gh api repos/OWNER/NAME --jq .owner.id` prints."
  }
}

variable "github_environment" {
  description = "GitHub environment whose jobs deploy to this account. Its own rules say who must approve."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_environment))
    error_message = "Letters, digits, `_` and `-` only: the name is a part of the token's subject, which `:` separates."
  }
}

variable "github_plan_environment" {
  description = "GitHub environment whose jobs plan for this account, of pull requests."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+$", var.github_plan_environment)) && var.github_plan_environment != var.github_environment
    error_message = "Letters, digits, `_` and `-` only, and another environment than that which deploys."
  }
}

variable "github_ref" {
  description = "Git reference that is deployed from."
  type        = string
  default     = "refs/heads/main"
  nullable    = false

  validation {
    condition     = can(regex("^refs/(heads|tags)/[A-Za-z0-9._/-]+$", var.github_ref))
    error_message = "Give one full reference, such as refs/heads/main."
  }
}

variable "export_bucket" {
  description = "Name of the export bucket (`aws-exports`)."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.export_bucket))
    error_message = "Give the name of one bucket: it becomes a part of policies, where `*` would be all."
  }
}
