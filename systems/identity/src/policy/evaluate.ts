// Decides a request by policies, with AWS's rules for one account: a Deny that matches wins over everything, else one
// Allow suffices, else it is denied.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

import type { Principal } from '@cairn/service';
import type { CompiledPolicy } from './parse-policy.ts';
import { type ContextRecord, RequestContext } from './request-context.ts';
import type { CompiledStatement } from './statement.ts';

export type PolicyRequest = {
  readonly principal: Principal;
  /** `service:Operation`, in any case. */
  readonly action: string;
  /** The ARN of what it acts on; `*` for operations that act on nothing in particular. Taken literally. */
  readonly resource: string;
  /** Condition keys in any case; a function is called only when a policy asks for one. */
  readonly context?: ContextRecord | (() => ContextRecord) | undefined;
};

export type Decision = {
  readonly decision: 'allow' | 'explicit-deny' | 'implicit-deny';
  /** What decided; absent from an implicit deny and from what root is allowed without asking. */
  readonly statement?: StatementReference;
};

export type StatementReference = {
  readonly policy: string | undefined;
  readonly sid: string | undefined;
  /** Counted from 0. */
  readonly index: number;
};

/**
 * Decides by all policies that apply to the request: those of the principal and those of the resource together.
 *
 *   const policy = parsePolicy(text, { kind: 'identity' });
 *   evaluate({ policies: [policy], request: { principal, action: 's3:GetObject', resource: 'arn:aws:s3:::photos/a' } });
 */
export function evaluate({
  policies,
  request,
}: {
  policies: readonly CompiledPolicy[];
  request: PolicyRequest;
}): Decision {
  const question: Question = {
    principal: request.principal,
    action: request.action.toLowerCase(),
    resource: request.resource,
    context: new RequestContext(request.context),
  };
  let allowed: Decision | undefined;
  for (const policy of policies)
    for (const [index, statement] of policy.statements.entries()) {
      // An Allow behind an Allow cannot change anything; only Deny is looked for from there on.
      if ((allowed !== undefined && statement.effect === 'Allow') || !applies(statement, question)) continue;
      const reference = { policy: policy.name, sid: statement.sid, index };
      if (statement.effect === 'Deny') return { decision: 'explicit-deny', statement: reference };
      allowed = { decision: 'allow', statement: reference };
    }
  return allowed ?? { decision: 'implicit-deny' };
}

type Question = {
  readonly principal: Principal;
  readonly action: string;
  readonly resource: string;
  readonly context: RequestContext;
};

function applies(statement: CompiledStatement, { principal, action, resource, context }: Question): boolean {
  if (!statement.action.covers(action) || !statement.resource.covers(resource, context)) return false;
  const match = statement.matchPrincipal(principal);
  if (match === 'none' || (match === 'account' && statement.effect === 'Allow')) return false;
  return statement.conditions.every((holds) => holds(context));
}
