// What the cluster is: one broker, which coordinates everything.

import { kafkaErrors } from '../../errors.ts';
import type { ResourceType } from '../security/operations.ts';
import { type BrokerParts, nodeId } from './broker-parts.ts';
import type { Handler, HandlerContext } from './handler.ts';
import { noError, type Refusal, refusal } from './refusals.ts';

const noOperations = -(2 ** 31);

/** Where the client finds the broker: what is advertised, else where it reached us. */
export function brokerAddress(
  { advertised }: Pick<BrokerParts, 'advertised'>,
  { local }: Pick<HandlerContext, 'local'>,
): { readonly host: string; readonly port: number } {
  return advertised ?? local;
}

export function describeClusterHandler(parts: BrokerParts): Handler<'describeCluster'> {
  return async (request, context) => {
    const { includeClusterAuthorizedOperations, endpointType } = request;
    const isAllowed = await context.access.allowsCluster('describe');
    const operations = includeClusterAuthorizedOperations && isAllowed;
    const common = { throttleTimeMs: 0, endpointType, clusterId: parts.clusterId };
    // Of controllers there are none apart.
    if (endpointType !== 1 && context.version >= 1)
      return { ...common, ...refusal('INVALID_REQUEST', 'only brokers are described'), brokers: [] };
    return {
      ...common,
      ...noError,
      controllerId: nodeId,
      brokers: [{ brokerId: nodeId, ...brokerAddress(parts, context), rack: null, isFenced: false }],
      clusterAuthorizedOperations: operations ? await context.access.operations('cluster', '') : noOperations,
    };
  };
}

/** As the protocol numbers what is coordinated. */
const coordinated: Readonly<Record<number, ResourceType>> = { 0: 'group', 1: 'transactionalId' };

export function findCoordinatorHandler(parts: BrokerParts): Handler<'findCoordinator'> {
  return async ({ key, keyType, coordinatorKeys }, context) => {
    const address = { nodeId, ...brokerAddress(parts, context) };
    const nowhere = { nodeId: -1, host: '', port: -1 };
    const find = async (name: string) => {
      const refused = await refusalOfKey(name, keyType, context);
      return { ...refused, ...(refused.errorCode === kafkaErrors.NONE.code ? address : nowhere) };
    };
    if (context.version <= 3) return { throttleTimeMs: 0, ...(await find(key)) };
    const coordinators = [];
    for (const name of coordinatorKeys) coordinators.push({ key: name, ...(await find(name)) });
    return { throttleTimeMs: 0, coordinators };
  };
}

async function refusalOfKey(name: string, keyType: number, { access }: HandlerContext): Promise<Refusal> {
  const type = coordinated[keyType];
  if (type === undefined) return refusal('INVALID_REQUEST', `nothing of type ${keyType} is coordinated`);
  if (await access.allows(type, name, 'describe')) return noError;
  return refusal(type === 'group' ? 'GROUP_AUTHORIZATION_FAILED' : 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
}
