// Who asks, in the tests of policies.

import type { Principal } from '@cairn/service';

export const account = '000000000000';

export const anna: Principal = {
  type: 'user',
  name: 'anna',
  arn: `arn:aws:iam::${account}:user/anna`,
  accessKeyId: 'CAIRNAAAAAAAAAAAAAAA',
};
export const root: Principal = {
  type: 'root',
  name: 'root',
  arn: `arn:aws:iam::${account}:root`,
  accessKeyId: 'CAIRNROOTROOTROOTROO',
};
export const anonymous: Principal = {
  type: 'anonymous',
  name: 'anonymous',
  arn: '*',
  accessKeyId: undefined,
};
