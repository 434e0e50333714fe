# What pytest is told about Ceph's s3-tests, whose checkout stays as it is: a region where the suite has an empty one, which
# boto3 refuses; the test that wants to find no bucket before those that leave some behind; which tests the suite itself says
# that Amazon fails, for the report.

import boto3

REGION = "us-east-1"
FIRST = "test_list_buckets_paginated"
MARK = "fails_on_aws"

make_client = boto3.client


def client(*arguments, **options):
    if options.get("region_name") == "":
        options["region_name"] = REGION
    return make_client(*arguments, **options)


boto3.client = client


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.name != FIRST)
    for item in items:
        if item.get_closest_marker(MARK) is not None:
            item.user_properties.append((MARK, True))
