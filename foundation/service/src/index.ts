export { ApiError, type ApiErrorCode, apiErrorStatuses } from './api-error.ts';
export {
  type ApiCaller,
  type ApiRoute,
  type Authenticator,
  defineRoute,
  type Principal,
} from './api-route.ts';
export type { HttpMount } from './http-mount.ts';
export type {
  Endpoint,
  RunningSystem,
  ServiceSettings,
  SystemContext,
  SystemDefinition,
  SystemHealth,
  TlsSource,
} from './system-definition.ts';
