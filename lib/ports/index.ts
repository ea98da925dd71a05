export type { Adapters } from './adapters.ts';
export { type AdmissionRecords, type Admissions, admissionsFrom } from './admissions.ts';
export type { BlobStore } from './blob-store.ts';
export type { Broker, OutgoingMessage } from './broker.ts';
export type {
  ChordPart,
  ChordRecord,
  Chords,
  ClaimVerdict,
  CountOutcome,
  JoinClaim,
  NewChord,
} from './chords.ts';
export { type Clock, sleep, systemClock, type TimerOptions } from './clock.ts';
export type { Fanout } from './fanout.ts';
export type { GroupCodec, Groups, SavedGroup } from './groups.ts';
export type { Lease, LeaseChange, LeaseRecord, LeaseWrite } from './leases.ts';
export { type LogFields, type Logger, silentLogger } from './logger.ts';
export type {
  NativeCanvas,
  NativeChord,
  NativePart,
  NativeRecord,
  NativeSteps,
  StepRange,
} from './native-canvas.ts';
export type { Delivery, QueueConsumer, ReceiveOptions } from './queue-consumer.ts';
export { type Random, systemRandom } from './random.ts';
export {
  firstWindow,
  type RateChange,
  type RateClockKey,
  type RateClocks,
  rateClockKeptSeconds,
  type SlotRequest,
  slotSpan,
  slotsFrom,
} from './rate-clocks.ts';
export type {
  LeaseOutcome,
  OwnState,
  ResultBackend,
  ResultWrite,
  StoredResult,
  WriteOutcome,
} from './result-backend.ts';
export {
  type Revocable,
  type Revocations,
  type RevokeRecord,
  type RevokeTargets,
  revokeRecord,
  type Stamp,
} from './revocations.ts';
export type { FoundMessage, ParkedMessage, ParkOutcome, Schedules } from './schedules.ts';
export type { MarkOutcome, StartKey, StartMark, StartMarks } from './start-marks.ts';
export {
  type ClaimOutcome,
  claimHeldMs,
  type UniqueClaim,
  type UniqueClaims,
  type UniqueKey,
} from './unique-claims.ts';
