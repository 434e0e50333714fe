// What the SQS edge needs of identity, which satisfies it as it is.

import type { Identity } from '@cairn/identity';

export type SqsIdentity = Pick<Identity, 'findAccessKey' | 'findSession' | 'authorize'>;
