"""Sends forms as boto3 signs them and urllib3 encodes them. Takes the endpoint, bucket and a JSON list of what the forms
shall hold; prints the status, the answer's Location and its body for each, as a JSON list."""

import json
import sys

import boto3
import urllib3
from botocore.config import Config

endpoint, bucket, wanted = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
clients = {
    version: boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version=version))
    for version in ("s3v4", "s3")
}
pool = urllib3.PoolManager()


def send(form):
    post = clients[form.get("version", "s3v4")].generate_presigned_post(
        bucket,
        form["key"],
        Fields=form.get("fields"),
        Conditions=form.get("conditions"),
        ExpiresIn=form.get("expires", 600),
    )
    fields = {**post["fields"], **form.get("changed", {})}
    fields = {name: value for name, value in fields.items() if value is not None}
    fields["file"] = (form.get("name", "a.txt"), form["file"], "text/plain")
    answer = pool.request("POST", post["url"], fields=fields, redirect=False, retries=False)
    return [answer.status, answer.headers.get("location"), answer.data.decode()]


print(json.dumps([send(form) for form in wanted]))
