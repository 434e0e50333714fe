"""What boto3 does with versions; every step is asserted. Takes the endpoint."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

config = Config(signature_version="s3v4")
s3 = boto3.resource("s3", endpoint_url=sys.argv[1], config=config)
client = s3.meta.client
bucket = s3.create_bucket(Bucket="versions")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error.response
    raise AssertionError(f"wanted {code}")


versioning = bucket.Versioning()
assert versioning.status is None
bucket.put_object(Key="k", Body=b"before")
versioning.enable()
versioning.reload()
assert versioning.status == "Enabled"

one = bucket.put_object(Key="k", Body=b"one").version_id
two = bucket.put_object(Key="k", Body=b"two").version_id
assert bucket.Object("k").get()["Body"].read() == b"two"
assert s3.ObjectVersion("versions", "k", one).get()["Body"].read() == b"one"
assert s3.ObjectVersion("versions", "k", "null").get()["Body"].read() == b"before"
ids = [version.id for version in bucket.object_versions.filter(Prefix="k")]
assert ids == [two, one, "null"], ids
part = client.get_object(Bucket="versions", Key="k", VersionId=one, Range="bytes=1-")
assert (part["Body"].read(), part["ContentRange"]) == (b"ne", "bytes 1-2/3")

marker = bucket.Object("k").delete()
assert marker["DeleteMarker"] is True
refused("NoSuchKey", client.get_object, Bucket="versions", Key="k")
answer = refused("405", client.head_object, Bucket="versions", Key="k", VersionId=marker["VersionId"])
assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
assert list(bucket.objects.all()) == []
client.delete_object(Bucket="versions", Key="k", VersionId=marker["VersionId"])
assert bucket.Object("k").get()["Body"].read() == b"two"

client.copy({"Bucket": "versions", "Key": "k", "VersionId": one}, "versions", "restored")
assert bucket.Object("restored").get()["Body"].read() == b"one"

versioning.suspend()
bucket.put_object(Key="k", Body=b"after")
assert s3.ObjectVersion("versions", "k", "null").get()["Body"].read() == b"after"
assert sorted(version.id for version in bucket.object_versions.filter(Prefix="k")) == sorted([two, one, "null"])

for number in range(25):
    bucket.put_object(Key=f"many/{number:02}", Body=b"")
pages = client.get_paginator("list_object_versions").paginate(
    Bucket="versions", Prefix="many/", PaginationConfig={"PageSize": 10}
)
keys = [item["Key"] for page in pages for item in page["Versions"]]
assert keys == [f"many/{number:02}" for number in range(25)], keys

refused("BucketNotEmpty", client.delete_bucket, Bucket="versions")
bucket.object_versions.all().delete()
assert list(bucket.object_versions.all()) == []
bucket.delete()
