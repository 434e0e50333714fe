// All that is wrong with a configuration, told at once: each problem names the key, its value, what is wanted, and
// where the value came from.

import { UnusableStart } from '../unusable-start.ts';
import { nearestName } from './nearest-name.ts';

export type ConfigurationProblem = {
  /** As the source writes it: `service.port`, or the name of a variable. */
  readonly key: string;
  /** `default`, a file, `environment CAIRN_X`, `flag --set`. */
  readonly origin: string;
  readonly message: string;
};

export class ConfigurationError extends UnusableStart {
  readonly problems: readonly ConfigurationProblem[];

  constructor(problems: readonly ConfigurationProblem[], options?: { cause?: unknown }) {
    super('configuration', problems.map((problem) => problem.message).join('\n'), options);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

/** A key that nothing knows, with the nearest that exists, or else those that could have stood there. */
export function unknownKey(
  key: string,
  options: {
    readonly origin: string;
    readonly candidates: readonly string[];
    readonly siblings: readonly string[];
  },
): ConfigurationProblem {
  const nearest = nearestName(key, options.candidates);
  const hint =
    nearest === undefined ? `known are ${options.siblings.join(', ')}` : `did you mean '${nearest}'?`;
  return { key, origin: options.origin, message: `unknown key '${key}' (${options.origin}): ${hint}` };
}
