"""Bucket notifications to a queue and a topic by boto3: configured, refused, and told. Takes the endpoints of S3 and SQS."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

s3_url, sqs_url = sys.argv[1:]
s3 = boto3.client("s3", endpoint_url=s3_url, config=Config(signature_version="s3v4"))
sqs = boto3.client("sqs", endpoint_url=sqs_url)


def arn(service, name):
    return f"arn:aws:{service}:us-east-1:000000000000:{name}"


def configure(**configuration):
    s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=configuration)


def receive(count):
    found = []
    while len(found) < count:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=10)
        assert answer.get("Messages"), f"only {found}"
        for message in answer["Messages"]:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


s3.create_bucket(Bucket="photos")
images = {"QueueArn": arn("sqs", "images"), "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
try:
    configure(QueueConfigurations=[images])
    raise AssertionError("a queue that is not there was accepted")
except ClientError as error:
    assert error.response["Error"]["Code"] == "InvalidArgument", error.response
    assert "Unable to validate the following destination configurations" in str(error)
assert s3.get_bucket_notification_configuration(Bucket="photos").get("QueueConfigurations") is None

queue = sqs.create_queue(QueueName="images")["QueueUrl"]
prefix = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "images/"}]}}
logs = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "logs/"}]}}
topic = {"TopicArn": arn("sns", "logs"), "Events": ["s3:ObjectCreated:*"], "Filter": logs}
configure(QueueConfigurations=[{**images, "Filter": prefix}], TopicConfigurations=[topic])
(test,) = receive(1)
assert test.pop("Time") and test.pop("RequestId") and test.pop("HostId")
assert test == {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos"}, test

put = s3.put_object(Bucket="photos", Key="images/cat 1.jpg", Body=b"cat")
s3.put_object(Bucket="photos", Key="logs/today", Body=b"log")
s3.put_object(Bucket="photos", Key="other", Body=b"other")
s3.delete_object(Bucket="photos", Key="images/cat 1.jpg")
events = receive(2)
assert all(list(event) == ["Records"] and len(event["Records"]) == 1 for event in events), events
records = [event["Records"][0] for event in events]
assert [record["eventName"] for record in records] == ["ObjectCreated:Put", "ObjectRemoved:Delete"], records
created = records[0]
assert created["eventSource"] == "aws:s3" and created["awsRegion"] == "us-east-1"
assert created["s3"]["bucket"]["name"] == "photos"
assert created["s3"]["object"]["key"] == "images%2Fcat+1.jpg" and created["s3"]["object"]["size"] == 3
assert f'"{created["s3"]["object"]["eTag"]}"' == put["ETag"]
# To be told after the restart, perhaps: nobody waits for it.
for number in range(20):
    s3.put_object(Bucket="photos", Key=f"images/{number}", Body=b"x")
print("done")
