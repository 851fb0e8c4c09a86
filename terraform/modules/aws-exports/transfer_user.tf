# BigQuery Data Transfer Service reads S3 with an access key and knows no roles, so it forces a user on us. The key is
# made by hand (README), and Terraform never sees it.

resource "aws_iam_user" "transfer" {
  #checkov:skip=CKV_AWS_273:Data Transfer Service cannot sign on by SSO or web identity.
  count = var.transfer_user ? 1 : 0

  name                 = "kura-transfer"
  permissions_boundary = var.permissions_boundary
}

resource "aws_iam_user_policy" "transfer" {
  #checkov:skip=CKV_AWS_40:A group for one technical user would only hide what it may do.
  count = var.transfer_user ? 1 : 0

  name   = "read-exports"
  user   = aws_iam_user.transfer[0].name
  policy = local.read_policy
}
