# What boto3 does with queues, in whichever protocol its version speaks. Arguments: the endpoint. Prints `PROTOCOL done`.

import hashlib
import sys
import time

import boto3
from botocore.exceptions import ClientError

sqs = boto3.client("sqs", endpoint_url=sys.argv[1], region_name="us-east-1")


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    raise AssertionError("it was not refused")


dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
url = sqs.create_queue(
    QueueName="jobs",
    Attributes={"VisibilityTimeout": "0", "RedrivePolicy": '{"deadLetterTargetArn":"%s","maxReceiveCount":"1"}' % arn},
    tags={"team": "x & y"},
)["QueueUrl"]
assert sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == url
assert set(sqs.list_queues()["QueueUrls"]) == {url, dead}
assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "x & y"}

body = "<häuser> & \"more\"\r\n"
sent = sqs.send_message(
    QueueUrl=url,
    MessageBody=body,
    MessageAttributes={
        "color": {"DataType": "String", "StringValue": "blue"},
        "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    },
)
assert sent["MD5OfMessageBody"] == hashlib.md5(body.encode()).hexdigest()
received = sqs.receive_message(QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"])["Messages"][0]
assert received["Body"] == body, received
assert received["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
assert received["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\xff"
assert received["Attributes"]["ApproximateReceiveCount"] == "1"
assert "Messages" not in sqs.receive_message(QueueUrl=url)
letter = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=2)["Messages"][0]
assert letter["Body"] == body
sqs.change_message_visibility(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=60)
sqs.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])

batch = sqs.send_message_batch(
    QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "1"}, {"Id": "b", "MessageBody": "2", "DelaySeconds": 901}]
)
assert [entry["Id"] for entry in batch["Successful"]] == ["a"], batch
assert [(entry["Id"], entry["Code"]) for entry in batch["Failed"]] == [("b", "InvalidParameterValue")], batch
one = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=30)["Messages"][0]
deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[{"Id": "x", "ReceiptHandle": one["ReceiptHandle"]}])
assert [entry["Id"] for entry in deleted["Successful"]] == ["x"]

fifo = sqs.create_queue(QueueName="f.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
numbers = [
    sqs.send_message(QueueUrl=fifo, MessageBody=text, MessageGroupId="g", MessageDeduplicationId=text)["SequenceNumber"]
    for text in "abca"
]
assert numbers[0] == numbers[3] and numbers[0] < numbers[1] < numbers[2]
ordered = sqs.receive_message(QueueUrl=fifo, MaxNumberOfMessages=10)["Messages"]
assert [message["Body"] for message in ordered] == ["a", "b", "c"]

assert code_of(sqs.get_queue_url, QueueName="none") == "AWS.SimpleQueueService.NonExistentQueue"
assert code_of(sqs.delete_message, QueueUrl=url, ReceiptHandle="x") == "ReceiptHandleIsInvalid"
assert code_of(sqs.create_queue, QueueName="jobs", Attributes={"DelaySeconds": "1"}) == "QueueAlreadyExists"
sqs.purge_queue(QueueUrl=url)
sqs.delete_queue(QueueUrl=url)
print(sqs.meta.service_model.metadata["protocol"], "done")
