output "bucket" {
  description = "Name of the export bucket (KURA_EXPORT_BUCKET)."
  value       = aws_s3_bucket.exports.bucket
}

output "kms_key_arn" {
  description = "ARN of the key that exports are encrypted with (KURA_EXPORT_KMS_KEY)."
  value       = aws_kms_key.exports.arn
}

output "export_role_arn" {
  description = "ARN of the role that RDS writes exports with (KURA_EXPORT_ROLE)."
  value       = aws_iam_role.export.arn
}

output "loader_role_arn" {
  description = "ARN of the role that the loader assumes with its Google ID token (AWS_ROLE_ARN)."
  value       = aws_iam_role.loader.arn
}

output "audience" {
  description = "Audience that the loader's Google ID token must have."
  value       = var.audience
}

output "transfer_user" {
  description = "Name of the IAM user of Data Transfer Service; null where there is none."
  value       = one(aws_iam_user.transfer[*].name)
}
