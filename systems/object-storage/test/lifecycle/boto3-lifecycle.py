"""Lifecycle rules by boto3: the calls of today and the one of before 2016. Takes the endpoint."""

import datetime
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

client = boto3.client("s3", endpoint_url=sys.argv[1], config=Config(signature_version="s3v4"))
client.create_bucket(Bucket="aging")
rules = [
    {"ID": "logs", "Filter": {"Prefix": "logs/"}, "Status": "Enabled", "Expiration": {"Days": 30}},
    {
        "ID": "old",
        "Filter": {"And": {"Prefix": "a", "Tags": [{"Key": "k", "Value": "v"}], "ObjectSizeGreaterThan": 5}},
        "Status": "Disabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 3, "NewerNoncurrentVersions": 2},
    },
    {
        "ID": "date",
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "Expiration": {"Date": datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    },
]
client.put_bucket_lifecycle_configuration(Bucket="aging", LifecycleConfiguration={"Rules": rules})
found = client.get_bucket_lifecycle_configuration(Bucket="aging")["Rules"]
assert found == rules, found

put = client.put_object(Bucket="aging", Key="logs/a", Body=b"a")
assert 'rule-id="logs"' in put["Expiration"], put["Expiration"]
assert client.head_object(Bucket="aging", Key="logs/a")["Expiration"] == put["Expiration"]

client.delete_bucket_lifecycle(Bucket="aging")
try:
    client.get_bucket_lifecycle_configuration(Bucket="aging")
    raise AssertionError("the rules are still there")
except ClientError as error:
    assert error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration", error

if hasattr(client, "put_bucket_lifecycle"):
    old = [{"ID": "old", "Prefix": "tmp/", "Status": "Enabled", "Expiration": {"Days": 1}}]
    client.put_bucket_lifecycle(Bucket="aging", LifecycleConfiguration={"Rules": old})
    assert client.get_bucket_lifecycle(Bucket="aging")["Rules"] == old
