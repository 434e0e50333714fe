// What one value of a condition is compiled to: a test of one value of the request.

import type { RequestContext } from '../request-context.ts';

export type ValueTest = (actual: string, context: RequestContext) => boolean;

/** Compiles a value of the policy; undefined when the operator cannot take it. */
export type CompileValue = (
  expected: string,
  options: { readonly variables: boolean },
) => ValueTest | undefined;
