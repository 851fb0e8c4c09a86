variable "project" {
  type        = string
  description = "Id of the Google Cloud project."
  nullable    = false
}

variable "region" {
  type        = string
  description = "Location of the taxonomy, which must be that of the datasets: US, EU, or a region such as asia-northeast1."
  nullable    = false
}

variable "fine_grained_readers" {
  type        = map(set(string))
  description = "Who reads columns with a tag in the clear: IAM members by tag. A tag that is left out has no reader."
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.fine_grained_readers), ["restricted", "pii", "financial"])) == 0
    error_message = "The tags are restricted, pii and financial."
  }

  validation {
    condition     = length(setintersection(flatten(values(var.fine_grained_readers)), ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "A protected column is for named members, not for everybody."
  }
}

variable "masked_readers" {
  type        = set(string)
  description = "IAM members that read columns tagged pii as a hash."
  nullable    = false
  default     = []

  validation {
    condition     = length(setintersection(var.masked_readers, lookup(var.fine_grained_readers, "pii", []))) == 0
    error_message = "Who reads pii in the clear is not also a masked reader: which of both wins on one tag is not documented."
  }

  validation {
    condition     = length(setintersection(var.masked_readers, ["allUsers", "allAuthenticatedUsers"])) == 0
    error_message = "A masked column is for named members, not for everybody."
  }
}

variable "tag_setters" {
  type        = set(string)
  description = "IAM members that put policy tags on columns: all that create tables with tagged columns, or copy them."
  nullable    = false
  default     = []
}
