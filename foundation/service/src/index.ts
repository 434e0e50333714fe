export type { Api, ApiOptions } from './api/create-api.ts';
export { ApiError, type ApiErrorCode, apiErrorStatuses } from './api-error.ts';
export {
  type ApiCaller,
  type ApiRoute,
  type ApiStreamCaller,
  type ApiStreamRoute,
  type Authenticator,
  type ConditionKeys,
  conditionKeys,
  defineRoute,
  defineStreamRoute,
  type Principal,
  type PrincipalSession,
} from './api-route.ts';
export { ConfigurationError, type ConfigurationProblem } from './configuration/configuration-error.ts';
export { type ConfigurationInput, defineConfig, defineConfigOf } from './configuration/define-config.ts';
export type { Environment } from './configuration/environment-source.ts';
export {
  type ConfigurationKey,
  configurationKeys,
  type ExplainedKey,
  explainConfiguration,
} from './configuration/explain-configuration.ts';
export type { ConfigurationFlags } from './configuration/flag-source.ts';
export {
  type Configuration,
  engineUrl,
  type LoadConfigurationOptions,
  loadConfiguration,
} from './configuration/load-configuration.ts';
export { nearestName } from './configuration/nearest-name.ts';
export { type EnginePort, enginePorts, type Settings } from './configuration/settings.ts';
export type { SystemStatus } from './health/check-health.ts';
export type { Exchange } from './http/exchange.ts';
export { HttpServer, type HttpServerOptions, type ProblemAnswer } from './http/http-server.ts';
export { drainBytesMax, type HttpLimits } from './http/limits.ts';
export { HttpProblem, type HttpProblemKind } from './http/message/http-problem.ts';
export type { RequestHead } from './http/message/request-head.ts';
export { type FieldLines, fieldLines } from './http/message/response-head.ts';
export type { RequestBody } from './http/request-body.ts';
export { OutputLost } from './http/socket-output.ts';
export { TurnBudget } from './http/turn-budget.ts';
export type { HttpMount } from './http-mount.ts';
export { systemOf } from './lifecycle/choose-systems.ts';
export { type RepairSystemOptions, repairSystem } from './lifecycle/repair-system.ts';
export { type RunningService, type StartServiceOptions, startService } from './lifecycle/start-service.ts';
export { type SignalSource, stopOnSignals } from './lifecycle/stop-on-signals.ts';
export { readAnnouncement } from './lifecycle/take-data-folder.ts';
export {
  createListener,
  defaultListenerLimits,
  type Listener,
  type ListenerLimits,
  type ListenerOptions,
} from './listener/create-listener.ts';
export {
  closeGracefully,
  isLoopbackHost,
  type ListenAddress,
  type ListenOptions,
  listen,
} from './listener/listen.ts';
export { ownBufferSocket, type ReceivesBytes } from './listener/own-buffer-socket.ts';
export { followTlsSource, tlsServerOptions } from './listener/tls-server.ts';
export type {
  Endpoint,
  RepairOptions,
  RunningSystem,
  ServiceSettings,
  SystemContext,
  SystemDefinition,
  SystemHealth,
  TlsSource,
} from './system-definition.ts';
export { type OpenTlsSource, openTlsSource } from './tls/open-tls-source.ts';
export { UnusableStart, type UnusableStartCode, unusableStartExitCodes } from './unusable-start.ts';
