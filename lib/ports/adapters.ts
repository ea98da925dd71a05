import type { Admissions } from './admissions.ts';
import type { BlobStore } from './blob-store.ts';
import type { Broker } from './broker.ts';
import type { Chords } from './chords.ts';
import type { Fanout } from './fanout.ts';
import type { Groups } from './groups.ts';
import type { NativeCanvas } from './native-canvas.ts';
import type { QueueConsumer } from './queue-consumer.ts';
import type { RateClocks } from './rate-clocks.ts';
import type { ResultBackend } from './result-backend.ts';
import type { Revocations } from './revocations.ts';
import type { Schedules } from './schedules.ts';
import type { StartMarks } from './start-marks.ts';
import type { UniqueClaims } from './unique-claims.ts';

/** One engine's adapters, a port each: what `lib/connect` gives to the rooms above. */
export interface Adapters {
  readonly broker: Broker;
  readonly consumer: QueueConsumer;
  /** undefined where the engine was set up without fanout exchanges. */
  readonly fanout?: Fanout | undefined;
  readonly results: ResultBackend;
  readonly startMarks: StartMarks;
  readonly admissions: Admissions;
  readonly revocations: Revocations;
  readonly rateClocks: RateClocks;
  readonly uniqueClaims: UniqueClaims;
  readonly groups: Groups;
  readonly chords: Chords;
  readonly nativeCanvas: NativeCanvas;
  /** undefined where the engine was set up without: what waits long is then sent on again and again. */
  readonly schedules: Schedules | undefined;
  /** undefined where the engine was set up without: what is too large is then refused. */
  readonly blobs: BlobStore | undefined;
  /** Ends connections and timers; nothing may be used after. */
  close(): Promise<void>;
}
