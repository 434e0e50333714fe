"""What boto3 does with server-side encryption, forms too; every step is asserted. Takes the endpoint."""

import base64
import hashlib
import io
import os
import sys

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
s3 = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
s3.create_bucket(Bucket="sealed")
key = os.urandom(32)
own = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
large = os.urandom(6 * 1024 * 1024)
small_parts = TransferConfig(multipart_threshold=1024 * 1024, multipart_chunksize=5 * 1024 * 1024)

for name, extra, reading in (
    ("master", {"ServerSideEncryption": "AES256"}, {}),
    ("own", own, own),
):
    s3.upload_fileobj(io.BytesIO(large), "sealed", name, ExtraArgs=extra, Config=small_parts)
    got = s3.get_object(Bucket="sealed", Key=name, **reading)
    assert got["Body"].read() == large
    assert got["ContentLength"] == len(large)

try:
    s3.get_object(Bucket="sealed", Key="own")
    raise AssertionError("it was given without a key")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidRequest", error

pool = urllib3.PoolManager()
prefix = "x-amz-server-side-encryption"
forms = {
    "master-form": {prefix: "AES256"},
    "own-form": {
        f"{prefix}-customer-algorithm": "AES256",
        f"{prefix}-customer-key": base64.b64encode(key).decode(),
        f"{prefix}-customer-key-md5": base64.b64encode(hashlib.md5(key).digest()).decode(),
    },
}
for name, fields in forms.items():
    conditions = [{field: value} for field, value in fields.items()]
    post = s3.generate_presigned_post("sealed", name, Fields=fields, Conditions=conditions)
    body = {**post["fields"], "file": ("a.txt", "posted", "text/plain")}
    answer = pool.request("POST", post["url"], fields=body)
    assert answer.status == 204, answer.data
    if name == "master-form":
        assert answer.headers[prefix] == "AES256"
    reading = own if name == "own-form" else {}
    assert s3.get_object(Bucket="sealed", Key=name, **reading)["Body"].read() == b"posted"

default = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration=default)
post = s3.generate_presigned_post("sealed", "default-form")
answer = pool.request("POST", post["url"], fields={**post["fields"], "file": ("a", "x", "text/plain")})
assert answer.status == 204, answer.data
assert s3.head_object(Bucket="sealed", Key="default-form")["ServerSideEncryption"] == "AES256"
