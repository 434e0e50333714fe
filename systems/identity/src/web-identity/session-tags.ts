// Session tags that a token brings along, in the claim `https://aws.amazon.com/tags`:
//
//   { "principal_tags": { "Department": ["Engineering"] }, "transitive_tag_keys": ["Department"] }
//
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
//
// AWS takes one value of each key; several, as radosgw takes them, make a condition key with several values. Keys that
// differ only in case are one key to a policy, so they are refused.

import { sessionTagKeyCharactersMax, sessionTagsMax, sessionTagValueCharactersMax } from '../limits.ts';
import { invalidToken } from './invalid-token.ts';

export type SessionTags = {
  readonly values: Readonly<Record<string, readonly string[]>>;
  /** Keys of those that go along when a role is taken on from this session. */
  readonly transitive: readonly string[];
};

export const noTags: SessionTags = { values: {}, transitive: [] };

const claimName = 'https://aws.amazon.com/tags';
const tagForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws InvalidIdentityToken. */
export function sessionTagsOf(claims: Readonly<Record<string, unknown>>): SessionTags {
  const claim = claims[claimName];
  if (claim === undefined) return noTags;
  const { principal_tags: given = {}, transitive_tag_keys: transitive = [] } = recordOf(claim);
  const entries = entriesOf(given);
  const keys = entries.map(([key]) => key);
  const count = entries.reduce((sum, [, values]) => sum + values.length, 0);
  if (count > sessionTagsMax) throw invalidToken(`has more than ${sessionTagsMax} session tags`);
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
    throw invalidToken('has session tags whose keys differ only in case');
  for (const [key, values] of entries) requireTag(key, values);
  const goAlong: readonly unknown[] = Array.isArray(transitive) ? transitive : [transitive];
  if (!goAlong.every((key): key is string => typeof key === 'string' && keys.includes(key)))
    throw invalidToken('has transitive tag keys that are keys of no tag');
  return { values: Object.fromEntries(entries), transitive: goAlong };
}

/** What a session passes on to one that it makes. */
export function transitiveTags({ values, transitive }: SessionTags): SessionTags {
  return { values: Object.fromEntries(transitive.map((key) => [key, values[key]!])), transitive };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>;
  throw invalidToken('has session tags that are no JSON object');
}

function entriesOf(given: unknown): [key: string, values: readonly string[]][] {
  return Object.entries(recordOf(given)).map(([key, value]) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (values.length > 0 && values.every((each) => typeof each === 'string')) return [key, values];
    throw invalidToken('has a session tag without a value, or with one that is no text');
  });
}

function requireTag(key: string, values: readonly string[]): void {
  const problem =
    (key === '' && 'without a key') ||
    (key.length > sessionTagKeyCharactersMax && 'with a key that is too long') ||
    (/^aws:/i.test(key) && 'with a key that begins with aws:') ||
    (!tagForm.test(key) && 'with a key of other characters than tags have') ||
    (values.some((value) => value.length > sessionTagValueCharactersMax) &&
      'with a value that is too long') ||
    (values.some((value) => !tagForm.test(value)) && 'with a value of other characters than tags have');
  if (problem !== false) throw invalidToken(`has a session tag ${problem}`);
}
