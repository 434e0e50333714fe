# `boto3-web-identity.py URL`: takes on the role of AWS_ROLE_ARN by the token in AWS_WEB_IDENTITY_TOKEN_FILE, first by the call
# itself, and, where boto3 knows an endpoint for STS, as its chain of credentials does, and makes a bucket by either.

import os
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

url = sys.argv[1]
role = os.environ["AWS_ROLE_ARN"]
with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]) as file:
    token = file.read()

sts = boto3.client("sts", endpoint_url=url, config=Config(signature_version=UNSIGNED))
named = {"RoleArn": role, "RoleSessionName": "boto3"}
taken = sts.assume_role_with_web_identity(WebIdentityToken=token, **named)
assert taken["SubjectFromWebIdentityToken"] == "anna", taken
assert taken["Audience"] == "my-client", taken
assert ":oidc-provider/localhost:" in taken["Provider"], taken
credentials = taken["Credentials"]
s3 = boto3.client(
    "s3",
    endpoint_url=url,
    aws_access_key_id=credentials["AccessKeyId"],
    aws_secret_access_key=credentials["SecretAccessKey"],
    aws_session_token=credentials["SessionToken"],
)
s3.create_bucket(Bucket="by-the-call")

for wrong, code in [(token[:-8], "InvalidIdentityToken"), ("abcdef", "InvalidIdentityToken")]:
    try:
        sts.assume_role_with_web_identity(WebIdentityToken=wrong, **named)
        raise AssertionError("a wrong token was taken")
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error

if tuple(int(part) for part in boto3.__version__.split(".")[:2]) >= (1, 28):
    boto3.client("s3", endpoint_url=url).create_bucket(Bucket="by-the-chain")
print("done")
