// What the routes take and give, as schemas. The core checks names and sizes: it is the one that knows them.

import { z } from 'zod';

export const userName = z.string().describe('Name of a user');
export const policyName = z.string().describe('Name of a policy');
const time = z.int().describe('Milliseconds since the epoch');

export const nothing = z.strictObject({});

export const pageInput = z.strictObject({
  after: z.string().optional().describe('The `next` of the page before'),
  limit: z.int().optional().describe('Items of a page, 100 unless given, at most 1,000'),
});

export function pageOutput<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).readonly(),
    next: z.string().optional().describe('Absent from the last page'),
  });
}

export const userPath = z.string().describe('Part of the ARN; `/` unless given');

export const user = z.object({
  name: userName,
  id: z.string(),
  path: userPath,
  arn: z.string(),
  createdMs: time,
});

export const accessKey = z.object({
  user: userName,
  accessKeyId: z.string(),
  active: z.boolean(),
  createdMs: time,
  lastUsedMs: time.optional(),
});

export const policy = z.object({
  name: policyName,
  arn: z.string(),
  canned: z.boolean().describe('Comes with Cairn and cannot be changed'),
  defaultVersion: z.int().describe('Number of the version that is in effect'),
  description: z.string().optional(),
  createdMs: time.optional(),
  updatedMs: time.optional(),
});

export const policyDocument = z.record(z.string(), z.unknown()).describe('An IAM policy document');

export const userPolicies = z.object({
  attached: z.array(policyName).readonly(),
  inline: z.array(policyName).readonly(),
});

export const roleName = z.string().describe('Name of a role');
export const roleSettings = {
  description: z.string().optional(),
  sessionSecondsMax: z.int().optional().describe('Of its sessions, 3,600 to 43,200'),
};
export const role = z.object({
  name: roleName,
  id: z.string(),
  path: userPath,
  arn: z.string(),
  trustPolicy: policyDocument,
  description: z.string().optional(),
  sessionSecondsMax: z.int(),
  createdMs: time,
});

export const openIdProviderName = z.string().describe('URL of the provider without its scheme');
export const clientId = z.string().describe('Client of the provider for which its tokens are taken');
export const thumbprint = z.string().describe('SHA-1 of a certificate, in hexadecimal digits');
export const openIdProvider = z.object({
  name: openIdProviderName,
  id: z.string(),
  url: z.string(),
  arn: z.string(),
  clientIds: z.array(clientId).readonly(),
  thumbprints: z.array(thumbprint).readonly(),
  createdMs: time,
});

export const groupName = z.string().describe('Name of a group');
export const group = user.extend({ name: groupName });

export const token = z.object({
  id: z.string(),
  user: z.string().describe('Name of a user, or root'),
  accessKeyId: z.string(),
  issuedMs: time,
  expiresMs: time,
});

export const finding = z.object({ subject: z.string(), problem: z.string() });

export const inspection = z.object({
  account: z.string(),
  masterKeyId: z.string(),
  counts: z.object({
    users: z.int(),
    accessKeys: z.int(),
    policies: z.int(),
    inlinePolicies: z.int(),
    tokens: z.int(),
    roles: z.int(),
    groups: z.int(),
    openIdProviders: z.int(),
  }),
  user: user
    .extend({
      accessKeys: z.array(accessKey).readonly(),
      policies: userPolicies,
      groups: z.array(groupName).readonly(),
    })
    .optional(),
});
