// How a policy document is refused. The messages begin with AWS's own sentence, so that who knows it recognises it;
// where AWS says no more than "Syntax errors in policy." the place and what is wanted there follow.

import { IdentityError } from '../errors.ts';

/** A sentence of AWS's as it is. */
export function malformed(message: string): IdentityError {
  return new IdentityError('MalformedPolicyDocument', message);
}

/** `place` is the path of the element (`Statement[2].Effect`), `wanted` what belongs there. */
export function syntaxError({ place, wanted }: { place: string; wanted: string }): IdentityError {
  return malformed(`Syntax errors in policy. (${place}: ${wanted})`);
}

/** A value of the document for a message: short, and on one line. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
