// Whether a statement of a bucket's policy lets everyone in. Amazon's meaning of it: an Allow for everyone is public
// unless a condition holds it to fixed values, without wildcards, of something that says who or where from.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status

/** A statement of a policy that compiles: its members are of the right types. */
export type PolicyStatement = Readonly<Record<string, unknown>>;

export function isPublicStatement({ Effect, Principal, Condition }: PolicyStatement): boolean {
  if (Effect !== 'Allow' || !isEveryone(Principal)) return false;
  const operators = Object.entries((Condition ?? {}) as Conditions);
  return !operators.some(([operator, keys]) =>
    Object.entries(keys).some(([key, values]) => narrows({ operator, key, values })),
  );
}

type Conditions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function isEveryone(principal: unknown): boolean {
  if (principal === '*') return true;
  const named = (principal as { AWS?: unknown } | undefined)?.AWS;
  return (Array.isArray(named) ? named : [named]).includes('*');
}

/** An operator with `IfExists` lets those in who do not have the key at all, and a negated one all but a few. */
const narrowing: ReadonlySet<string> = new Set(
  ['StringEquals', 'StringEqualsIgnoreCase', 'StringLike', 'ArnEquals', 'ArnLike', 'IpAddress'].flatMap(
    (name) => [name, `ForAnyValue:${name}`],
  ),
);

/** By lower-case name; those that say who asks, or from where. */
const fixing: ReadonlySet<string> = new Set([
  'aws:sourceip',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:vpcsourceip',
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:userid',
  'aws:username',
]);

function narrows({ operator, key, values }: { operator: string; key: string; values: unknown }): boolean {
  const name = key.toLowerCase();
  if (!narrowing.has(operator) || !fixing.has(name)) return false;
  const list = (Array.isArray(values) ? values : [values]).map(String);
  const isAddress = name === 'aws:sourceip' || name === 'aws:vpcsourceip';
  return list.length > 0 && list.every((value) => isFixed(value) && (!isAddress || isNarrowRange(value)));
}

/** The id of an anonymous client is that of all of them. */
function isFixed(value: string): boolean {
  return value !== 'anonymous' && !value.includes('*') && !value.includes('?') && !value.includes('${');
}

/** Wider than /8 of IPv4 or /32 of IPv6 is everyone. */
function isNarrowRange(value: string): boolean {
  const [address = '', prefix] = value.split('/');
  return prefix === undefined || Number(prefix) >= (address.includes(':') ? 32 : 8);
}
