"""Notification configurations by boto3. Takes the endpoint and the ARN of a webhook."""

import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

url, hook = sys.argv[1:]
client = boto3.client("s3", endpoint_url=url, config=Config(signature_version="s3v4"))
client.create_bucket(Bucket="told")


def get():
    found = client.get_bucket_notification_configuration(Bucket="told")
    found.pop("ResponseMetadata")
    return found


assert get() == {}, get()
configuration = {
    "LambdaFunctionConfigurations": [
        {
            "Id": "images",
            "LambdaFunctionArn": hook,
            "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:Delete"],
            "Filter": {
                "Key": {"FilterRules": [{"Name": "prefix", "Value": "ä/"}, {"Name": "suffix", "Value": ".jpg"}]}
            },
        },
        {"Id": "rest", "LambdaFunctionArn": hook, "Events": ["s3:ObjectTagging:*"]},
    ]
}
client.put_bucket_notification_configuration(Bucket="told", NotificationConfiguration=configuration)
assert get() == configuration, get()

queue = {"QueueArn": "arn:aws:sqs:us-east-1:000000000000:none", "Events": ["s3:ObjectCreated:*"]}
try:
    client.put_bucket_notification_configuration(
        Bucket="told", NotificationConfiguration={"QueueConfigurations": [queue]}
    )
    raise AssertionError("a queue that is not there was accepted")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidArgument", error
assert get() == configuration, get()

client.put_object(Bucket="told", Key="ä/a.jpg", Body=b"a")
client.put_object(Bucket="told", Key="ä/a.png", Body=b"a")
client.put_object_tagging(Bucket="told", Key="ä/a.png", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
client.delete_object(Bucket="told", Key="ä/a.jpg")
