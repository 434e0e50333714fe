// The policies of a role or a group: managed ones that are attached, and inline ones that belong to it. The rules are the
// same for both; only the rows that they hang on differ.

import type { Transaction } from '@cairn/engines';
import { findPolicy } from './policies.ts';
import type { NamedDocument } from './user-policies.ts';

export type HeldPolicies<Holder> = {
  readonly holder: Holder;
  readonly attached: readonly string[];
  readonly inline: readonly NamedDocument[];
};

export type ChangeHeldPolicyOutcome = 'changed' | 'NoSuchHolder' | 'NoSuchPolicy' | 'LimitExceeded';

/** The statements on the rows of one kind of holder. */
export type HolderRows<Holder> = {
  readonly find: (input: { name: string }) => Transaction<Holder | undefined>;
  readonly attached: (holder: Holder) => Transaction<readonly { readonly policy: string }[]>;
  readonly attach: (holder: Holder, policy: string) => Transaction<number>;
  readonly detach: (holder: Holder, policy: string) => Transaction<number>;
  readonly inline: (holder: Holder) => Transaction<readonly NamedDocument[]>;
  readonly put: (holder: Holder, policy: NamedDocument) => Transaction<number>;
  readonly remove: (holder: Holder, name: string) => Transaction<number>;
};

export function heldPolicies<Holder>(rows: HolderRows<Holder>) {
  /** Undefined when there is no such holder. */
  function* policies(input: { name: string }): Transaction<HeldPolicies<Holder> | undefined> {
    const holder = yield* rows.find(input);
    if (holder === undefined) return undefined;
    const attached = yield* rows.attached(holder);
    const inline = yield* rows.inline(holder);
    return { holder, attached: attached.map(({ policy }) => policy), inline };
  }

  return {
    policies,

    /** Idempotent. A canned policy is there without a row. */
    *attach(input: {
      holder: string;
      policy: string;
      canned: boolean;
      attachedMax: number;
    }): Transaction<ChangeHeldPolicyOutcome> {
      const { policy, canned, attachedMax } = input;
      const found = yield* policies({ name: input.holder });
      if (found === undefined) return 'NoSuchHolder';
      if (!canned && (yield* findPolicy({ name: policy })) === undefined) return 'NoSuchPolicy';
      if (found.attached.includes(policy)) return 'changed';
      if (found.attached.length >= attachedMax) return 'LimitExceeded';
      yield* rows.attach(found.holder, policy);
      return 'changed';
    },

    *detach(input: { holder: string; policy: string }): Transaction<ChangeHeldPolicyOutcome> {
      const holder = yield* rows.find({ name: input.holder });
      if (holder === undefined) return 'NoSuchHolder';
      return (yield* rows.detach(holder, input.policy)) > 0 ? 'changed' : 'NoSuchPolicy';
    },

    /** Creates or replaces. */
    *put(input: {
      holder: string;
      name: string;
      document: string;
      policiesMax: number;
    }): Transaction<ChangeHeldPolicyOutcome> {
      const { name, document, policiesMax } = input;
      const found = yield* policies({ name: input.holder });
      if (found === undefined) return 'NoSuchHolder';
      const isNew = !found.inline.some((policy) => policy.name === name);
      if (isNew && found.inline.length >= policiesMax) return 'LimitExceeded';
      yield* rows.put(found.holder, { name, document });
      return 'changed';
    },

    *remove(input: { holder: string; name: string }): Transaction<ChangeHeldPolicyOutcome> {
      const holder = yield* rows.find({ name: input.holder });
      if (holder === undefined) return 'NoSuchHolder';
      return (yield* rows.remove(holder, input.name)) > 0 ? 'changed' : 'NoSuchPolicy';
    },
  };
}
