# The export bucket: DynamoDB and Aurora write their exports here, the loader reads them.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.region
  bucket_arn = "arn:${local.partition}:s3:::${var.bucket}"

  read_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Bucket"
        Effect   = "Allow"
        Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
        Resource = local.bucket_arn
      },
      {
        Sid      = "Files"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.bucket_arn}/*"
      },
    ]
  })
}

resource "aws_s3_bucket" "exports" {
  #checkov:skip=CKV_AWS_18:Access logs are the caller's choice (access_log_bucket); CloudTrail has the management events in any case.
  #checkov:skip=CKV_AWS_21:No versions: an export is written once, and a version that outlives its deletion would keep personal data beyond the retention.
  #checkov:skip=CKV_AWS_144:No second region: exports are copies of what the source still has.
  #checkov:skip=CKV2_AWS_62:Nobody waits for events of single files; completion is asked of DynamoDB and RDS.
  bucket = var.bucket

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "exports" {
  bucket                  = aws_s3_bucket.exports.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  rule {
    # An export has thousands of files; with a bucket key KMS is not asked (and paid) for each.
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.exports.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  rule {
    id     = "delete-exports"
    status = "Enabled"

    filter {}

    expiration {
      days = var.retention_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }
}

resource "aws_s3_bucket_logging" "exports" {
  count = var.access_log_bucket == null ? 0 : 1

  bucket        = aws_s3_bucket.exports.bucket
  target_bucket = var.access_log_bucket
  target_prefix = "${var.bucket}/"
}

resource "aws_s3_bucket_policy" "exports" {
  bucket = aws_s3_bucket.exports.bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyOldTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
  })

  # S3 refuses changes of policy and block at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.exports]
}
