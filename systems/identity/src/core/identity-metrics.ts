// What identity counts.

import type { Principal } from '@cairn/service';
import type { Metrics } from '@cairn/telemetry';
import type { Decision } from '../policy/evaluate.ts';

export type IdentityMetrics = {
  /** Counts, and gives back what it was given. */
  authenticated(principal: Principal | undefined): Principal | undefined;
  authorized<D extends Decision | Promise<Decision>>(decision: D): D;
};

export function identityMetrics(metrics: Metrics): IdentityMetrics {
  const authentications = metrics.counter('cairn_identity_authentications_total', {
    help: 'Authorization headers of the management API, by whether they proved who sent them.',
    labels: ['outcome'],
  });
  const authorizations = metrics.counter('cairn_identity_authorizations_total', {
    help: 'Decisions about requests of every protocol.',
    labels: ['decision'],
  });
  const [accepted, refused] = [
    authentications.with({ outcome: 'accepted' }),
    authentications.with({ outcome: 'refused' }),
  ];
  const byDecision = {
    allow: authorizations.with({ decision: 'allow' }),
    'explicit-deny': authorizations.with({ decision: 'explicit-deny' }),
    'implicit-deny': authorizations.with({ decision: 'implicit-deny' }),
  };
  const count = ({ decision }: Decision) => byDecision[decision].add(1);
  return {
    authenticated(principal) {
      (principal === undefined ? refused : accepted).add(1);
      return principal;
    },
    authorized(decision) {
      // A decision that failed is counted where its error is.
      if (decision instanceof Promise) decision.then(count, () => {});
      else count(decision);
      return decision;
    },
  };
}
