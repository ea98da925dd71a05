export { checkShape } from './check-call.ts';
export { bodyNeededUntil, isExternal, withReference } from './large-body.ts';
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
} from './option-forms.ts';
export { BatchSendError, Producer, type ProducerOptions, type UnsentMessage } from './producer.ts';
export type { ParentTask, PublishRequest } from './publication.ts';
export { type PublishOptions, publishOptionForms, type UniqueOption } from './publish-options.ts';
