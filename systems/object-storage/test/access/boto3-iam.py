"""IAM and STS as boto3 speaks them. Takes the endpoint; root's key is in the environment. Fails where an answer is not
what Amazon's would be."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
region = "eu-central-1"


def client(service, credentials=None):
    key = {}
    if credentials is not None:
        key = {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretAccessKey"],
            "aws_session_token": credentials.get("SessionToken"),
        }
    # IAM and STS take any region; S3 has its own.
    where = "us-east-1" if service == "s3" else region
    return boto3.client(service, endpoint_url=endpoint, region_name=where, **key)


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found == code, f"{found}, not {code}: {error}"
        assert error.response["ResponseMetadata"]["RequestId"]
        return error.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError(f"{call} was not refused with {code}")


def document(action, effect="Allow", **more):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, **more}]}
    )


iam, sts = client("iam"), client("sts")
account = sts.get_caller_identity()["Account"]
root = f"arn:aws:iam::{account}:root"
assert sts.get_caller_identity()["Arn"] == iam.get_user()["User"]["Arn"] == root

# Users, by any case of their names, in pages.
for name in ("carl", "Anna", "bert"):
    iam.create_user(UserName=name, Path="/team/" if name != "carl" else "/")
assert refused("EntityAlreadyExists", iam.create_user, UserName="ANNA") == 409
assert refused("NoSuchEntity", iam.get_user, UserName="nobody") == 404
assert refused("ValidationError", iam.create_user, UserName="no spaces") == 400
assert iam.get_user(UserName="anna")["User"]["Arn"] == f"arn:aws:iam::{account}:user/team/Anna"
pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
assert [user["UserName"] for page in pages for user in page["Users"]] == ["Anna", "bert", "carl"]
assert len(iam.list_users(PathPrefix="/team/")["Users"]) == 2
iam.update_user(UserName="bert", NewPath="/other/")
assert iam.get_user(UserName="bert")["User"]["Path"] == "/other/"
refused("InvalidInput", iam.update_user, UserName="bert", NewUserName="berta")

# Keys: the secret is shown once.
key = iam.create_access_key(UserName="anna")["AccessKey"]
listed = iam.list_access_keys(UserName="Anna")["AccessKeyMetadata"]
assert [each["AccessKeyId"] for each in listed] == [key["AccessKeyId"]]
assert "SecretAccessKey" not in json.dumps(listed, default=str)
iam.create_access_key(UserName="anna")
assert refused("LimitExceeded", iam.create_access_key, UserName="anna") == 409
last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
assert (last["UserName"], last["AccessKeyLastUsed"]["ServiceName"]) == ("Anna", "N/A")
refused("NoSuchEntity", iam.update_access_key, UserName="anna", AccessKeyId="A" * 20, Status="Active")
assert refused("LimitExceeded", iam.create_access_key) == 409
assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1

# Inline policies come back as they were given.
own = document("s3:*", Resource="*")
iam.put_user_policy(UserName="anna", PolicyName="own", PolicyDocument=own)
assert json.dumps(iam.get_user_policy(UserName="anna", PolicyName="own")["PolicyDocument"]) == own
assert iam.list_user_policies(UserName="anna")["PolicyNames"] == ["own"]
assert refused("MalformedPolicyDocument", iam.put_user_policy, UserName="anna", PolicyName="bad", PolicyDocument="{}") == 400
anna = client("s3", key)
anna.create_bucket(Bucket="annas")
iam.delete_user_policy(UserName="anna", PolicyName="own")

# Managed policies.
managed = iam.create_policy(PolicyName="reader", PolicyDocument=document("s3:Get*", Resource="*"))["Policy"]
assert managed["Arn"] == f"arn:aws:iam::{account}:policy/reader"
refused("EntityAlreadyExists", iam.create_policy, PolicyName="reader", PolicyDocument=own)
refused("ValidationError", iam.create_policy, PolicyName="x", Path="/p/", PolicyDocument=own)
version = iam.get_policy_version(PolicyArn=managed["Arn"], VersionId="v1")["PolicyVersion"]
assert version["Document"]["Statement"][0]["Action"] == "s3:Get*" and version["IsDefaultVersion"]

# Versions: five at most, no number twice, the default stays; a policy is deleted after the others.
versioned = iam.create_policy(PolicyName="versioned", PolicyDocument=own, Description="Of d\u00e9p\u00f4ts")["Policy"]
at = {"PolicyArn": versioned["Arn"]}
for number in (2, 3, 4, 5):
    made = iam.create_policy_version(**at, PolicyDocument=document(f"s3:{number}", Resource="*"), SetAsDefault=number == 4)
    assert made["PolicyVersion"]["VersionId"] == f"v{number}", made
    assert made["PolicyVersion"]["IsDefaultVersion"] == (number == 4)
assert refused("LimitExceeded", iam.create_policy_version, **at, PolicyDocument=own) == 409
assert refused("DeleteConflict", iam.delete_policy_version, **at, VersionId="v4") == 409
iam.delete_policy_version(**at, VersionId="v5")
assert iam.create_policy_version(**at, PolicyDocument=own)["PolicyVersion"]["VersionId"] == "v6"
assert refused("NoSuchEntity", iam.set_default_policy_version, **at, VersionId="v5") == 404
refused("ValidationError", iam.get_policy_version, **at, VersionId="v0")
refused("MalformedPolicyDocument", iam.create_policy_version, **at, PolicyDocument="{}")
for size in (1, 2, 100):
    pages = iam.get_paginator("list_policy_versions").paginate(**at, PaginationConfig={"PageSize": size})
    ids = [each["VersionId"] for page in pages for each in page["Versions"]]
    assert ids == ["v6", "v4", "v3", "v2", "v1"], ids
shown = iam.get_policy(**at)["Policy"]
assert (shown["DefaultVersionId"], shown["Description"]) == ("v4", "Of d\u00e9p\u00f4ts")
assert shown["UpdateDate"] >= shown["CreateDate"]
assert refused("DeleteConflict", iam.delete_policy, **at) == 409
for number in (1, 2, 3, 6):
    iam.delete_policy_version(**at, VersionId=f"v{number}")
iam.delete_policy(**at)
canned = "arn:aws:iam::aws:policy/AdministratorAccess"
refused("UnmodifiableEntity", iam.create_policy_version, PolicyArn=canned, PolicyDocument=own)
refused("ValidationError", iam.create_policy, PolicyName="x", PolicyDocument=own, Tags=[{"Key": "a", "Value": "b"}])
iam.attach_user_policy(UserName="anna", PolicyArn=managed["Arn"])
assert iam.list_attached_user_policies(UserName="anna")["AttachedPolicies"] == [
    {"PolicyName": "reader", "PolicyArn": managed["Arn"]}
]
assert iam.get_policy(PolicyArn=managed["Arn"])["Policy"]["AttachmentCount"] == 1
entities = iam.list_entities_for_policy(PolicyArn=managed["Arn"])
assert [user["UserName"] for user in entities["PolicyUsers"]] == ["Anna"]
assert refused("DeleteConflict", iam.delete_policy, PolicyArn=managed["Arn"]) == 409
assert refused("DeleteConflict", iam.delete_user, UserName="anna") == 409
refused("NoSuchEntity", iam.attach_user_policy, UserName="anna", PolicyArn="arn:aws:iam::aws:policy/None")
refused("InvalidInput", iam.attach_user_policy, UserName="anna", PolicyArn="arn:aws:iam::policy/reader1")
for size in (1, 2, 100):
    pages = iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": size})
    names = [policy["PolicyName"] for page in pages for policy in page["Policies"]]
    assert names[-1] == "reader" and len(names) == len(set(names)) == 6, names
assert len(iam.list_policies(Scope="Local")["Policies"]) == 1
iam.detach_user_policy(UserName="anna", PolicyArn=managed["Arn"])

# Who has no policy may do nothing here; who has one, that.
as_anna = client("iam", key)
assert refused("AccessDenied", as_anna.get_user) == 403
anna_arn = iam.get_user(UserName="anna")["User"]["Arn"]
iam.put_user_policy(UserName="anna", PolicyName="own", PolicyDocument=document(["iam:GetUser", "iam:AttachUserPolicy"], Resource=anna_arn))
assert as_anna.get_user()["User"]["UserName"] == "Anna"
for change in (as_anna.set_default_policy_version, as_anna.delete_policy_version):
    refused("AccessDenied", change, PolicyArn=managed["Arn"], VersionId="v1")
refused("AccessDenied", as_anna.create_policy_version, PolicyArn=managed["Arn"], PolicyDocument=own)
refused("AccessDenied", as_anna.get_user, UserName="bert")
refused("AccessDenied", as_anna.get_user, UserName="nobody")
only = {"ArnEquals": {"iam:PolicyARN": managed["Arn"]}}
iam.put_user_policy(UserName="anna", PolicyName="own", PolicyDocument=document("iam:*", Resource=anna_arn, Condition=only))
as_anna.attach_user_policy(UserName="Anna", PolicyArn=managed["Arn"])
refused("AccessDenied", as_anna.attach_user_policy, UserName="anna", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
assert client("sts", key).get_caller_identity()["Arn"] == anna_arn

# Groups: who is in one has its policies.
group = iam.create_group(GroupName="Staff", Path="/team/")["Group"]
assert group["Arn"] == f"arn:aws:iam::{account}:group/team/Staff"
refused("EntityAlreadyExists", iam.create_group, GroupName="STAFF")
iam.create_group(GroupName="alone")
pages = iam.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 1})
assert [each["GroupName"] for page in pages for each in page["Groups"]] == ["alone", "Staff"]
assert len(iam.list_groups(PathPrefix="/team/")["Groups"]) == 1
iam.delete_group(GroupName="alone")
iam.add_user_to_group(GroupName="staff", UserName="CARL")
iam.add_user_to_group(GroupName="staff", UserName="bert")
pages = iam.get_paginator("get_group").paginate(GroupName="staff", PaginationConfig={"PageSize": 1})
assert [user["UserName"] for page in pages for user in page["Users"]] == ["bert", "carl"]
assert iam.list_groups_for_user(UserName="carl")["Groups"] == [group]
iam.remove_user_from_group(GroupName="staff", UserName="bert")
refused("NoSuchEntity", iam.remove_user_from_group, GroupName="staff", UserName="bert")
carls_key = iam.create_access_key(UserName="carl")["AccessKey"]
refused("AccessDenied", client("iam", carls_key).list_users)
users = document("iam:ListUsers", Resource="*")
iam.put_group_policy(GroupName="Staff", PolicyName="own", PolicyDocument=users)
assert len(client("iam", carls_key).list_users()["Users"]) == 3
assert json.dumps(iam.get_group_policy(GroupName="Staff", PolicyName="own")["PolicyDocument"]) == users
iam.attach_group_policy(GroupName="Staff", PolicyArn=managed["Arn"])
assert [group["GroupName"] for group in iam.list_entities_for_policy(PolicyArn=managed["Arn"])["PolicyGroups"]] == ["Staff"]
assert iam.get_policy(PolicyArn=managed["Arn"])["Policy"]["AttachmentCount"] == 2
assert len(iam.list_attached_group_policies(GroupName="Staff")["AttachedPolicies"]) == 1
iam.update_group(GroupName="Staff", NewGroupName="crew", NewPath="/")
assert iam.get_group(GroupName="crew")["Group"]["GroupId"] == group["GroupId"]
assert iam.get_account_summary()["SummaryMap"]["Groups"] == 1
iam.detach_group_policy(GroupName="crew", PolicyArn=managed["Arn"])
assert iam.list_group_policies(GroupName="crew")["PolicyNames"] == ["own"]
assert refused("DeleteConflict", iam.delete_group, GroupName="crew") == 409

# Roles, and what taking one on gives.
trust = document("sts:AssumeRole", Principal={"AWS": anna_arn})
role = iam.create_role(RoleName="Ops", AssumeRolePolicyDocument=trust, Description="on call", MaxSessionDuration=7200)["Role"]
assert role["AssumeRolePolicyDocument"] == json.loads(trust)
assert refused("MalformedPolicyDocument", iam.create_role, RoleName="x", AssumeRolePolicyDocument=own) == 400
refused("EntityAlreadyExists", iam.create_role, RoleName="ops", AssumeRolePolicyDocument=trust)
assert [each["RoleName"] for each in iam.list_roles()["Roles"]] == ["Ops"]
iam.update_role(RoleName="Ops", MaxSessionDuration=3600)
iam.put_role_policy(RoleName="ops", PolicyName="own", PolicyDocument=document("s3:*", Resource="*"))
assert iam.list_role_policies(RoleName="Ops")["PolicyNames"] == ["own"]
assert iam.get_role_policy(RoleName="Ops", PolicyName="own")["PolicyDocument"]["Statement"][0]["Action"] == "s3:*"
iam.attach_role_policy(RoleName="Ops", PolicyArn=managed["Arn"])
assert len(iam.list_attached_role_policies(RoleName="Ops")["AttachedPolicies"]) == 1
assert refused("DeleteConflict", iam.delete_role, RoleName="Ops") == 409
take = {"RoleArn": role["Arn"], "RoleSessionName": "night"}
assert refused("AccessDenied", sts.assume_role, **take) == 403
taken = client("sts", key).assume_role(**take)
assert taken["AssumedRoleUser"]["AssumedRoleId"] == f"{role['RoleId']}:night"
as_role = taken["Credentials"]
assert client("sts", as_role).get_caller_identity()["Arn"].endswith(":assumed-role/Ops/night")
refused("ValidationError", client("sts", key).assume_role, **take, DurationSeconds=3601)
refused("AccessDenied", client("iam", as_role).list_users)
s3 = client("s3", as_role)
s3.create_bucket(Bucket="of-the-role")
s3.put_object(Bucket="of-the-role", Key="a", Body=b"night")
assert client("s3").get_bucket_acl(Bucket="of-the-role")["Owner"]["ID"] == account
less = client("sts", key).assume_role(**take, Policy=document("s3:GetObject", Resource="*"))["Credentials"]
assert client("s3", less).get_object(Bucket="of-the-role", Key="a")["Body"].read() == b"night"
refused("AccessDenied", client("s3", less).put_object, Bucket="of-the-role", Key="b", Body=b"")
iam.update_assume_role_policy(RoleName="Ops", PolicyDocument=document("sts:AssumeRole", "Deny", Principal={"AWS": anna_arn}))
refused("AccessDenied", client("sts", key).assume_role, **take)
# Nothing of a role is a ground but its policies: it made this bucket, and may do no more with it than they say.
iam.delete_role_policy(RoleName="Ops", PolicyName="own")
refused("AccessDenied", s3.put_object, Bucket="of-the-role", Key="c", Body=b"")
assert s3.get_object(Bucket="of-the-role", Key="a")["Body"].read() == b"night"

# Session tokens.
own_session = client("sts", key).get_session_token(DurationSeconds=900)["Credentials"]
refused("AccessDenied", client("sts", own_session).get_session_token)
assert refused("InvalidClientTokenId", client("iam", own_session).get_user) == 403
tampered = {**own_session, "SessionToken": own_session["SessionToken"][:-2] + "AA"}
assert refused("InvalidClientTokenId", client("sts", tampered).get_caller_identity) == 403
refused("InvalidToken", client("s3", tampered).list_buckets)

# Everything goes, and takes what it gave along.
iam.update_access_key(UserName="anna", AccessKeyId=key["AccessKeyId"], Status="Inactive")
assert refused("InvalidClientTokenId", client("sts", key).get_caller_identity) == 403
refused("InvalidClientTokenId", client("sts", own_session).get_caller_identity)
refused("InvalidToken", s3.list_buckets)
iam.detach_role_policy(RoleName="Ops", PolicyArn=managed["Arn"])
iam.delete_role(RoleName="Ops")
iam.detach_user_policy(UserName="anna", PolicyArn=managed["Arn"])
iam.delete_policy(PolicyArn=managed["Arn"])
iam.delete_user_policy(UserName="anna", PolicyName="own")
for each in iam.list_access_keys(UserName="anna")["AccessKeyMetadata"]:
    iam.delete_access_key(UserName="anna", AccessKeyId=each["AccessKeyId"])
iam.delete_user(UserName="anna")
iam.delete_group_policy(GroupName="crew", PolicyName="own")
refused("AccessDenied", client("iam", carls_key).list_users)
iam.remove_user_from_group(GroupName="crew", UserName="carl")
iam.delete_group(GroupName="CREW")
assert iam.list_groups()["Groups"] == []
assert iam.list_groups_for_user(UserName="carl")["Groups"] == []
summary = iam.get_account_summary()["SummaryMap"]
assert (summary["Users"], summary["Roles"], summary["Policies"]) == (2, 0, 0)
print("done")
