// A system's name and what is derived from it. The folder, the CLI noun, the configuration prefix and the data folder
// are all the name itself.

import assert from 'node:assert/strict';

export type SystemNames = {
  /** `rate-limiter` */
  readonly name: string;
  /** `RateLimiter`, for types. */
  readonly Name: string;
  /** `rateLimiter`, for values. */
  readonly camel: string;
  /** `Rate limiter`, for headings. */
  readonly title: string;
  /** `cairn_rate_limiter`, for metrics. */
  readonly metricName: string;
};

/** Top-level keys of the configuration that are not a system's (DESIGN: "Keys"), and nouns of commands. */
const takenNames = ['data', 'host', 'region', 'account', 'engines', 'service', 'tls', 'up', 'config', 'help'];

export class InvalidSystemName extends Error {}

/** Throws InvalidSystemName. */
export function systemNames(name: string): SystemNames {
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(name))
    throw new InvalidSystemName(
      `could not take '${name}' as a name: wanted is kebab case, such as rate-limiter`,
    );
  if (takenNames.includes(name))
    throw new InvalidSystemName(
      `could not take '${name}' as a name: it is a setting or a command of its own`,
    );
  const words = name.split('-');
  const Name = words.map(capitalized).join('');
  return {
    name,
    Name,
    camel: Name[0]!.toLowerCase() + Name.slice(1),
    title: capitalized(words.join(' ')),
    metricName: `cairn_${words.join('_')}`,
  };
}

function capitalized(word: string): string {
  assert(word.length > 0);
  return word[0]!.toUpperCase() + word.slice(1);
}
