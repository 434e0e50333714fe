// Which condition keys a request for an action has. A request may carry more than its action is about: a prefix in the
// query of a GetObject, a canned list in its headers. Whoever is let in by such a key for one action must not get in for
// all the others by sending it along, so they do not have it, as at Amazon.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html

export type KeyValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const listing = ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'];
const putting = ['s3:PutObject'];
const granting = [
  's3:PutObject',
  's3:PutObjectAcl',
  's3:PutObjectVersionAcl',
  's3:CreateBucket',
  's3:PutBucketAcl',
];
const locking = ['s3:PutObject', 's3:PutObjectRetention', 's3:PutObjectLegalHold'];

const tagging = ['s3:PutObject', 's3:PutObjectTagging', 's3:PutObjectVersionTagging'];

/** A key that does not stand here every action has. */
const actionsOfKeys: Readonly<Record<string, readonly string[]>> = {
  's3:prefix': listing,
  's3:delimiter': listing,
  's3:max-keys': listing,
  's3:x-amz-acl': granting,
  's3:x-amz-grant-full-control': granting,
  's3:x-amz-grant-read': granting,
  's3:x-amz-grant-read-acp': granting,
  's3:x-amz-grant-write': granting,
  's3:x-amz-grant-write-acp': granting,
  's3:x-amz-copy-source': putting,
  's3:x-amz-metadata-directive': putting,
  's3:x-amz-server-side-encryption': putting,
  's3:x-amz-server-side-encryption-aws-kms-key-id': putting,
  's3:x-amz-server-side-encryption-customer-algorithm': putting,
  's3:x-amz-storage-class': putting,
  's3:x-amz-website-redirect-location': putting,
  's3:x-amz-object-ownership': ['s3:CreateBucket'],
  's3:object-lock-mode': locking,
  's3:object-lock-legal-hold': locking,
  's3:object-lock-retain-until-date': locking,
  's3:object-lock-remaining-retention-days': locking,
  's3:if-match': ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
  's3:if-none-match': putting,
  's3:ObjectCreationOperation': putting,
};

/** Those of a request that a request for this action has. */
export function keysOfAction(action: string, keys: KeyValues): KeyValues {
  const kept = Object.entries(keys).filter(([key]) => actionsOf(key)?.includes(action) ?? true);
  return Object.fromEntries(kept);
}

/** Keys of tags are as many as there are tags, and in lower case. */
function actionsOf(key: string): readonly string[] | undefined {
  return actionsOfKeys[key] ?? (/^s3:requestobjecttag/i.test(key) ? tagging : undefined);
}
