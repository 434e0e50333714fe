// How a web identity token is refused. The text of a token is never repeated: it may be good elsewhere.

import { IdentityError } from '../errors.ts';

/** `problem` goes on after "The token". */
export function invalidToken(problem: string, options?: { cause?: unknown }): IdentityError {
  return new IdentityError('InvalidIdentityToken', `The ID token provided ${problem}.`, options);
}
