#!/usr/bin/env bash
# Package, upload and deploy one installation, then hand it its configuration.
#
#   infra/deploy.sh STACK ARTIFACTS HUITOU_TOML MAIL_DOMAIN ALARM_EMAIL
#
#   STACK        name of the CloudFormation stack, one a merchant
#   ARTIFACTS    an S3 bucket in the same region that holds uploaded bundles
#   HUITOU_TOML  the merchant's configuration; `base_url` is the stack's EndpointURL without its last slash, or a domain of
#                one's own. It is not known before the first deployment: deploy, write it down, run this again.
#   MAIL_DOMAIN  the domain verified in SES that mails are sent from
#   ALARM_EMAIL  who is told when an alarm goes off; the subscription has to be confirmed once
#
# Set SET_API_LOGS_ROLE=no where the account's API Gateway has a role for its logs already.
# Secrets never pass through here. Each account has one, a JSON table of names to values:
#   aws secretsmanager create-secret --name huitou/MERCHANT/PLATFORM/ACCOUNT --secret-string file://secret.json
# Needs the AWS CLI v2 with credentials and a region. Running it again changes only what has changed.
set -euo pipefail

[ "$#" -eq 5 ] || { sed -n '2,16p' "$0" >&2; exit 2; }
stack=$1 artifacts=$2 configuration=$(realpath "$3") mail_domain=$4 alarm_email=$5
cd "$(dirname "$0")/.."

make package
# Refuses a broken configuration here, not in production.
merchant=$(.venv/bin/python -c '
import pathlib, sys
from chalicelib.config import parse
print(parse(pathlib.Path(sys.argv[1]).read_text()).merchant)' "$configuration")

aws cloudformation package --template-file out/sam.yaml --s3-bucket "$artifacts" --s3-prefix "$stack" \
  --output-template-file out/deploy.yaml
# The template is longer than what CloudFormation takes inline, so that it goes through the bucket as well.
aws cloudformation deploy --stack-name "$stack" --template-file out/deploy.yaml --s3-bucket "$artifacts" --s3-prefix "$stack" \
  --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset --parameter-overrides \
  "Merchant=$merchant" "MailDomain=$mail_domain" "AlarmEmail=$alarm_email" "SetApiLogsRole=${SET_API_LOGS_ROLE:-yes}"

output() {
  aws cloudformation describe-stacks --stack-name "$stack" --output text --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}
# Functions read it again within a minute.
aws s3 cp "$configuration" "s3://$(output Bucket)/config/huitou.toml"
echo "base URL: $(output EndpointURL)"
