// The policies that come with Cairn, under the names and ARNs that AWS gives them. They cannot be changed or deleted.

const document = (actions: readonly string[]): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }],
  });

/** Documents by policy name. */
export const cannedPolicies = {
  AdministratorAccess: document(['*']),
  AmazonS3FullAccess: document(['s3:*']),
  AmazonS3ReadOnlyAccess: document(['s3:Get*', 's3:List*', 's3:Describe*']),
  IAMFullAccess: document(['iam:*']),
  IAMReadOnlyAccess: document(['iam:Get*', 'iam:List*', 'iam:Generate*', 'iam:Simulate*']),
} as const satisfies Record<string, string>;

export type CannedPolicyName = keyof typeof cannedPolicies;

export function isCannedPolicy(name: string): name is CannedPolicyName {
  return Object.hasOwn(cannedPolicies, name);
}
