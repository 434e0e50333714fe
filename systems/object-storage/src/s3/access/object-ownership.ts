// Object ownership: who owns what others put into a bucket, and whether access control lists count in it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
//
//   BucketOwnerEnforced    the bucket's owner owns all; lists are switched off
//   BucketOwnerPreferred   the writer, unless he gives the bucket's owner full control by the canned list for that
//   ObjectWriter           the writer

export const objectOwnerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

export type ObjectOwnership = (typeof objectOwnerships)[number];

export function isObjectOwnership(text: string): text is ObjectOwnership {
  return objectOwnerships.some((known) => known === text);
}

/** Of buckets that have no setting, unless configuration says else: DESIGN.md, "Owners", argues it. */
export const objectOwnershipDefault: ObjectOwnership = 'ObjectWriter';
