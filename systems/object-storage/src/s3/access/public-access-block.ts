// A bucket's block of public access.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html

export type PublicAccessBlock = {
  /** Refuses new lists that let everyone in. */
  readonly blockPublicAcls: boolean;
  /** What lists give to everyone does not count. */
  readonly ignorePublicAcls: boolean;
  /** Refuses a new policy that lets everyone in. */
  readonly blockPublicPolicy: boolean;
  /** What a policy that lets everyone in allows does not count. */
  readonly restrictPublicBuckets: boolean;
};

export const noBlock: PublicAccessBlock = {
  blockPublicAcls: false,
  ignorePublicAcls: false,
  blockPublicPolicy: false,
  restrictPublicBuckets: false,
};
