"""What boto3 does with an endpoint; every step is asserted. Takes the endpoint, a small and a large file."""

import base64
import concurrent.futures
import hashlib
import io
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint, style, small, large = sys.argv[1:5]
config = Config(signature_version="s3v4", s3={"addressing_style": style})
client = boto3.client("s3", endpoint_url=endpoint, config=config)
name = {"Bucket": "photos", "Key": "a b/small ü+%.txt"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"wanted {code}")


client.create_bucket(Bucket="photos")
client.create_bucket(Bucket="photos")
refused("BucketAlreadyExists", client.create_bucket, Bucket="photos", ACL="public-read")
client.put_object(**name, Body=read(small), Metadata={"colour": "green"}, ContentType="text/plain")
got = client.get_object(**name)
assert (got["Body"].read(), got["Metadata"], got["ContentType"]) == (read(small), {"colour": "green"}, "text/plain")
assert client.get_object(**name, Range="bytes=7-11")["Body"].read() == b"world"
refused("InvalidRange", client.get_object, **name, Range="bytes=100-")
refused("PreconditionFailed", client.get_object, **name, IfMatch='"x"')
refused("304", client.get_object, **name, IfNoneMatch=got["ETag"])

client.upload_file(large, "photos", "large")
buffer = io.BytesIO()
client.download_fileobj("photos", "large", buffer)
assert sha256(buffer.getvalue()) == sha256(read(large))
client.copy({"Bucket": "photos", "Key": "large"}, "photos", "large-copy")
assert client.head_object(Bucket="photos", Key="large-copy")["ContentLength"] == len(read(large))
client.copy_object(
    Bucket="photos", Key="renamed", CopySource=name, MetadataDirective="REPLACE", Metadata={"shape": "round"}
)
assert client.head_object(Bucket="photos", Key="renamed")["Metadata"] == {"shape": "round"}

with urllib.request.urlopen(client.generate_presigned_url("get_object", Params=name)) as response:
    assert response.read() == read(small)
upload = client.generate_presigned_url("put_object", Params={"Bucket": "photos", "Key": "presigned"})
urllib.request.urlopen(urllib.request.Request(upload, data=b"by url", method="PUT")).close()
assert client.get_object(Bucket="photos", Key="presigned")["Body"].read() == b"by url"

for number in range(25):
    client.put_object(Bucket="photos", Key=f"many/{number:02}&<ü", Body=b"")
pages = client.get_paginator("list_objects_v2").paginate(
    Bucket="photos", Prefix="many/", PaginationConfig={"PageSize": 10}
)
keys = [item["Key"] for page in pages for item in page["Contents"]]
assert keys == [f"many/{number:02}&<ü" for number in range(25)], keys
folders = client.list_objects(Bucket="photos", Delimiter="/")["CommonPrefixes"]
assert [item["Prefix"] for item in folders] == ["a b/", "many/"], folders



def with_header(name, value):
    """Sends a header that this version of boto3 may have no parameter for."""

    def add(request, **_):
        request.headers[name] = value

    client.meta.events.register_first("before-sign.s3.PutObject", add)
    return lambda: client.meta.events.unregister("before-sign.s3.PutObject", add)


key = {"Bucket": "photos", "Key": "conditional"}
forget = with_header("If-None-Match", "*")
with concurrent.futures.ThreadPoolExecutor(10) as pool:
    writers = [pool.submit(client.put_object, **key, Body=str(index).encode()) for index in range(10)]
    refusals = [writer.exception() for writer in writers if writer.exception() is not None]
assert len(refusals) == 9, "of ten writers one wins"
assert {error.response["Error"]["Code"] for error in refusals} == {"PreconditionFailed"}, refusals
forget()
etag = client.head_object(**key)["ETag"]
forget = with_header("If-Match", etag)
client.put_object(**key, Body=b"changed")
refused("PreconditionFailed", client.put_object, **key, Body=b"changed again")
forget()
assert client.get_object(**key)["Body"].read() == b"changed"

md5 = base64.b64encode(hashlib.md5(b"body").digest()).decode()
client.put_object(**key, Body=b"body", ContentMD5=md5)
refused("BadDigest", client.put_object, **key, Body=b"other", ContentMD5=md5)
refused("InvalidDigest", client.put_object, **key, Body=b"body", ContentMD5="nonsense")
for algorithm in ("CRC32", "SHA1", "SHA256"):
    put = client.put_object(**key, Body=read(small), ChecksumAlgorithm=algorithm)
    got = client.get_object(**key, ChecksumMode="ENABLED")
    assert got["Body"].read() == read(small)
    assert got[f"Checksum{algorithm}"] == put[f"Checksum{algorithm}"], algorithm

# A body that can be read is sent after 100 Continue, and these follow each other on one connection: an answer without
# it, on a connection that goes on, makes boto3 take the next answer's first line for a header, and wait for the rest.
impatient = boto3.client(
    "s3", endpoint_url=endpoint, config=config.merge(Config(read_timeout=20, retries={"total_max_attempts": 1}))
)
for body in (b"", b"x", b"", b"", b"y" * 100_000):
    impatient.put_object(**key, Body=io.BytesIO(body))
    assert client.get_object(**key)["Body"].read() == body
refused("NoSuchBucket", impatient.put_object, Bucket="nothing-here", Key="k", Body=io.BytesIO(b"x"))
refused("NoSuchBucket", impatient.put_object, Bucket="nothing-here", Key="k", Body=io.BytesIO(b""))
impatient.put_object(**key, Body=io.BytesIO(b"after refusals"))
assert client.get_object(**key)["Body"].read() == b"after refusals"

multipart = client.create_multipart_upload(Bucket="photos", Key="unfinished")["UploadId"]
client.upload_part(Bucket="photos", Key="unfinished", UploadId=multipart, PartNumber=3, Body=b"part")
parts = client.list_parts(Bucket="photos", Key="unfinished", UploadId=multipart)["Parts"]
assert [(part["PartNumber"], part["Size"]) for part in parts] == [(3, 4)], parts
assert [item["Key"] for item in client.list_multipart_uploads(Bucket="photos")["Uploads"]] == ["unfinished"]
refused("BucketNotEmpty", client.delete_bucket, Bucket="photos")

listed = [{"Key": item["Key"]} for item in client.list_objects_v2(Bucket="photos")["Contents"]]
deleted = client.delete_objects(Bucket="photos", Delete={"Objects": listed})
assert len(deleted["Deleted"]) == len(listed) and "Errors" not in deleted, deleted
refused("404", client.head_object, **name)
# The upload goes with its bucket.
client.delete_bucket(Bucket="photos")
refused("NoSuchBucket", client.list_parts, Bucket="photos", Key="unfinished", UploadId=multipart)
refused("NoSuchBucket", client.list_objects_v2, Bucket="photos")
