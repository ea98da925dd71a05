export { checkHeaders, checkShape } from './check-call.ts';
export { fairGroup } from './fair-group.ts';
export {
  bodyNeededUntil,
  checkHasPlace,
  findLargeBody,
  isExternal,
  putAway,
  refusalOfSize,
  type WrittenCall,
  withReference,
} from './large-body.ts';
export {
  anyForm,
  checkOptions,
  compressionName,
  type Form,
  type Forms,
  flag,
  isPlainObject,
  positiveSeconds,
  priority,
  seconds,
  serializerName,
  text,
  whole,
} from './option-forms.ts';
export { BatchSendError, Producer, type ProducerOptions, type UnsentMessage } from './producer.ts';
export type { CanvasFields, ParentTask, PublishRequest } from './publication.ts';
export { type PublishOptions, publishOptionForms, type UniqueOption } from './publish-options.ts';
export { type Destination, type ExchangeTarget, Router, type Wish } from './router.ts';
export {
  checkDeclarations,
  type ExchangeType,
  exchangeType,
  type QueueBinding,
  type QueueDeclaration,
  type RoutingSettings,
} from './task-queues.ts';
export {
  prepareRoutes,
  type Route,
  type RoutedCall,
  type RouteFunction,
  type RouteMap,
  type TaskRoutes,
} from './task-routes.ts';
