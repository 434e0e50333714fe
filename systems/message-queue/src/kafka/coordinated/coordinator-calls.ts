// What coordinators serve, as the edge calls it: the decoded request and who sent it in, the response out.

import type { GroupConfigs } from '../../groups/configs/group-configs.ts';
import type { GroupFilters } from '../../groups/configs/group-filters.ts';
import type { DescribedTopics, TopicsToDescribe } from '../../groups/group-context.ts';
import type { ApiName, Handler } from '../handlers/handler.ts';

export type CoordinatorContext = {
  readonly clientId: string;
  readonly clientHost: string;
  /** Of the request: some answers differ by it. */
  readonly version: number;
  /** Of heartbeats of consumer groups: whose they are, and what was asked of that user before. */
  readonly user?: string;
  readonly described?: DescribedTopics;
};

type RequestOf<Name extends ApiName> = Parameters<Handler<Name>>[0];
type ResponseOf<Name extends ApiName> = Exclude<Awaited<ReturnType<Handler<Name>>>, undefined>;

type Calls<Names extends ApiName> = {
  readonly [Name in Names]: (
    request: RequestOf<Name>,
    context: CoordinatorContext,
  ) => ResponseOf<Name> | Promise<ResponseOf<Name>>;
};

export type GroupCalls = Calls<
  | 'joinGroup'
  | 'syncGroup'
  | 'heartbeat'
  | 'leaveGroup'
  | 'offsetCommit'
  | 'offsetFetch'
  | 'offsetDelete'
  | 'listGroups'
  | 'describeGroups'
  | 'deleteGroups'
  | 'consumerGroupHeartbeat'
  | 'consumerGroupDescribe'
> & {
  topicsToDescribe(
    request: RequestOf<'consumerGroupHeartbeat'>,
    who: { readonly user: string; readonly clientHost: string },
  ): TopicsToDescribe | ResponseOf<'consumerGroupHeartbeat'> | undefined;
  readonly configs?: GroupConfigs;
  readonly filters?: Pick<GroupFilters, 'ofFetch'>;
};

export type TransactionCalls = Calls<
  | 'initProducerId'
  | 'addPartitionsToTxn'
  | 'addOffsetsToTxn'
  | 'endTxn'
  | 'txnOffsetCommit'
  | 'describeTransactions'
  | 'listTransactions'
>;
