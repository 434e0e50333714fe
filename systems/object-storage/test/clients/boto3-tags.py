"""What boto3 does with tags and attributes; every step is asserted. Takes the endpoint."""

import sys

import boto3
from botocore.exceptions import ClientError

s3 = boto3.client("s3", endpoint_url=sys.argv[1])
s3.create_bucket(Bucket="tags")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"wanted {code}")


one = {"Bucket": "tags", "Key": "one"}
s3.put_object(**one, Body=b"x", Tagging="a=1&gr%C3%BCn", StorageClass="ONEZONE_IA")
assert s3.get_object_tagging(**one)["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "grün", "Value": ""}]
got = s3.get_object(**one)
assert (got["TagCount"], got["StorageClass"]) == (2, "ONEZONE_IA"), got
s3.put_object_tagging(**one, Tagging={"TagSet": [{"Key": "b", "Value": "ü/ü"}]})
assert s3.get_object_tagging(**one)["TagSet"] == [{"Key": "b", "Value": "ü/ü"}]
refused("InvalidTag", s3.put_object_tagging, **one, Tagging={"TagSet": [{"Key": "aws:b", "Value": ""}]})
s3.delete_object_tagging(**one)
assert s3.get_object_tagging(**one)["TagSet"] == []

refused("NoSuchTagSet", s3.get_bucket_tagging, Bucket="tags")
s3.put_bucket_tagging(Bucket="tags", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
assert s3.get_bucket_tagging(Bucket="tags")["TagSet"] == [{"Key": "k", "Value": "v"}]

attributes = s3.get_object_attributes(**one, ObjectAttributes=["ETag", "ObjectSize", "StorageClass"])
assert (attributes["ObjectSize"], attributes["StorageClass"]) == (1, "ONEZONE_IA"), attributes
assert s3.get_bucket_request_payment(Bucket="tags")["Payer"] == "BucketOwner"
listed = s3.list_objects_v2(Bucket="tags")["Contents"]
assert [(entry["Key"], entry["StorageClass"]) for entry in listed] == [("one", "ONEZONE_IA")]
