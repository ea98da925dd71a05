export { attemptNumber, replacementsBefore } from './attempt.ts';
export {
  readAttempt,
  readDeadGeneration,
  readTaskId,
  readTaskName,
  withDeadGeneration,
  withHeader,
} from './broken-message.ts';
export { type ChordSizes, chordSizes, maxChordSize } from './chord-parts.ts';
export {
  type ControlMessage,
  decodeControlMessage,
  encodeControlMessage,
} from './control-message.ts';
export { formatIsoDate, parseIsoDate } from './dates.ts';
export { type Endpoints, parseEndpoints, queueUrls } from './endpoints.ts';
export {
  base64Body,
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  envelopeBody,
} from './envelope.ts';
export {
  decodeException,
  type EncodedException,
  type ExceptionObject,
  encodeException,
  reprException,
} from './exceptions.ts';
export { chordItemKey, groupItemKey, taskIdOfItemKey, taskItemKey } from './item-keys.ts';
export { parseJson, stringifyJson } from './json.ts';
export { leaseHeader } from './lease-header.ts';
export {
  type MessageAttribute,
  type MessageAttributes,
  messageAttribute,
  type TypedAttribute,
  textAttribute,
} from './message-attributes.ts';
export {
  type ChordStandIn,
  decodeChordStandIn,
  decodeRestStandIn,
  encodeChordStandIn,
  encodeRestStandIn,
  nativeHeader,
  type RestStandIn,
  type StandInOptions,
  standInTask,
} from './native-canvas.ts';
export {
  type ChordDocument,
  decodeChordDocument,
  decodeSteps,
  encodeChordDocument,
  encodeSteps,
} from './native-records.ts';
export {
  daysBeyondEta,
  isPayloadKey,
  PayloadKind,
  payloadLifetimes,
  payloadPrefix,
  placePayload,
} from './payload-keys.ts';
export {
  type BlobReference,
  decodeBlobReference,
  decodePayloadReference,
  encodeReference,
  type PayloadReference,
  referenceContentType,
} from './payload-reference.ts';
export {
  areLaneStarts,
  equalLanes,
  highestPriority,
  type LaneStarts,
  laneName,
  laneNames,
  laneOf,
  queueOfLane,
} from './priority-lanes.ts';
export { withBody } from './protocol2.ts';
export {
  ArithmeticError,
  AssertionError,
  AttributeError,
  ConnectionError,
  FileNotFoundError,
  ImportError,
  IndexError,
  KeyError,
  LookupError,
  NameError,
  NotImplementedError,
  OSError,
  OverflowError,
  PermissionError,
  PythonError,
  RuntimeError,
  ValueError,
  ZeroDivisionError,
} from './python-exceptions.ts';
export { reprArgs, reprKwargs, reprValue } from './python-repr.ts';
export { sqsQueueName } from './queue-name.ts';
export { parseRate, type RateLimit, type RateWindow, rateWindow } from './rate-limit.ts';
export { type RateSlot, rateSlotHeader } from './rate-slot.ts';
export { withReadableEmbed } from './readable-embed.ts';
export {
  decodeGroupDocument,
  decodeGroupMembers,
  decodeResultDocument,
  decodeResultMembers,
  encodeGroupDocument,
  encodeResultDocument,
  groupMembers,
  type ResultDocument,
  resultMembers,
} from './result-document.ts';
export {
  firstResult,
  groupResultTuple,
  leafIds,
  nearResults,
  type ResultTuple,
  taskResultTuple,
} from './result-tuple.ts';
export { argsreprOf, kwargsreprOf, type ShownArguments } from './shown-arguments.ts';
export { checkSignature, checkSignatures } from './signature.ts';
export { checkAllSendable, checkFollowing, checkSendable } from './signature-options.ts';
export { messageBytes } from './sqs-limits.ts';
export { isFinal, TaskState } from './states.ts';
export {
  bodyOf,
  decodeTaskMessage,
  encodeTaskMessage,
  newTaskMessage,
  type WrittenBody,
  writeJsonBody,
} from './task-codec.ts';
export {
  type DeliveryInfo,
  type Embed,
  hasFollowing,
  type TaskMessage,
  type WireSignature,
} from './task-message.ts';
export { thrownText } from './thrown-text.ts';
export { DateTime, Decimal, PlainDate, PlainTime, Uuid } from './wire-values.ts';
