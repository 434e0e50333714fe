"""Replication configurations by boto3. Takes the endpoint."""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

(url,) = sys.argv[1:]
client = boto3.client("s3", endpoint_url=url, config=Config(signature_version="s3v4"))
for bucket in ["source", "copies"]:
    client.create_bucket(Bucket=bucket)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})

try:
    client.get_bucket_replication(Bucket="source")
    raise AssertionError("there is none")
except ClientError as error:
    assert error.response["Error"]["Code"] == "ReplicationConfigurationNotFoundError", error

client.put_object(Bucket="source", Key="before", Body=b"before")
configuration = {
    "Role": "arn:aws:iam::000000000000:role/r",
    "Rules": [
        {
            "ID": "all",
            "Priority": 1,
            "Filter": {"Prefix": ""},
            "Status": "Enabled",
            "ExistingObjectReplication": {"Status": "Enabled"},
            "Destination": {"Bucket": "arn:aws:s3:::copies"},
            "DeleteMarkerReplication": {"Status": "Enabled"},
        }
    ],
}
client.put_bucket_replication(Bucket="source", ReplicationConfiguration=configuration)
found = client.get_bucket_replication(Bucket="source")["ReplicationConfiguration"]
assert found == configuration, found

client.put_object(Bucket="source", Key="ä b", Body=b"after", Metadata={"k": "v"})
client.delete_object(Bucket="source", Key="ä b")


def versions(bucket):
    page = client.list_object_versions(Bucket=bucket)
    shown = page.get("Versions", []) + page.get("DeleteMarkers", [])
    return sorted((version["Key"], version["VersionId"], version["IsLatest"]) for version in shown)


deadline = time.monotonic() + 30
while versions("copies") != versions("source"):
    assert time.monotonic() < deadline, versions("copies")
    time.sleep(0.1)
assert len(versions("copies")) == 3
client.delete_bucket_replication(Bucket="source")
